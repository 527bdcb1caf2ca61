// All links, switches and memories of a machine as packet ports, and the copies that cross them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <systemc>
#include <vector>

#include "models/evaluate/fluid.h"
#include "models/hardware/hardware.h"
#include "sim/fabric.h"
#include "sim/leg_job.h"
#include "sim/packet/packet.h"
#include "sim/packet/packet_memory.h"
#include "sim/packet/packet_port.h"

namespace partita::sim {

class DelayLine;

// Sends what copies are cut into: one at every memory.
class PacketSource : public sc_core::sc_module {
 public:
  PacketSource(const sc_core::sc_module_name& name, class PacketNetwork& network);

  tlm_utils::multi_passthrough_initiator_socket<PacketSource, 32, tlm::tlm_base_protocol_types, 0,
                                                sc_core::SC_ZERO_OR_MORE_BOUND>
      out;

 private:
  tlm::tlm_sync_enum sent(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  PacketNetwork& network_;
};

// Model: a copy is cut into packets of the smallest largest payload on its way, each with a header
//   on every link. A channel's wire is faster than its usable bandwidth by what headers take, so
//   that full packets carry just the bandwidth. Buffers hold what is under way in a round trip.
//   The copier is free when its last packet has left by the first link.
//   Packets of a long copy travel in trains, which hold a wire together: 1,024 trains a copy where
//   that takes no more than `longest_train` packets in each, else more trains.
// Left out: read requests: who copies always writes; credits that run out; layers that hold up
//   packets at a memory (packets hold up layers as flows do).
class PacketNetwork {
 public:
  // Elaborates a port for every channel and binds it to those that follow it on a route.
  PacketNetwork(const Hardware& hardware, Clock& clock, DelayLine& line);

  // Whether this is the network of that machine too: the same channels on the same routes.
  bool fits(const Hardware& hardware) const;
  void load(const Hardware& hardware, std::int64_t longest_train);
  void reset();

  // Sends the data of a leg; its owner is told when it will have left, the line gets it when it
  // arrives. `rank`: request, then place in its plan.
  void start(FlowId flow, LegJob& job, std::int64_t cap, FlowOwner& owner);

  // The most packets that travelled as one since reset().
  std::int64_t longest_train_sent() const { return longest_train_sent_; }

 private:
  friend class PacketSource;

  using Next = std::pair<ChannelId, ChannelId>;
  struct Topology {
    std::size_t channels = 0, memories = 0;
    std::vector<Next> next;                                // sorted
    std::vector<std::pair<ChannelId, MemoryId>> arrivals;  // sorted
    friend bool operator==(const Topology&, const Topology&) = default;
  };
  static Topology topology_of(const Hardware& hardware);

  // What a channel adds to a packet.
  struct Kind {
    std::int64_t payload = 0;  // at most; 0: no limit
    Time latency[2]{};         // from a to b, from b to a
    bool is_link = false;
    Endpoint a, b;
  };
  static IdVector<ChannelId, Kind> kinds_of(const Hardware& hardware);

  struct Copy : PacketOwner {
    PacketNetwork* network = nullptr;
    PacketPath path;
    LegJob* job = nullptr;
    FlowOwner* owner = nullptr;
    FlowId flow{};
    std::int64_t sent = 0, payload = 0, train = 0;
    std::int64_t cap = kNoCap;  // B/s at which the data comes
    Time next_at{0};            // when the next of it does
    PacketSource* source = nullptr;
    int source_out = 0;

    void left(Time at) override;
    void arrived(Time at) override;
  };
  void open_path(Copy& copy, const Leg& leg);
  void send_next(Copy& copy, Time at);

  Clock& clock_;
  DelayLine& line_;
  const Topology topology_;
  std::map<Next, std::uint32_t> out_;  // the binding from one to the next
  std::map<std::pair<ChannelId, MemoryId>, std::uint32_t> arrival_;
  std::vector<std::unique_ptr<PacketPort>> ports_;
  std::vector<std::unique_ptr<PacketSource>> sources_;  // of channels that routes begin with
  std::vector<std::unique_ptr<PacketMemory>> memories_;

  const Hardware* hardware_ = nullptr;
  std::int64_t longest_train_ = 1, longest_train_sent_ = 0;
  IdVector<ChannelId, Kind> kinds_;
  PacketPool pool_;
  std::deque<Copy> copies_;
  std::vector<Copy*> idle_;
};

}  // namespace partita::sim
