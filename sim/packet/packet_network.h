// All links, switches and memories of a machine as packet ports, and the copies that cross them.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/evaluate/fluid.h"
#include "models/hardware/hardware.h"
#include "models/hardware/packet_format.h"
#include "sim/fabric.h"
#include "sim/leg_job.h"
#include "sim/packet/packet.h"
#include "sim/packet/packet_copy.h"
#include "sim/packet/packet_memory.h"
#include "sim/packet/packet_port.h"

namespace partita::sim {

class DelayLine;

// Sends what copies are cut into: one at every memory.
class PacketSource : public sc_core::sc_module {
 public:
  PacketSource(const sc_core::sc_module_name& name, const Clock& clock);

  tlm_utils::multi_passthrough_initiator_socket<PacketSource, 32, tlm::tlm_base_protocol_types, 0,
                                                sc_core::SC_ZERO_OR_MORE_BOUND>
      out;

 private:
  tlm::tlm_sync_enum sent(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  const Clock& clock_;
};

// Model: a channel's wire is faster than its usable bandwidth by what headers take, so that full
//   packets carry just the bandwidth. Buffers hold what is under way in a round trip, or the link's
//   credits. What flows that are no copies take of a channel (layers of a memory), packets have
//   not: a port's rate is what those flows leave, or what one flow more would get, if that is more.
//   Copies hold up those flows as flows themselves (fabric.h).
// Left out: that layers take turns with packets one burst at a time, also on links that they read
//   across in place.
class PacketNetwork {
 public:
  // Elaborates a port for every channel and binds it to those that follow it on a route.
  PacketNetwork(const Hardware& hardware, Clock& clock, DelayLine& line);

  // Whether this is the network of that machine too: the same channels on the same routes.
  bool fits(const Hardware& hardware) const;
  void load(const Hardware& hardware, std::int64_t longest_train);
  void reset();

  // Sends the data of a leg; its owner is told when it will have left, the line gets it when it
  // arrives.
  void start(FlowId flow, LegJob& job, FlowOwner& owner);

  // What `others` flows that are no copies take of a channel from now on.
  void leave(ChannelId channel, std::int64_t taken, std::int64_t others);

  // Who waits for whom on the wires, for a run that starved; empty: nobody.
  std::string waiting(const std::function<std::string(const LegJob&)>& name) const;

  // The most packets that travelled as one since reset().
  std::int64_t longest_train_sent() const { return longest_train_sent_; }
  // Payload that crossed a channel since then.
  std::int64_t bytes_sent(ChannelId channel) const { return ports_[index(channel)]->bytes_sent(); }

 private:
  friend class PacketCopy;

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
    const LinkSpec* link = nullptr;        // absent: a memory
    PacketFormat format{"", Bytes{}, {}};  // no payload: no limit
    Endpoint a, b;
    Time latency[2]{};  // from a to b, from b to a
    Arbiter arbiter = Arbiter::RoundRobin;
    std::int64_t usable = 0;  // B/s, beside flows that are no copies
  };
  static IdVector<ChannelId, Kind> kinds_of(const Hardware& hardware);
  static PacketPort::Wire wire_of(const Kind& kind);

  struct Lanes {
    std::span<const ChannelId> channels;
    MemoryId from{}, to{};
    std::size_t first = 0, last = 0;           // only those in [first, last) get lanes
    std::span<const std::uint32_t> uses = {};  // as Leg::uses
    std::int64_t bytes = 0, packets = 1;       // of what travels as one
  };
  // Opens a lane at each hop. All are to be closed when the last packet is there.
  void open(PacketPath& path, const PacketCopy& copy, const Lanes& lanes);
  static void close(PacketPath& path);
  void send(ChannelId first, tlm::tlm_generic_payload& payload, Time at);
  void done(PacketCopy& copy);

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
  std::deque<PacketCopy> copies_;
  std::vector<PacketCopy*> idle_;
};

}  // namespace partita::sim
