#include "models/hardware/routing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

#include "models/base/assert.h"
#include "models/hardware/packet_format.h"

namespace partita {
namespace {

// An engine that is 65,535 times as slow as its link would compress nothing that anybody sends.
constexpr double kMostUse = std::numeric_limits<std::uint32_t>::max();

struct Distance {
  Time latency{0};
  std::uint32_t links = 0;
  std::uint32_t legs = 0;
  friend constexpr auto operator<=>(const Distance&, const Distance&) = default;
  friend constexpr Distance operator+(const Distance& a, const Distance& b) {
    return {a.latency + b.latency, a.links + b.links, a.legs + b.legs};
  }
};

using Links = std::vector<LinkId>;

struct Path {
  Distance distance;
  Links links;
  friend bool operator<(const Path& a, const Path& b) {
    return std::tie(a.distance, a.links) < std::tie(b.distance, b.links);
  }
};

// How a path crosses a switch that has no peer-to-peer: from below and out by the upstream link, or
// the other way.
enum class Crossing : std::uint8_t { Up, Down };
using Forbidden = std::vector<std::pair<SwitchId, Crossing>>;  // ascending

// Links by the memory or switch at which they end.
class Ends {
 public:
  explicit Ends(const HardwareParts& parts)
      : at_memory_(parts.memories.size()), at_switch_(parts.switches.size()) {
    for (const LinkId id : ids<LinkId>(parts.links.size())) {
      add(parts.links[id].a, {id, parts.links[id].b});
      add(parts.links[id].b, {id, parts.links[id].a});
    }
  }

  struct End {
    LinkId link;
    Endpoint other;
  };
  const std::vector<End>& at(MemoryId id) const { return at_memory_[id]; }
  const std::vector<End>& at(SwitchId id) const { return at_switch_[id]; }

 private:
  void add(const Endpoint& here, End end) {
    if (const auto* memory = std::get_if<MemoryId>(&here)) {
      at_memory_[*memory].push_back(end);
    } else {
      at_switch_[std::get<SwitchId>(here)].push_back(end);
    }
  }

  IdVector<MemoryId, std::vector<End>> at_memory_;
  IdVector<SwitchId, std::vector<End>> at_switch_;
};

// Shortest walks from one memory through switches (Dijkstra). What may follow at a switch without
// peer-to-peer depends on whether the walk came by the upstream link, so such a switch has two
// states.
class WalkTree {
 public:
  WalkTree(const HardwareParts& parts, const Ends& ends, MemoryId src, Forbidden forbidden)
      : parts_(parts),
        ends_(ends),
        forbidden_(std::move(forbidden)),
        labels_(2 * parts.switches.size() + parts.memories.size()) {
    for (const Ends::End& end : ends_.at(src)) {
      if (end.other != Endpoint{src}) relax(kSource, end, {});
    }
    while (!queue_.empty()) {
      const auto [distance, state] = queue_.top();
      queue_.pop();
      if (distance == labels_[state].distance && !std::exchange(labels_[state].settled, true)) {
        leave(state);
      }
    }
  }

  bool reaches(MemoryId dst) const { return labels_[state_of(dst)].reached; }
  Path path(MemoryId dst) const {
    return {labels_[state_of(dst)].distance, links_to(state_of(dst))};
  }
  std::vector<SwitchId> switches_on(MemoryId dst) const {
    std::vector<SwitchId> crossed;
    for (std::size_t at = labels_[state_of(dst)].before; at != kSource; at = labels_[at].before) {
      crossed.push_back(static_cast<SwitchId>(at / 2));
    }
    return crossed;
  }

 private:
  static constexpr std::size_t kSource = static_cast<std::size_t>(-1);

  struct Label {
    Distance distance;
    std::size_t before = kSource;
    LinkId link{};
    bool reached = false;
    bool settled = false;
  };

  std::size_t state_of(MemoryId memory) const { return 2 * parts_.switches.size() + index(memory); }

  // A switch with peer-to-peer forgets how it was entered.
  std::size_t state_of(SwitchId id, LinkId entered_by) const {
    const SwitchSpec& spec = parts_.switches[id];
    return 2 * index(id) + (!spec.peer_to_peer && spec.upstream == entered_by ? 1 : 0);
  }

  // Links keep their order in all comparisons because paths of equal distance have equally many of
  // them.
  Links links_to(std::size_t state) const {
    Links links;
    for (; state != kSource; state = labels_[state].before) links.push_back(labels_[state].link);
    std::reverse(links.begin(), links.end());
    return links;
  }

  bool forbids(SwitchId id, Crossing crossing) const {
    return std::find(forbidden_.begin(), forbidden_.end(), std::pair{id, crossing}) !=
           forbidden_.end();
  }

  bool may_leave(std::size_t state, LinkId link) const {
    const auto id = static_cast<SwitchId>(state / 2);
    const SwitchSpec& spec = parts_.switches[id];
    if (spec.peer_to_peer) return true;
    const bool from_above = state % 2 == 1;
    const bool to_above = spec.upstream == link;
    if (from_above == to_above) return false;
    return !forbids(id, from_above ? Crossing::Down : Crossing::Up);
  }

  void leave(std::size_t state) {
    if (state >= 2 * parts_.switches.size()) return;  // a memory: the leg ends here
    const auto id = static_cast<SwitchId>(state / 2);
    const Distance across = labels_[state].distance + Distance{parts_.switches[id].latency};
    for (const Ends::End& end : ends_.at(id)) {
      if (may_leave(state, end.link)) relax(state, end, across);
    }
  }

  void relax(std::size_t before, const Ends::End& end, const Distance& so_far) {
    const auto* memory = std::get_if<MemoryId>(&end.other);
    const std::size_t state =
        memory != nullptr ? state_of(*memory) : state_of(std::get<SwitchId>(end.other), end.link);
    Label& label = labels_[state];
    const Distance distance = so_far + Distance{parts_.links[end.link].latency, 1};
    if (label.reached && label.distance < distance) return;
    if (label.reached && label.distance == distance) {
      // Every way of this distance is offered before the state is settled: the one before it has
      // one link less.
      Links offered = before == kSource ? Links{} : links_to(before);
      offered.push_back(end.link);
      if (offered < links_to(state)) label.before = before, label.link = end.link;
      return;
    }
    label = {distance, before, end.link, true, false};
    queue_.push({distance, state});
  }

  const HardwareParts& parts_;
  const Ends& ends_;
  Forbidden forbidden_;
  std::vector<Label> labels_;
  using Entry = std::pair<Distance, std::size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

// Shortest paths from one memory, which cross a switch at most once.
//
// A shortest walk can cross a switch S without peer-to-peer twice: up, around, and down again. A
// path crosses it only once, so it never crosses S upwards or never downwards: the better of the
// two searches that forbid the one or the other is the shortest path. Such machines are rare, and
// trees of switches need two more searches a level.
class PathSearch {
 public:
  PathSearch(const HardwareParts& parts, const Ends& ends, MemoryId src)
      : parts_(parts), ends_(ends), src_(src) {}

  std::optional<Path> path(MemoryId dst) { return path(dst, {}); }

 private:
  std::optional<Path> path(MemoryId dst, const Forbidden& forbidden) {
    const WalkTree& tree = tree_without(forbidden);
    if (!tree.reaches(dst)) return std::nullopt;
    const std::optional<SwitchId> twice = crossed_twice(tree.switches_on(dst));
    if (!twice) return tree.path(dst);
    const std::optional<Path> never_up = path(dst, with(forbidden, {*twice, Crossing::Up}));
    const std::optional<Path> never_down = path(dst, with(forbidden, {*twice, Crossing::Down}));
    if (!never_up || !never_down) return never_up ? never_up : never_down;
    return std::min(*never_up, *never_down);
  }

  static std::optional<SwitchId> crossed_twice(std::vector<SwitchId> crossed) {
    std::sort(crossed.begin(), crossed.end());
    const auto twice = std::adjacent_find(crossed.begin(), crossed.end());
    return twice == crossed.end() ? std::nullopt : std::optional{*twice};
  }

  static Forbidden with(Forbidden forbidden, const Forbidden::value_type& one) {
    forbidden.insert(std::upper_bound(forbidden.begin(), forbidden.end(), one), one);
    return forbidden;
  }

  const WalkTree& tree_without(const Forbidden& forbidden) {
    return trees_.try_emplace(forbidden, parts_, ends_, src_, forbidden).first->second;
  }

  const HardwareParts& parts_;
  const Ends& ends_;
  MemoryId src_;
  std::map<Forbidden, WalkTree> trees_;
};

// Who copies a leg.
class Copiers {
 public:
  explicit Copiers(const HardwareParts& parts)
      : out_(parts.memories.size()), in_(parts.memories.size()), processor_(parts.memories.size()) {
    for (const EngineId id : ids<EngineId>(parts.engines.size())) {
      const EngineSpec& engine = parts.engines[id];
      if (engine.direction != Direction::In) keep_first(out_[engine.memory], id);
      if (engine.direction != Direction::Out) keep_first(in_[engine.memory], id);
    }
    for (const ProcessorId id : ids<ProcessorId>(parts.processors.size())) {
      keep_first(processor_[parts.processors[id].memory], id);
    }
  }

  bool any(MemoryId src, MemoryId dst) const { return engine(src, dst) || processor(src, dst); }
  std::optional<EngineId> engine(MemoryId src, MemoryId dst) const {
    return out_[src] ? out_[src] : in_[dst];
  }
  std::optional<ProcessorId> processor(MemoryId src, MemoryId dst) const {
    return processor_[src] ? processor_[src] : processor_[dst];
  }

 private:
  template <class Id>
  static void keep_first(std::optional<Id>& kept, Id id) {
    if (!kept) kept = id;
  }

  IdVector<MemoryId, std::optional<EngineId>> out_, in_;
  IdVector<MemoryId, std::optional<ProcessorId>> processor_;
};

// The best leg of each pair of memories, by source.
struct LegEnd {
  MemoryId dst;
  Path path;
};
using LegTable = IdVector<MemoryId, std::vector<LegEnd>>;

LegTable find_legs(const HardwareParts& parts, const Copiers& copiers) {
  const Ends ends(parts);
  LegTable legs(parts.memories.size());
  for (const MemoryId src : ids<MemoryId>(parts.memories.size())) {
    PathSearch search(parts, ends, src);
    for (const MemoryId dst : ids<MemoryId>(parts.memories.size())) {
      if (src == dst || !copiers.any(src, dst)) continue;
      if (std::optional<Path> path = search.path(dst)) {
        path->distance.legs = 1;
        legs[src].push_back({dst, std::move(*path)});
      }
    }
  }
  return legs;
}

// Memories at which a stop can pay. Where every pair has a leg of its own and all switches have
// peer-to-peer, a stop at a memory with one link cannot: the way in and the way out share that
// link, and without it they make a leg.
IdVector<MemoryId, bool> worth_a_stop(const HardwareParts& parts, const LegTable& legs) {
  const bool complete = std::all_of(
      legs.begin(), legs.end(), [&](const auto& from) { return from.size() + 1 == legs.size(); });
  const bool free = std::all_of(parts.switches.begin(), parts.switches.end(),
                                [](const SwitchSpec& node) { return node.peer_to_peer; });
  IdVector<MemoryId, bool> worth(parts.memories.size(), true);
  if (!complete || !free) return worth;
  const Ends ends(parts);
  for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
    worth[id] = ends.at(id).size() > 1;
  }
  return worth;
}

// Shortest chains of legs from one memory (Dijkstra).
class ChainTree {
 public:
  ChainTree(const LegTable& legs, const IdVector<MemoryId, bool>& worth_a_stop, MemoryId src)
      : src_(src), labels_(legs.size()) {
    for (const LegEnd& leg : legs[src]) relax(src, leg, {});
    while (!queue_.empty()) {
      const auto [distance, memory] = queue_.top();
      queue_.pop();
      if (distance != labels_[memory].distance || std::exchange(labels_[memory].settled, true) ||
          !worth_a_stop[memory]) {
        continue;
      }
      for (const LegEnd& leg : legs[memory]) {
        if (leg.dst != src) relax(memory, leg, distance);
      }
    }
  }

  // From the source to `dst`; empty where there is no way.
  std::vector<const LegEnd*> chain(MemoryId dst) const {
    std::vector<const LegEnd*> legs;
    for (MemoryId at = dst; at != src_ && labels_[at].leg != nullptr; at = labels_[at].before) {
      legs.push_back(labels_[at].leg);
    }
    std::reverse(legs.begin(), legs.end());
    return legs;
  }

 private:
  struct Label {
    Distance distance;
    MemoryId before{};
    const LegEnd* leg = nullptr;
    bool settled = false;
  };

  Links links_to(MemoryId memory) const {
    Links links;
    for (const LegEnd* leg : chain(memory)) {
      links.insert(links.end(), leg->path.links.begin(), leg->path.links.end());
    }
    return links;
  }

  void relax(MemoryId before, const LegEnd& leg, const Distance& so_far) {
    Label& label = labels_[leg.dst];
    const Distance distance = so_far + leg.path.distance;
    if (label.leg != nullptr && label.distance < distance) return;
    if (label.leg != nullptr && label.distance == distance) {
      Links offered = links_to(before);
      offered.insert(offered.end(), leg.path.links.begin(), leg.path.links.end());
      if (offered < links_to(leg.dst)) label.before = before, label.leg = &leg;
      return;
    }
    label = {distance, before, &leg, false};
    queue_.push({distance, leg.dst});
  }

  MemoryId src_;
  IdVector<MemoryId, Label> labels_;
  using Entry = std::pair<Distance, MemoryId>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

// How the leg's engine reads it, if it does. `links`: from the source on.
std::optional<Pull> pull_of(const HardwareParts& parts, const Channels& channels, const Leg& leg,
                            const Links& links) {
  if (!leg.engine) return std::nullopt;
  const EngineSpec& engine = parts.engines[*leg.engine];
  if (!engine.outstanding || engine.memory == leg.src) return std::nullopt;
  Pull pull;
  pull.outstanding = *engine.outstanding;
  pull.asks = leg.latency;
  pull.bandwidth = channels.all[leg.channels.front()].capacity;
  for (const ChannelId channel : leg.channels) {
    pull.bandwidth = std::min(pull.bandwidth, channels.all[channel].capacity);
  }
  Endpoint at = leg.dst;
  for (auto id = links.rbegin(); id != links.rend(); ++id) {
    const LinkSpec& link = parts.links[*id];
    const PacketFormat format = packet_format(link.kind);
    pull.back.push_back(channels.of_link[*id][link.a == at ? 0 : 1]);
    pull.asks += wire_time(format, link.bandwidth, format.write_header);
    const bool is_least = pull.request.value == 0 || format.max_read_request < pull.request;
    if (is_least) pull.request = format.max_read_request;
    at = link.a == at ? link.b : link.a;
  }
  pull.round_trip = pull.asks + pull.request / pull.bandwidth + leg.latency;
  return pull;
}

// Of a copy's rate, in units of 1 / kWholeUse (CompressionSpec).
// `wire`: without errors, which is how fast packets can come.
std::uint32_t use_of(const LinkSpec* link, Bandwidth wire, std::size_t content) {
  if (link == nullptr || !link->compression) return kWholeUse;
  const CompressionSpec& compression = *link->compression;
  const auto whole = static_cast<double>(kWholeUse);
  const double packed = std::ceil(whole / compression.ratio[content]);
  const double engine = std::ceil(whole * static_cast<double>(wire.value) /
                                  static_cast<double>(compression.rate.value));
  return static_cast<std::uint32_t>(std::clamp(std::max(packed, engine), 1.0, kMostUse));
}

Leg make_leg(const HardwareParts& parts, const Channels& channels, const Copiers& copiers,
             MemoryId src, const LegEnd& end) {
  Leg leg;
  leg.src = src;
  leg.dst = end.dst;
  leg.latency = end.path.distance.latency;
  leg.channels.push_back(channels.of_memory[src]);
  leg.priorities = leg.load_store = true;
  std::vector<const LinkSpec*> crossed{nullptr};  // beside the channels; none for memories
  bool compressed = false;
  Endpoint at = src;
  for (const LinkId id : end.path.links) {
    const LinkSpec& link = parts.links[id];
    const bool forwards = link.a == at;
    leg.channels.push_back(channels.of_link[id][forwards ? 0 : 1]);
    const Bandwidth usable = channels.all[leg.channels.back()].capacity;
    if (!link.regimes.empty()) leg.paced.push_back({usable, link.regimes});
    leg.priorities = leg.priorities && link.priorities;
    leg.load_store = leg.load_store && link.load_store;
    compressed = compressed || link.compression;
    crossed.push_back(&link);
    at = forwards ? link.b : link.a;
    if (const auto* node = std::get_if<SwitchId>(&at)) leg.switches.push_back(*node);
  }
  PARTITA_ASSERT(at == Endpoint{end.dst}, "a leg ends where it should");
  if (channels.of_memory[end.dst] != channels.of_memory[src]) {
    leg.channels.push_back(channels.of_memory[end.dst]);
  }
  crossed.resize(leg.channels.size());
  for (std::size_t i = 0; i < kContents.size() && compressed; ++i) {
    for (std::size_t k = 0; k < crossed.size(); ++k) {
      leg.uses[i].push_back(use_of(crossed[k], channels.all[leg.channels[k]].burst, i));
    }
  }
  leg.engine = copiers.engine(src, end.dst);
  if (!leg.engine) leg.copier = copiers.processor(src, end.dst);
  leg.pull = pull_of(parts, channels, leg, end.path.links);
  return leg;
}

}  // namespace

std::vector<std::optional<Route>> find_routes(const HardwareParts& parts,
                                              const Channels& channels) {
  const Copiers copiers(parts);
  const LegTable legs = find_legs(parts, copiers);
  const IdVector<MemoryId, bool> worth = worth_a_stop(parts, legs);
  const std::size_t memories = parts.memories.size();
  std::vector<std::optional<Route>> routes(memories * memories);
  for (const MemoryId src : ids<MemoryId>(memories)) {
    const ChainTree tree(legs, worth, src);
    for (const MemoryId dst : ids<MemoryId>(memories)) {
      if (src == dst) continue;
      const std::vector<const LegEnd*> chain = tree.chain(dst);
      if (chain.empty()) continue;
      Route& route = routes[index(src) * memories + index(dst)].emplace();
      MemoryId at = src;
      for (const LegEnd* leg : chain) {
        route.push_back(make_leg(parts, channels, copiers, at, *leg));
        at = leg->dst;
      }
    }
  }
  return routes;
}

}  // namespace partita
