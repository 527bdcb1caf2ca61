// A wire with the output that feeds it: one direction of a link, or the bandwidth of a memory. A
// switch is its outputs, each with an arbiter over the ports by which packets come.
#pragma once

#include <algorithm>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/clock.h"
#include "sim/packet/arbiter.h"
#include "sim/packet/packet.h"

// After <tlm>, as they do not include what they use.
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

namespace partita::sim {

// Model: virtual cut-through (Kermani and Kleinrock, Computer Networks 3, 1979). A packet holds the
//   wire for bytes / rate, headers counted; its head is at the next hop
//   a header and the latency after it set out, its tail a latency after it has left. It sets out
//   when the arbiter picks it, its lane has a credit for the next hop's buffer, and the wire will
//   not run dry: bytes that come slowly are waited for. A credit comes back a latency after the
//   next hop has sent the packet on. Rates are exact over a busy period: the fraction of a
//   picosecond that a packet leaves over is the next one's.
//   Where the wire has credits of its own, all lanes share them: a packet takes its bytes of them,
//   headers too, when it sets out. So packets that wait for each other in a circle wait forever.
//   Bit errors are no accident: they are counted up bit by bit, and a packet with which their sum
//   passes a whole number arrives wrong. It goes again, the replay delay later, before anything
//   else; of a train, before the train.
//   At a fork of its path a packet goes on as a copy for each output, which compete there like
//   others; it leaves the switch's buffer when the last of them has gone.
//   Over the sockets, each hop is a transaction of the base protocol: BEGIN_REQ with the time until
//   the head arrives, END_REQ as the answer, BEGIN_RESP when the buffer is free again. So any
//   TLM-2.0 target can stand at the end.
// Left out: buffers shared by lanes without credits: each transfer has one of its own at every hop,
//   as if it had a virtual channel, so none blocks another and there is no deadlock. Packets that
//   went on by cut-through before their error was found; errors of acknowledgements and credits.
class PacketPort : public sc_core::sc_module {
 public:
  using InSocket =
      tlm_utils::multi_passthrough_target_socket<PacketPort, 32, tlm::tlm_base_protocol_types, 0,
                                                 sc_core::SC_ZERO_OR_MORE_BOUND>;
  using OutSocket =
      tlm_utils::multi_passthrough_initiator_socket<PacketPort, 32, tlm::tlm_base_protocol_types, 0,
                                                    sc_core::SC_ZERO_OR_MORE_BOUND>;

  SC_HAS_PROCESS(PacketPort);
  PacketPort(const sc_core::sc_module_name& name, Clock& clock);

  InSocket in;
  OutSocket out;

  struct Wire {
    Wide numerator = 1, denominator = 1;  // picoseconds a byte
    std::int64_t header_each = 0;         // bytes before each packet of a train
    Arbiter arbiter = Arbiter::RoundRobin;
    std::int64_t credits = 0;     // bytes that all next hops together have room for; 0: any number
    std::int64_t bit_errors = 0;  // of 10^18 bits
    Time replay_delay{0};
  };
  void load(const Wire& wire) { wire_ = wire; }
  void reset();

  // Another rate from the next packet on: others take a part of the wire.
  void change_rate(Wide numerator, Wide denominator);

  // A queue for the packets of one path. `window`: packets that the next hop's buffer holds.
  struct LaneSpec {
    std::uint32_t input = 0;
    std::uint64_t rank = 0;
    std::int64_t weight = 1;
    std::uint32_t out = 0;  // where the next hop is bound
    std::size_t window = 1;
    Time latency{0};  // to the next hop
    std::int32_t priority = 0;
    // Of its bytes, what crosses the wire, in units of 1 / kWholeUse, rounded up: engines at its
    // ends pack the rest away.
    std::uint32_t use = kWholeUse;
  };
  std::uint32_t open(const LaneSpec& spec);
  void close(std::uint32_t lane);

  // Of a packet on the wire, rounded up.
  Time time_of(std::int64_t bytes, std::int64_t headers, std::int64_t count) const;
  std::int64_t bytes_sent() const { return bytes_sent_; }  // payload
  std::int64_t replays() const { return replays_; }

  // A lane whose first packet waits for room in a next hop's buffer.
  struct Stuck {
    const PacketPath* path = nullptr;
    std::uint32_t hop = 0;
  };
  std::vector<Stuck> stuck() const;

 private:
  struct Waiting {
    tlm::tlm_generic_payload* payload;
    Time head;
    std::uint64_t delta;  // in which it was put here
  };
  struct Lane {
    LaneSpec spec;
    bool open = false;
    std::deque<Waiting> queue;
    int from = 0;                 // the binding by which its packets come
    std::size_t outstanding = 0;  // sent, and no credit for them yet
    std::vector<Time> credits;    // that come at these times
  };

  tlm::tlm_sync_enum take(int from, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  tlm::tlm_sync_enum answered(int to, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  void credit(tlm::tlm_generic_payload& payload, Time at);
  void copy_gone(tlm::tlm_generic_payload& payload, Time at);

  void serve();
  void keep_the_urgent();
  Time ready(Lane& lane, Time now) const;
  void take_back_credits(Time now);
  Time room_for(std::int64_t bytes) const;
  // What is packed fills packets of its own, so headers become fewer, too.
  std::int64_t wire_bytes(const Lane& lane, const Packet& packet) const {
    const std::int64_t bytes = packet.bytes + packet.headers + packet.count * wire_.header_each;
    return (bytes * lane.spec.use + kWholeUse - 1) / kWholeUse;
  }
  Time time_of(const Lane& lane, const Packet& packet) const {
    return time_of(wire_bytes(lane, packet), 0, 0);
  }
  std::int64_t wrong(std::int64_t bytes, std::int64_t each);
  void send(Lane& lane, Time now);
  void fork(tlm::tlm_generic_payload& payload, Time head);
  void offer(std::uint32_t to, tlm::tlm_generic_payload& payload, Time head);
  void look_at(Time at);

  Clock& clock_;
  sc_core::sc_event timer_;
  Time timer_at_ = Time::max();
  Wire wire_;
  std::vector<Lane> lanes_;
  std::vector<std::uint32_t> open_;  // lanes, in the order of their numbers
  std::vector<bool> asked_;          // targets that have not yet taken the last request
  ArbiterState arbiter_;
  Time free_at_{0};
  Wide left_over_ = 0;
  std::int64_t bytes_sent_ = 0;
  std::int64_t room_taken_ = 0;                             // of the credits
  std::vector<std::pair<Time, std::int64_t>> room_coming_;  // back, at these times
  Wide errors_ = 0;                                         // so far, in 10^-18
  std::int64_t replays_ = 0;
  std::vector<Candidate> candidates_;  // kept for their storage
  std::vector<std::uint32_t> candidate_lanes_;
};

}  // namespace partita::sim
