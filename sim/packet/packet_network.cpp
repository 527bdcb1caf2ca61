#include "sim/packet/packet_network.h"

#include <algorithm>
#include <set>
#include <string>

#include "models/base/assert.h"
#include "models/hardware/packet_format.h"
#include "sim/delay_line.h"

namespace partita::sim {
namespace {

constexpr std::int64_t kTrains = 1024;

constexpr std::int64_t pieces(std::int64_t size, std::int64_t each) {
  return (size + each - 1) / each;
}

template <class Visit>
void for_each_leg(const Hardware& hardware, Visit&& visit) {
  const auto memories = ids<MemoryId>(hardware.memories().size());
  for (const MemoryId src : memories) {
    for (const MemoryId dst : memories) {
      const Route* route = src == dst ? nullptr : hardware.route(src, dst);
      if (route == nullptr) continue;
      for (const Leg& leg : *route) visit(leg);
    }
  }
}

}  // namespace

PacketSource::PacketSource(const sc_core::sc_module_name& name, PacketNetwork& network)
    : sc_module(name), out("out"), network_(network) {
  out.register_nb_transport_bw(this, &PacketSource::sent);
}

tlm::tlm_sync_enum PacketSource::sent(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                      sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_RESP) {
    auto& copy = static_cast<PacketNetwork::Copy&>(*Packet::of(payload).path->owner);
    network_.send_next(copy, network_.clock_.now() + from_sc(delay));
  }
  return tlm::TLM_COMPLETED;
}

PacketNetwork::Topology PacketNetwork::topology_of(const Hardware& hardware) {
  std::set<Next> next;
  std::set<std::pair<ChannelId, MemoryId>> arrivals;
  for_each_leg(hardware, [&](const Leg& leg) {
    for (std::size_t i = 0; i + 1 < leg.channels.size(); ++i) {
      next.emplace(leg.channels[i], leg.channels[i + 1]);
    }
    arrivals.emplace(leg.channels.back(), leg.dst);
  });
  return {hardware.channels().size(),
          hardware.memories().size(),
          {next.begin(), next.end()},
          {arrivals.begin(), arrivals.end()}};
}

// Channels are memories that are no parts, then the directions of links, in file order.
IdVector<ChannelId, PacketNetwork::Kind> PacketNetwork::kinds_of(const Hardware& hardware) {
  IdVector<ChannelId, Kind> kinds;
  for (const MemorySpec& memory : hardware.memories()) {
    if (!memory.part_of) kinds.push_back({});
  }
  const auto cut_through = [&](const Endpoint& end) {
    const auto* node = std::get_if<SwitchId>(&end);
    return node == nullptr ? Time{0} : hardware.switches()[*node].latency;
  };
  for (const LinkSpec& link : hardware.links()) {
    Kind kind;
    kind.is_link = true;
    kind.payload = packet_format(link.kind).max_payload.value;
    kind.a = link.a;
    kind.b = link.b;
    kind.latency[0] = link.latency + cut_through(link.b);
    kind.latency[1] = link.latency + cut_through(link.a);
    kinds.push_back(kind);
    if (!link.full_duplex) continue;
    std::swap(kind.a, kind.b);
    std::swap(kind.latency[0], kind.latency[1]);
    kinds.push_back(kind);
  }
  PARTITA_ASSERT(kinds.size() == hardware.channels().size(), "a channel is neither");
  return kinds;
}

PacketNetwork::PacketNetwork(const Hardware& hardware, Clock& clock, DelayLine& line)
    : clock_(clock), line_(line), topology_(topology_of(hardware)) {
  for (std::size_t i = 0; i < topology_.channels; ++i) {
    const std::string number = std::to_string(i);
    ports_.push_back(std::make_unique<PacketPort>(("packet_port" + number).c_str(), clock));
    sources_.push_back(std::make_unique<PacketSource>(("packet_source" + number).c_str(), *this));
    sources_.back()->out.bind(ports_.back()->in);
  }
  for (std::size_t i = 0; i < topology_.memories; ++i) {
    memories_.push_back(
        std::make_unique<PacketMemory>(("packet_memory" + std::to_string(i)).c_str()));
  }
  std::vector<std::uint32_t> bound(topology_.channels, 0);
  for (const Next& next : topology_.next) {
    ports_[index(next.first)]->out.bind(ports_[index(next.second)]->in);
    out_[next] = bound[index(next.first)]++;
  }
  for (const auto& arrival : topology_.arrivals) {
    ports_[index(arrival.first)]->out.bind(memories_[index(arrival.second)]->in);
    arrival_[arrival] = bound[index(arrival.first)]++;
  }
}

bool PacketNetwork::fits(const Hardware& hardware) const {
  return topology_ == topology_of(hardware);
}

void PacketNetwork::load(const Hardware& hardware, std::int64_t longest_train) {
  hardware_ = &hardware;
  longest_train_ = longest_train;
  kinds_ = kinds_of(hardware);
  std::size_t channel = 0;
  const auto load = [&](Bandwidth bandwidth, std::int64_t payload, std::int64_t header,
                        Arbiter arbiter) {
    PacketPort::Wire wire;
    wire.numerator = static_cast<Wide>(std::pico::den) * payload;
    wire.denominator = static_cast<Wide>(bandwidth.value) * (payload + header);
    wire.header_each = header;
    wire.arbiter = arbiter;
    ports_[channel++]->load(wire);
  };
  for (const MemorySpec& memory : hardware.memories()) {
    if (!memory.part_of) load(memory.bandwidth, 1, 0, Arbiter::RoundRobin);
  }
  for (const LinkSpec& link : hardware.links()) {
    const PacketFormat format = packet_format(link.kind);
    const auto arbiter_at = [&](const Endpoint& end) {
      const auto* node = std::get_if<SwitchId>(&end);
      return node == nullptr ? Arbiter::RoundRobin : hardware.switches()[*node].arbiter;
    };
    load(link.bandwidth, format.max_payload.value, format.write_header.value, arbiter_at(link.a));
    if (!link.full_duplex) continue;
    load(link.bandwidth, format.max_payload.value, format.write_header.value, arbiter_at(link.b));
  }
}

void PacketNetwork::reset() {
  longest_train_sent_ = 0;
  for (const auto& port : ports_) port->reset();
  for (const auto& memory : memories_) memory->reset();
  idle_.clear();
  for (Copy& copy : copies_) idle_.push_back(&copy);
}

void PacketNetwork::start(FlowId flow, LegJob& job, std::int64_t cap, FlowOwner& owner) {
  if (idle_.empty()) idle_.push_back(&copies_.emplace_back());
  Copy& copy = *idle_.back();
  idle_.pop_back();
  copy.network = this;
  copy.job = &job;
  copy.owner = &owner;
  copy.flow = flow;
  copy.sent = 0;
  copy.payload = 0;
  for (const ChannelId channel : job.leg->channels) {
    const std::int64_t most = kinds_[channel].payload;
    if (most > 0 && (copy.payload == 0 || most < copy.payload)) copy.payload = most;
  }
  if (copy.payload == 0) copy.payload = packet_format("").max_payload.value;
  const std::int64_t packets = pieces(job.size.value, copy.payload);
  const std::int64_t train = std::clamp<std::int64_t>(pieces(packets, kTrains), 1, longest_train_);
  copy.train = train * copy.payload;
  longest_train_sent_ = std::max(longest_train_sent_, train);
  copy.cap = cap;
  copy.next_at = clock_.now();
  open_path(copy, *job.leg);
  constexpr int kAhead = 4;
  for (int i = 0; i < kAhead; ++i) send_next(copy, clock_.now());
}

void PacketNetwork::open_path(Copy& copy, const Leg& leg) {
  copy.path.hops.clear();
  copy.path.owner = &copy;
  copy.path.left_hop = leg.channels.size() > 1 ? 1 : 0;
  Endpoint at = leg.src;
  for (std::size_t i = 0; i < leg.channels.size(); ++i) {
    const ChannelId channel = leg.channels[i];
    const Kind& kind = kinds_[channel];
    PacketPort& port = *ports_[index(channel)];
    PacketPort::LaneSpec lane;
    // Copies of one memory compete with each other, packets on their way with those of other ways.
    lane.input = i == 0 ? static_cast<std::uint32_t>(index(copy.flow))
                        : static_cast<std::uint32_t>(index(leg.channels[i - 1]));
    lane.rank = (static_cast<std::uint64_t>(copy.job->request) << 32) + copy.job->transfer;
    lane.weight = hardware_->channels()[i == 0 ? channel : leg.channels[i - 1]].capacity.value;
    lane.out = i + 1 < leg.channels.size() ? out_.at({channel, leg.channels[i + 1]})
                                           : arrival_.at({channel, leg.dst});
    if (kind.is_link) {
      const bool forwards = kind.a == at;
      lane.latency = kind.latency[forwards ? 0 : 1];
      at = forwards ? kind.b : kind.a;
    }
    const Time train = port.time_of(copy.train, 0, copy.train / copy.payload);
    constexpr std::size_t kBeside = 4;  // what is on the wire, and what is about to be
    lane.window = static_cast<std::size_t>(2 * lane.latency / train) + kBeside;
    copy.path.hops.push_back({&port, port.open(lane)});
  }
  PARTITA_ASSERT(at == Endpoint{leg.dst} || leg.channels.size() == 1, "a path ends elsewhere");
  copy.source = sources_[index(leg.channels.front())].get();
}

void PacketNetwork::send_next(Copy& copy, Time at) {
  const std::int64_t bytes = std::min(copy.train, copy.job->size.value - copy.sent);
  if (bytes == 0) return;
  at = std::max(at, copy.next_at);
  const Time whole = copy.cap == kNoCap ? at : at + Bytes{bytes} / Bandwidth{copy.cap};
  copy.next_at = whole;
  tlm::tlm_generic_payload& payload =
      pool_.make(tlm::TLM_WRITE_COMMAND, static_cast<std::uint64_t>(copy.sent), bytes);
  Packet& packet = Packet::of(payload);
  packet.first = copy.sent == 0;
  copy.sent += bytes;
  packet.path = &copy.path;
  packet.bytes = bytes;
  packet.count = pieces(bytes, copy.payload);
  packet.tail = whole;
  packet.last = copy.sent == copy.job->size.value;
  sc_core::sc_time delay = to_sc(at - clock_.now());
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  copy.source->out->nb_transport_fw(payload, phase, delay);
}

void PacketNetwork::Copy::left(Time at) { owner->finish_changed(flow, at); }

void PacketNetwork::Copy::arrived(Time at) {
  for (const PacketPath::Hop& hop : path.hops) hop.port->close(hop.lane);
  network->line_.packets_arrive(*job, at);
  network->idle_.push_back(this);
}

}  // namespace partita::sim
