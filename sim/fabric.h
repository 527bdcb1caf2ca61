// Links, switches and the bandwidth of memories: everything that flows share.
#pragma once

#include <optional>
#include <span>
#include <systemc>
#include <vector>

#include "models/evaluate/fluid.h"
#include "models/hardware/hardware.h"
#include "sim/clock.h"

namespace partita::sim {

// Who has a flow, and is told when it will end.
class FlowOwner {
 public:
  virtual void finish_changed(FlowId flow, Time finish) = 0;

 protected:
  ~FlowOwner() = default;
};

// What must be put right before rates are: packages, whose processors lower each other's caps.
class RateRule {
 public:
  virtual void apply() = 0;

 protected:
  ~RateRule() = default;
};

class PacketNetwork;
struct LegJob;

// Model: flows share channels by max-min fairness (models/evaluate/fluid.h), and rates change at
// once, in the last of the three phases of an instant (platform.h). Rates are to flows what a value
// is to a signal: so the fabric is a primitive channel, and settles them in SystemC's update phase.
// Left out: arbitration and buffers on the way, unless copies travel as packets (packet/).
class Fabric : public sc_core::sc_prim_channel {
 public:
  Fabric(const char* name, Clock& clock) : sc_prim_channel(name), clock_(clock) {}

  void load(const Hardware& hardware, std::size_t flows);
  void reset();
  void own(FlowId flow, FlowOwner& owner) { owners_[flow] = &owner; }

  // From now on the flows of this instant run: rates are settled in its last phase.
  void start(FlowId flow, std::span<const ChannelId> channels, Picobytes work, std::int64_t cap,
             const FlowTraits& traits = {}) {
    fluid_->start(flow, channels, work, cap, traits);
  }
  // Runs until it is stopped; nobody is told when it would end.
  void start_endless(FlowId flow, std::span<const ChannelId> channels, std::int64_t cap,
                     const FlowTraits& traits = {}) {
    endless_[flow] = true;
    start(flow, channels, kEndless, cap, traits);
  }
  // The data of a leg: a flow like others, or packets, if there is a network for them. Packets hold
  // up layers as the flow would, and have of a memory what layers leave; but they say themselves
  // when they have left.
  void carry(FlowId flow, LegJob& job, std::int64_t cap);
  void carry_by(PacketNetwork* packets) { packets_ = packets; }
  bool carries_packets() const { return packets_ != nullptr; }
  void limit(FlowId flow, std::int64_t cap) { fluid_->limit(flow, cap); }
  void stop(FlowId flow) {
    fluid_->stop(flow);
    endless_[flow] = in_packets_[flow] = false;
  }
  void apply_later(RateRule& rule) { rules_.push_back(&rule); }

  // To be called in the second phase by everything that woke.
  void touch() { request_update(); }

 private:
  void update() override;  // settles the rates
  void leave_to_packets();

  Clock& clock_;
  std::optional<FluidNetwork> fluid_;
  std::size_t channels_ = 0;
  IdVector<FlowId, FlowOwner*> owners_;
  std::vector<RateRule*> rules_;
  PacketNetwork* packets_ = nullptr;
  IdVector<FlowId, bool> endless_, in_packets_;
};

}  // namespace partita::sim
