#include "sim/packet/packet_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "models/base/assert.h"
#include "models/hardware/link_capacity.h"
#include "models/hardware/packet_format.h"
#include "sim/delay_line.h"

namespace partita::sim {
namespace {

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

PacketSource::PacketSource(const sc_core::sc_module_name& name, const Clock& clock)
    : sc_module(name), out("out"), clock_(clock) {
  out.register_nb_transport_bw(this, &PacketSource::sent);
}

tlm::tlm_sync_enum PacketSource::sent(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                      sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_RESP) {
    Packet::of(payload).path->owner->sent(clock_.now() + from_sc(delay));
  }
  return tlm::TLM_COMPLETED;
}

PacketNetwork::Topology PacketNetwork::topology_of(const Hardware& hardware) {
  std::set<Next> next;
  std::set<std::pair<ChannelId, MemoryId>> arrivals;
  const auto add = [&](const std::vector<ChannelId>& channels, MemoryId end) {
    for (std::size_t i = 0; i + 1 < channels.size(); ++i) {
      next.emplace(channels[i], channels[i + 1]);
    }
    arrivals.emplace(channels.back(), end);
  };
  for_each_leg(hardware, [&](const Leg& leg) {
    add(leg.channels, leg.dst);
    if (leg.pull) add(leg.pull->back, leg.src);
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
  const auto node_at = [&](const Endpoint& end) {
    const auto* node = std::get_if<SwitchId>(&end);
    return node == nullptr ? SwitchSpec{} : hardware.switches()[*node];
  };
  for (const LinkSpec& link : hardware.links()) {
    Kind kind;
    kind.link = &link;
    kind.format = packet_format(link.kind);
    kind.a = link.a;
    kind.b = link.b;
    kind.latency[0] = link.latency + node_at(link.b).latency;
    kind.latency[1] = link.latency + node_at(link.a).latency;
    kind.arbiter = node_at(link.a).arbiter;
    kinds.push_back(kind);
    if (!link.full_duplex) continue;
    std::swap(kind.a, kind.b);
    std::swap(kind.latency[0], kind.latency[1]);
    kind.arbiter = node_at(link.b).arbiter;
    kinds.push_back(kind);
  }
  PARTITA_ASSERT(kinds.size() == hardware.channels().size(), "a channel is neither");
  for (const ChannelId id : ids<ChannelId>(kinds.size())) {
    kinds[id].usable = hardware.channels()[id].burst.value;
  }
  return kinds;
}

// A memory has neither headers nor packets, but bytes alone.
PacketPort::Wire PacketNetwork::wire_of(const Kind& kind) {
  const std::int64_t payload = std::max<std::int64_t>(1, kind.format.max_payload.value);
  PacketPort::Wire wire;
  wire.header_each = kind.link == nullptr ? 0 : kind.format.write_header.value;
  wire.numerator = static_cast<Wide>(std::pico::den) * payload;
  wire.denominator = static_cast<Wide>(kind.usable) * (payload + wire.header_each);
  wire.arbiter = kind.arbiter;
  if (kind.link == nullptr) return wire;
  wire.credits = kind.link->credits.value_or(Bytes{0}).value;
  wire.bit_errors = bit_errors(*kind.link);
  wire.replay_delay = replay_delay(*kind.link);
  return wire;
}

PacketNetwork::PacketNetwork(const Hardware& hardware, Clock& clock, DelayLine& line)
    : clock_(clock), line_(line), topology_(topology_of(hardware)) {
  for (std::size_t i = 0; i < topology_.channels; ++i) {
    const std::string number = std::to_string(i);
    ports_.push_back(std::make_unique<PacketPort>(("packet_port" + number).c_str(), clock));
    sources_.push_back(std::make_unique<PacketSource>(("packet_source" + number).c_str(), clock));
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
  for (const ChannelId id : ids<ChannelId>(kinds_.size())) {
    ports_[index(id)]->load(wire_of(kinds_[id]));
  }
}

void PacketNetwork::reset() {
  longest_train_sent_ = 0;
  for (const auto& port : ports_) port->reset();
  for (const auto& memory : memories_) memory->reset();
  for (const ChannelId id : ids<ChannelId>(kinds_.size())) leave(id, 0, 0);
  idle_.clear();
  for (PacketCopy& copy : copies_) idle_.push_back(&copy);
}

void PacketNetwork::leave(ChannelId channel, std::int64_t taken, std::int64_t others) {
  const std::int64_t all = hardware_->channels()[channel].burst.value;
  const std::int64_t usable = std::max({std::int64_t{1}, all - taken, all / (others + 1)});
  if (std::exchange(kinds_[channel].usable, usable) == usable) return;
  const PacketPort::Wire wire = wire_of(kinds_[channel]);
  ports_[index(channel)]->change_rate(wire.numerator, wire.denominator);
}

void PacketNetwork::start(FlowId flow, LegJob& job, FlowOwner& owner) {
  if (idle_.empty()) idle_.push_back(&copies_.emplace_back(*this));
  PacketCopy& copy = *idle_.back();
  idle_.pop_back();
  copy.start(flow, job, owner);
  longest_train_sent_ = std::max(longest_train_sent_, copy.packets_in_a_train());
}

void PacketNetwork::open(PacketPath& path, const PacketCopy& copy, const Lanes& lanes) {
  path.hops.clear();
  path.pool = &pool_;
  path.before = nullptr;
  Endpoint at = lanes.from;
  for (std::size_t i = 0; i < lanes.last; ++i) {
    const ChannelId channel = lanes.channels[i];
    const Kind& kind = kinds_[channel];
    PacketPort& port = *ports_[index(channel)];
    PacketPort::LaneSpec lane;
    if (kind.link != nullptr) {
      const bool forwards = kind.a == at;
      lane.latency = kind.latency[forwards ? 0 : 1];
      at = forwards ? kind.b : kind.a;
    }
    if (i < lanes.first) continue;
    // What one end sends competes copy by copy, packets on their way with those of other ways.
    const bool begins = i == 0 || kinds_[lanes.channels[i - 1]].link == nullptr;
    lane.input = static_cast<std::uint32_t>(begins ? kinds_.size() + index(copy.flow())
                                                   : index(lanes.channels[i - 1]));
    lane.rank = (static_cast<std::uint64_t>(copy.job().request) << 32) + copy.job().transfer;
    lane.weight = hardware_->channels()[i == 0 ? channel : lanes.channels[i - 1]].capacity.value;
    lane.out = i + 1 < lanes.channels.size() ? out_.at({channel, lanes.channels[i + 1]})
                                             : arrival_.at({channel, lanes.to});
    lane.priority = copy.job().way->priorities ? copy.job().priority_on_links() : 0;
    if (!lanes.uses.empty()) lane.use = lanes.uses[i];
    const Time train = port.time_of(lanes.bytes * lane.use / kWholeUse, 0, lanes.packets);
    constexpr std::size_t kBeside = 4;  // what is on the wire, and what is about to be
    lane.window = static_cast<std::size_t>(2 * lane.latency / train) + kBeside;
    path.hops.push_back({&port, port.open(lane)});
  }
  PARTITA_ASSERT(
      at == Endpoint{lanes.to} || lanes.last < lanes.channels.size() || lanes.channels.size() == 1,
      "a path ends elsewhere");
}

void PacketNetwork::close(PacketPath& path) {
  for (const PacketPath::Hop& hop : path.hops) hop.port->close(hop.lane);
}

void PacketNetwork::send(ChannelId first, tlm::tlm_generic_payload& payload, Time at) {
  sc_core::sc_time delay = to_sc(at - clock_.now());
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sources_[index(first)]->out->nb_transport_fw(payload, phase, delay);
}

void PacketNetwork::done(PacketCopy& copy) {
  for (std::size_t way = 0; way < copy.ways_; ++way) close(copy.data_[way].path);
  if (copy.pull_ != nullptr) close(copy.requests_.path);
  idle_.push_back(&copy);
}

// A packet that waits holds room behind the port by which it came, and waits for room behind the
// one that it is at.
std::string PacketNetwork::waiting(const std::function<std::string(const LegJob&)>& name) const {
  struct Stuck {
    ChannelId at;
    PacketPort::Stuck packet;
  };
  std::vector<Stuck> all;
  for (const ChannelId id : ids<ChannelId>(ports_.size())) {
    for (const PacketPort::Stuck& packet : ports_[index(id)]->stuck()) all.push_back({id, packet});
  }
  const auto name_of = [&](const Stuck& stuck) {
    for (const PacketCopy& copy : copies_) {
      for (const PacketCopy::Data& data : copy.data_) {
        if (stuck.packet.path == &data.path) return name(*data.job);
      }
      if (stuck.packet.path == &copy.requests_.path) return "requests for " + name(copy.job());
    }
    return std::string{"a packet"};
  };
  std::string text;
  for (const Stuck& waits : all) {
    std::string holders;
    for (const Stuck& holds : all) {
      const PacketPort::Stuck& packet = holds.packet;
      const PacketPort* before =
          packet.hop > 0 ? packet.path->hops[packet.hop - 1].port : packet.path->before;
      if (before != ports_[index(waits.at)].get()) continue;
      holders += fmt::format("{}{} at {}", holders.empty() ? "" : " and ", name_of(holds),
                             hardware_->channels()[holds.at].name);
    }
    text += fmt::format("; {} waits at {} for room{}{}", name_of(waits),
                        hardware_->channels()[waits.at].name,
                        holders.empty() ? "" : " that is held by ", holders);
  }
  return text;
}

}  // namespace partita::sim
