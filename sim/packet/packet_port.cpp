#include "sim/packet/packet_port.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "models/hardware/link_capacity.h"

namespace partita::sim {

PacketPort::PacketPort(const sc_core::sc_module_name& name, Clock& clock)
    : sc_module(name), in("in"), out("out"), clock_(clock) {
  in.register_nb_transport_fw(this, &PacketPort::take);
  out.register_nb_transport_bw(this, &PacketPort::answered);
  SC_METHOD(serve);
  dont_initialize();
  sensitive << timer_;
}

void PacketPort::reset() {
  timer_.cancel();
  timer_at_ = Time::max();
  lanes_.clear();
  open_.clear();
  asked_.assign(out.size(), false);
  arbiter_.reset(wire_.arbiter);
  free_at_ = Time{0};
  left_over_ = 0;
  bytes_sent_ = 0;
  room_taken_ = 0;
  room_coming_.clear();
  errors_ = 0;
  replays_ = 0;
}

void PacketPort::change_rate(Wide numerator, Wide denominator) {
  left_over_ = left_over_ * denominator / wire_.denominator;
  wire_.numerator = numerator;
  wire_.denominator = denominator;
}

std::uint32_t PacketPort::open(const LaneSpec& spec) {
  PARTITA_ASSERT(spec.window > 0, "a lane without a credit never sends");
  std::uint32_t id = 0;
  while (id < lanes_.size() && lanes_[id].open) ++id;
  if (id == lanes_.size()) lanes_.emplace_back();
  lanes_[id] = Lane{};
  lanes_[id].spec = spec;
  lanes_[id].open = true;
  open_.insert(std::lower_bound(open_.begin(), open_.end(), id), id);
  return id;
}

void PacketPort::close(std::uint32_t lane) {
  PARTITA_ASSERT(lanes_[lane].queue.empty(), "packets are left in the lane");
  lanes_[lane].open = false;
  open_.erase(std::lower_bound(open_.begin(), open_.end(), lane));
}

Time PacketPort::time_of(std::int64_t bytes, std::int64_t headers, std::int64_t count) const {
  const Wide work = (bytes + headers + count * wire_.header_each) * wire_.numerator;
  return std::max(
      Time{1}, Time{static_cast<std::int64_t>((work + wire_.denominator - 1) / wire_.denominator)});
}

tlm::tlm_sync_enum PacketPort::take(int from, tlm::tlm_generic_payload& payload,
                                    tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  const Packet& packet = Packet::of(payload);
  Lane& lane = lanes_[packet.path->hops[packet.hop].lane];
  const Time head = clock_.now() + from_sc(delay);
  lane.from = from;
  lane.queue.push_back({&payload, head, sc_core::sc_delta_count()});
  look_at(std::max(head, packet.tail - time_of(lane, packet)));
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

tlm::tlm_sync_enum PacketPort::answered(int to, tlm::tlm_generic_payload& payload,
                                        tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  asked_[static_cast<std::size_t>(to)] = false;
  if (phase == tlm::BEGIN_RESP) {
    credit(payload, clock_.now() + from_sc(delay));
    return tlm::TLM_COMPLETED;
  }
  look_at(clock_.now() + from_sc(delay));
  return tlm::TLM_ACCEPTED;
}

void PacketPort::credit(tlm::tlm_generic_payload& payload, Time at) {
  const Packet& packet = Packet::of(payload);
  if (packet.hop == 0) return copy_gone(*packet.copy_of, at);
  const PacketPath& path = *packet.path;
  Lane& lane = lanes_[path.hops[packet.hop - 1].lane];
  // The credit crosses the wire back.
  const Time back = at + lane.spec.latency;
  lane.credits.push_back(back);
  if (wire_.credits > 0) room_coming_.emplace_back(back, wire_bytes(lane, packet));
  look_at(back);
  if (packet.hop < path.hops.size()) return;
  const bool last = packet.last;
  PacketOwner* const owner = path.owner;
  const bool is_there = path.forks.empty();
  payload.release();
  if (last && is_there) owner->arrived(at);
}

void PacketPort::copy_gone(tlm::tlm_generic_payload& payload, Time at) {
  Packet& packet = Packet::of(payload);
  packet.copies_gone = std::max(packet.copies_gone, at);
  if (--packet.copies == 0) credit(payload, packet.copies_gone);
}

void PacketPort::look_at(Time at) {
  at = std::max({at, free_at_, clock_.now()});
  if (at >= timer_at_) return;
  timer_at_ = at;
  timer_.cancel();
  timer_.notify(to_sc(at - clock_.now()));
}

// When the packet at the head of the lane may set out; the end of time, if only others know.
Time PacketPort::ready(Lane& lane, Time now) const {
  if (lane.queue.empty() || asked_[lane.spec.out]) return Time::max();
  const auto come =
      std::partition(lane.credits.begin(), lane.credits.end(), [&](Time at) { return at > now; });
  lane.outstanding -= static_cast<std::size_t>(lane.credits.end() - come);
  lane.credits.erase(come, lane.credits.end());
  Time at{0};
  if (lane.outstanding == lane.spec.window) {
    if (lane.credits.empty()) return Time::max();
    at = *std::min_element(lane.credits.begin(), lane.credits.end());
  }
  const Waiting& next = lane.queue.front();
  const Packet& packet = Packet::of(*next.payload);
  return std::max(
      {at, room_for(wire_bytes(lane, packet)), next.head, packet.tail - time_of(lane, packet)});
}

void PacketPort::take_back_credits(Time now) {
  std::erase_if(room_coming_, [&](const auto& coming) {
    if (coming.first > now) return false;
    room_taken_ -= coming.second;
    return true;
  });
}

// When the next hops have room for so many bytes; the end of time, if only others know.
Time PacketPort::room_for(std::int64_t bytes) const {
  std::int64_t missing = room_taken_ + bytes - wire_.credits;
  if (wire_.credits == 0 || missing <= 0) return Time{0};
  auto coming = room_coming_;
  std::sort(coming.begin(), coming.end());
  for (const auto& [at, freed] : coming) {
    missing -= freed;
    if (missing <= 0) return at;
  }
  return Time::max();
}

// How many packets arrive wrong while these bytes go, in packets of `each`, which go again.
std::int64_t PacketPort::wrong(std::int64_t bytes, std::int64_t each) {
  std::int64_t count = 0;
  for (errors_ += static_cast<Wide>(8 * bytes) * wire_.bit_errors; errors_ >= kErrorUnit; ++count) {
    errors_ += static_cast<Wide>(8 * each) * wire_.bit_errors - kErrorUnit;
  }
  return count;
}

std::vector<PacketPort::Stuck> PacketPort::stuck() const {
  std::vector<Stuck> found;
  for (const std::uint32_t id : open_) {
    if (lanes_[id].queue.empty()) continue;
    const Packet& packet = Packet::of(*lanes_[id].queue.front().payload);
    found.push_back({packet.path, packet.hop});
  }
  return found;
}

// What was put here in this very delta cycle is looked at in the next one, so that SystemC's order
// of processes decides nothing.
void PacketPort::serve() {
  timer_at_ = Time::max();
  const Time now = clock_.now();
  if (free_at_ > now) return look_at(free_at_);
  take_back_credits(now);
  candidates_.clear();
  candidate_lanes_.clear();
  Time next = Time::max();
  for (const std::uint32_t id : open_) {
    Lane& lane = lanes_[id];
    const Time at = ready(lane, now);
    next = std::min(next, at);
    if (at > now || lane.queue.front().delta == sc_core::sc_delta_count()) continue;
    const Waiting& first = lane.queue.front();
    candidates_.push_back({lane.spec.input, lane.spec.rank, first.head, lane.spec.weight,
                           Packet::of(*first.payload).bytes, lane.spec.priority});
    candidate_lanes_.push_back(id);
  }
  if (candidates_.empty()) {
    if (next != Time::max()) look_at(next);
    return;
  }
  keep_the_urgent();
  send(lanes_[candidate_lanes_[arbiter_.choose(candidates_)]], now);
  look_at(free_at_);
}

void PacketPort::keep_the_urgent() {
  std::int32_t highest = candidates_.front().priority;
  for (const Candidate& each : candidates_) highest = std::max(highest, each.priority);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (candidates_[i].priority != highest) continue;
    candidates_[kept] = candidates_[i];
    candidate_lanes_[kept++] = candidate_lanes_[i];
  }
  candidates_.resize(kept);
  candidate_lanes_.resize(kept);
}

void PacketPort::send(Lane& lane, Time now) {
  tlm::tlm_generic_payload& payload = *lane.queue.front().payload;
  lane.queue.pop_front();
  Packet& packet = Packet::of(payload);
  const PacketPath& path = *packet.path;
  // After a pause, and for each transfer, the wire starts on a whole picosecond, rounded up as all
  // times are.
  if (now > free_at_ || packet.first) left_over_ = wire_.denominator - 1;
  const std::int64_t bytes = wire_bytes(lane, packet);
  const std::int64_t count = std::max<std::int64_t>(1, packet.count);
  const std::int64_t each = (bytes + count - 1) / count;
  const std::int64_t again = wrong(bytes, each);
  replays_ += again;
  const Wide work = bytes * wire_.numerator + left_over_;
  left_over_ = work % wire_.denominator;
  const Time gap = std::exchange(packet.gap, Time{0});
  const Time start = now + gap + again * (time_of(each, 0, 0) + wire_.replay_delay);
  Time end = start + Time{static_cast<std::int64_t>(work / wire_.denominator)};
  end = std::max({end, packet.tail, start + Time{1}});
  free_at_ = end;
  bytes_sent_ += packet.bytes;
  if (wire_.credits > 0) room_taken_ += bytes;

  // The place that it held here is free when its tail has gone.
  sc_core::sc_time delay = to_sc(end - now);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  const std::uint32_t hop = packet.hop;
  if (packet.last && hop == path.left_hop) path.owner->left(end);
  in[lane.from]->nb_transport_bw(payload, phase, delay);

  const std::int64_t header_bytes = packet.headers + (packet.count > 0 ? wire_.header_each : 0);
  const Time header = header_bytes > 0 ? time_of(0, header_bytes, 0) : Time{0};
  const Time latency = lane.spec.latency;
  packet.hop = hop + 1;
  packet.tail = end + latency;
  ++lane.outstanding;
  const Time head = std::min(start + header, end) + latency;
  if (packet.hop == path.hops.size() && !path.forks.empty()) return fork(payload, head);
  offer(lane.spec.out, payload, head);
}

void PacketPort::fork(tlm::tlm_generic_payload& payload, Time head) {
  Packet& packet = Packet::of(payload);
  packet.copies = packet.path->forks.size();
  for (const PacketPath::Fork& each : packet.path->forks) {
    tlm::tlm_generic_payload& copy = packet.path->pool->make(
        payload.get_command(), payload.get_address(), payload.get_data_length());
    Packet& note = Packet::of(copy);
    note = packet;
    note.path = each.path;
    note.hop = 0;
    note.copy_of = &payload;
    offer(each.out, copy, head);
  }
}

void PacketPort::offer(std::uint32_t to, tlm::tlm_generic_payload& payload, Time head) {
  const Packet& packet = Packet::of(payload);
  // A target that knows nothing of heads and tails takes the packet when it is whole.
  const bool is_last_hop = packet.hop == packet.path->hops.size();
  sc_core::sc_time delay = to_sc((is_last_hop ? packet.tail : head) - clock_.now());
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  switch (out[static_cast<int>(to)]->nb_transport_fw(payload, phase, delay)) {
    case tlm::TLM_COMPLETED: return credit(payload, clock_.now() + from_sc(delay));
    case tlm::TLM_UPDATED:
      if (phase == tlm::BEGIN_RESP) {
        const Time at = clock_.now() + from_sc(delay);
        phase = tlm::END_RESP;
        out[static_cast<int>(to)]->nb_transport_fw(payload, phase, delay);
        credit(payload, at);
      }
      return;
    case tlm::TLM_ACCEPTED: asked_[to] = true; return;
  }
}

}  // namespace partita::sim
