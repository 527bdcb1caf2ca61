#include "models/hardware/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "tests/models/hardware/small_machine.h"

namespace partita {
namespace {

using test::crossbar;
using test::engine;
using test::link;
using test::memory;
using test::processor;
using test::two_processors;
using ::testing::ElementsAre;

constexpr MemoryId kM0{0}, kM1{1}, kM2{2};
constexpr SwitchId kS0{0}, kS1{1};

std::vector<std::string> channel_names(const Hardware& hardware, const Leg& leg) {
  std::vector<std::string> names;
  for (const ChannelId id : leg.channels) names.push_back(hardware.channels()[id].name);
  return names;
}

TEST(Routing, ALegHasTheChannelsInTheDirectionOfTravel) {
  HardwareParts parts = two_processors();
  parts.links = {link("wire", kM1, kM0, 700ns)};
  const Hardware hardware = HardwareBuilder::build(parts);
  const Route* there = hardware.route(kM0, kM1);
  const Route* back = hardware.route(kM1, kM0);
  ASSERT_TRUE(there != nullptr && back != nullptr);
  EXPECT_THAT(channel_names(hardware, there->front()), ElementsAre("m0", "wire<", "m1"));
  EXPECT_THAT(channel_names(hardware, back->front()), ElementsAre("m1", "wire>", "m0"));
  EXPECT_EQ(there->front().latency, 700ns);
}

TEST(Routing, AHalfDuplexLinkIsOneChannelForBothDirections) {
  HardwareParts parts = two_processors();
  parts.links = {link("bus", kM0, kM1, 1ns)};
  parts.links[LinkId{0}].full_duplex = false;
  const Hardware hardware = HardwareBuilder::build(parts);
  EXPECT_EQ(hardware.channels().size(), 3u);
  EXPECT_EQ(hardware.route(kM0, kM1)->front().channels[1],
            hardware.route(kM1, kM0)->front().channels[1]);
}

// Both memories are slices of one, so data that moves between them passes its channel once in the
// list.
TEST(Routing, PartsOfOneMemoryShareItsChannel) {
  HardwareParts parts = two_processors();
  parts.memories.push_back(memory("whole"));
  for (MemorySpec& part : parts.memories) part.capacity = Bytes{100};
  parts.memories[kM2].capacity = Bytes{200};
  parts.memories[kM0].part_of = parts.memories[kM1].part_of = kM2;
  parts.memories[kM2].bandwidth = Bandwidth{7};
  parts.links = {link("wire", kM0, kM1, 1ns)};
  const Hardware hardware = HardwareBuilder::build(parts);
  EXPECT_EQ(hardware.channel_of(kM0), hardware.channel_of(kM2));
  EXPECT_EQ(hardware.memories()[kM0].bandwidth, Bandwidth{7});
  EXPECT_THAT(channel_names(hardware, hardware.route(kM0, kM1)->front()),
              ElementsAre("whole", "wire>"));
}

// 100 + 30 (switch) + 200 = 330 ns; the direct link takes 331, then 330 with one link less, then
// 329.
TEST(Routing, TheLeastLatencyWinsThenTheFewestLinks) {
  HardwareParts parts = two_processors();
  parts.switches = {crossbar("s", 30ns)};
  parts.links = {link("a", kM0, kS0, 100ns), link("b", kS0, kM1, 200ns),
                 link("direct", kM0, kM1, 331ns)};
  const auto names = [](const HardwareParts& of) {
    const Hardware hardware = HardwareBuilder::build(of);
    return channel_names(hardware, hardware.route(kM0, kM1)->front());
  };
  EXPECT_THAT(names(parts), ElementsAre("m0", "a>", "b>", "m1"));
  parts.links[LinkId{2}].latency = 330ns;
  EXPECT_THAT(names(parts), ElementsAre("m0", "direct>", "m1"));
}

TEST(Routing, OfEqualLinksTheFirstInTheFileIsTaken) {
  HardwareParts parts = two_processors();
  parts.links = {link("first", kM0, kM1, 5ns), link("second", kM0, kM1, 5ns)};
  const Hardware hardware = HardwareBuilder::build(parts);
  EXPECT_THAT(channel_names(hardware, hardware.route(kM0, kM1)->front()),
              ElementsAre("m0", "first>", "m1"));
}

// A PCIe switch without peer-to-peer below a root that could turn traffic round: what the devices
// send to each other must stop in the host's memory.
TEST(Routing, WithoutPeerToPeerDataIsStagedThroughTheHost) {
  HardwareParts parts = two_processors();
  parts.memories.push_back(memory("dram"));
  parts.switches = {crossbar("leaf", 10ns), crossbar("root", 20ns)};
  parts.links = {link("p0", kM0, kS0, 100ns), link("p1", kM1, kS0, 100ns),
                 link("up", kS0, kS1, 50ns), link("mem", kS1, kM2, 5ns)};
  parts.switches[kS0].peer_to_peer = false;
  parts.switches[kS0].upstream = LinkId{2};
  const Hardware staged = HardwareBuilder::build(parts);
  const Route& route = *staged.route(kM0, kM1);
  ASSERT_EQ(route.size(), 2u);
  EXPECT_THAT(channel_names(staged, route[0]), ElementsAre("m0", "p0>", "up>", "mem>", "dram"));
  EXPECT_THAT(channel_names(staged, route[1]), ElementsAre("dram", "mem<", "up<", "p1<", "m1"));
  EXPECT_EQ(route[0].latency, 185ns);  // 100 + 10 + 50 + 20 + 5

  parts.switches[kS0].peer_to_peer = true;
  const Hardware direct = HardwareBuilder::build(parts);
  ASSERT_EQ(direct.route(kM0, kM1)->size(), 1u);
  EXPECT_EQ(direct.route(kM0, kM1)->front().latency, 210ns);  // 100 + 10 + 100
}

// The way over the host takes 4 x 1 + 2 x 0 ns, the direct link 9 ns: a stop pays although every
// pair has a leg.
TEST(Routing, AStopCanBeatADirectLink) {
  HardwareParts parts = two_processors();
  parts.memories.push_back(memory("dram"));
  parts.switches = {crossbar("s", 0ns)};
  parts.links = {link("direct", kM0, kM1, 9ns), link("p0", kM0, kS0, 1ns),
                 link("p1", kM1, kS0, 1ns), link("up", kS0, kM2, 1ns)};
  parts.switches[kS0].peer_to_peer = false;
  parts.switches[kS0].upstream = LinkId{3};
  EXPECT_EQ(HardwareBuilder::build(parts).route(kM0, kM1)->size(), 2u);
  parts.links[LinkId{0}].latency = 4ns;  // as long, with one link
  EXPECT_EQ(HardwareBuilder::build(parts).route(kM0, kM1)->size(), 1u);
}

TEST(Routing, TheEngineOfTheSourceCopiesElseThatOfTheDestinationElseAProcessor) {
  HardwareParts parts = two_processors();
  parts.links = {link("wire", kM0, kM1, 1ns)};
  const auto leg = [&] { return HardwareBuilder::build(parts).route(kM0, kM1)->front(); };
  EXPECT_EQ(leg().engine, std::nullopt);
  EXPECT_EQ(leg().copier, ProcessorId{0});

  parts.processors[ProcessorId{0}].memory = kM1;
  EXPECT_EQ(leg().copier, ProcessorId{0});  // nobody on m0; the lowest on m1

  parts.engines = {engine("m0_in", kM0, Direction::In), engine("m1_out", kM1, Direction::Out),
                   engine("m1_both", kM1, Direction::Both)};
  EXPECT_EQ(leg().engine, EngineId{2});
  EXPECT_EQ(leg().copier, std::nullopt);

  parts.engines.push_back(engine("m0_out", kM0, Direction::Out));
  EXPECT_EQ(leg().engine, EngineId{3});
}

// m0 - m1 - m2 with nobody at m1 and m2 but an engine that fills m2: m0 to m1 is copied by p0, m1
// to m2 by the engine.
TEST(Routing, ALegNeedsSomebodyWhoCopies) {
  HardwareParts parts;
  parts.memories = {memory("m0"), memory("m1"), memory("m2")};
  parts.processors = {processor("p0", kM0)};
  parts.links = {link("a", kM0, kM1, 1ns), link("b", kM1, kM2, 1ns)};
  EXPECT_EQ(HardwareBuilder::build(parts).route(kM0, kM2), nullptr);
  parts.engines = {engine("fill", kM2, Direction::In)};
  const Hardware hardware = HardwareBuilder::build(parts);
  ASSERT_NE(hardware.route(kM0, kM2), nullptr);
  EXPECT_EQ(hardware.route(kM0, kM2)->size(), 2u);
  EXPECT_EQ(hardware.route(kM2, kM0),
            nullptr);  // p0 could fetch from m1, but nobody empties m2 into it
}

// What BruteForce compares by; the definition stands in routing.h.

struct Candidate {
  Time latency{0};
  std::size_t links = 0;
  std::size_t legs = 0;
  std::vector<LinkId> sequence;
  std::vector<std::size_t> stops;  // number of links before each staging
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.latency, a.links, a.legs, a.sequence) <
           std::tie(b.latency, b.links, b.legs, b.sequence);
  }
};

// Tries every chain of simple legs, straight from the definition in routing.h.
class BruteForce {
 public:
  explicit BruteForce(const HardwareParts& parts) : parts_(parts) {}

  std::optional<Candidate> best(MemoryId src, MemoryId dst) {
    best_.reset();
    goal_ = dst;
    from(src, {}, {src});
    return best_;
  }

 private:
  void from(MemoryId at, const Candidate& so_far, const std::set<MemoryId>& seen) {
    if (at == goal_) {
      if (!best_ || so_far < *best_) best_ = so_far;
      return;
    }
    extend(Endpoint{at}, std::nullopt, so_far, {}, seen, at);
  }

  void extend(Endpoint at, std::optional<LinkId> came_by, const Candidate& so_far,
              const std::set<SwitchId>& crossed, const std::set<MemoryId>& seen, MemoryId leg_src) {
    for (const LinkId id : ids<LinkId>(parts_.links.size())) {
      const LinkSpec& spec = parts_.links[id];
      if (spec.a != at && spec.b != at) continue;
      if (came_by && !may_turn(std::get<SwitchId>(at), *came_by, id)) continue;
      Candidate longer = so_far;
      longer.latency += spec.latency;
      if (came_by) longer.latency += parts_.switches[std::get<SwitchId>(at)].latency;
      ++longer.links;
      longer.sequence.push_back(id);
      const Endpoint next = spec.a == at ? spec.b : spec.a;
      if (const auto* memory = std::get_if<MemoryId>(&next)) {
        if (seen.count(*memory) != 0 || !somebody_copies(leg_src, *memory)) continue;
        ++longer.legs;
        longer.stops.push_back(longer.links);
        std::set<MemoryId> now_seen = seen;
        now_seen.insert(*memory);
        from(*memory, longer, now_seen);
      } else {
        const SwitchId node = std::get<SwitchId>(next);
        if (crossed.count(node) != 0) continue;
        std::set<SwitchId> now_crossed = crossed;
        now_crossed.insert(node);
        extend(next, id, longer, now_crossed, seen, leg_src);
      }
    }
  }

  bool may_turn(SwitchId node, LinkId in, LinkId out) const {
    const SwitchSpec& spec = parts_.switches[node];
    return in != out && (spec.peer_to_peer || spec.upstream == in || spec.upstream == out);
  }

  bool somebody_copies(MemoryId src, MemoryId dst) const {
    for (const EngineSpec& spec : parts_.engines) {
      if (spec.memory == src && spec.direction != Direction::In) return true;
      if (spec.memory == dst && spec.direction != Direction::Out) return true;
    }
    for (const ProcessorSpec& spec : parts_.processors) {
      if (spec.memory == src || spec.memory == dst) return true;
    }
    return false;
  }

  const HardwareParts& parts_;
  MemoryId goal_{};
  std::optional<Candidate> best_;
};

HardwareParts random_machine(std::mt19937& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  HardwareParts parts;
  const std::size_t memories = 2 + below(3);
  const std::size_t switches = below(5);
  for (std::size_t i = 0; i < memories; ++i) {
    parts.memories.push_back(memory("m" + std::to_string(i)));
  }
  for (std::size_t i = 0; i < switches; ++i) {
    parts.switches.push_back(crossbar("s" + std::to_string(i), Time{static_cast<int>(below(3))}));
  }
  parts.processors = {processor("p", MemoryId{static_cast<std::uint32_t>(below(memories))})};
  for (std::size_t i = 0; i < memories; ++i) {
    if (below(3) == 0) continue;
    parts.engines.push_back(engine("e" + std::to_string(i), static_cast<MemoryId>(i),
                                   static_cast<Direction>(below(3))));
  }
  const auto end = [&]() -> Endpoint {
    const std::size_t at = below(memories + switches);
    if (at < memories) return static_cast<MemoryId>(at);
    return static_cast<SwitchId>(at - memories);
  };
  const std::size_t links = 2 + below(8);
  for (std::size_t i = 0; i < links; ++i) {
    const Endpoint a = end(), b = end();
    if (a == b) continue;
    // Small latencies, zero among them, so that ties are common.
    parts.links.push_back(link("l" + std::to_string(i), a, b, Time{static_cast<int>(below(3))}));
  }
  for (const SwitchId id : ids<SwitchId>(switches)) {
    std::vector<LinkId> here;
    for (const LinkId l : ids<LinkId>(parts.links.size())) {
      if (parts.links[l].a == Endpoint{id} || parts.links[l].b == Endpoint{id}) here.push_back(l);
    }
    if (here.empty() || below(2) == 0) continue;
    parts.switches[id].peer_to_peer = false;
    parts.switches[id].upstream = here[below(here.size())];
  }
  return parts;
}

std::vector<std::string> expected_channels(const HardwareParts& parts, const Candidate& candidate,
                                           MemoryId src) {
  std::vector<std::string> names;
  Endpoint at = src;
  std::size_t stop = 0;
  names.push_back(parts.memories[src].name);
  for (std::size_t i = 0; i < candidate.sequence.size(); ++i) {
    const LinkSpec& spec = parts.links[candidate.sequence[i]];
    names.push_back(spec.name + (spec.a == at ? ">" : "<"));
    at = spec.a == at ? spec.b : spec.a;
    if (i + 1 == candidate.stops[stop]) {
      names.push_back(parts.memories[std::get<MemoryId>(at)].name);
      if (++stop < candidate.stops.size()) names.push_back(names.back());
    }
  }
  return names;
}

TEST(Routing, EqualsBruteForceOnRandomMachines) {
  std::mt19937 random(7);
  int routes = 0, staged = 0, none = 0;
  for (int round = 0; round < 20000; ++round) {
    const HardwareParts parts = random_machine(random);
    const Hardware hardware = HardwareBuilder::build(parts);
    BruteForce brute_force(parts);
    for (const MemoryId src : ids<MemoryId>(parts.memories.size())) {
      for (const MemoryId dst : ids<MemoryId>(parts.memories.size())) {
        if (src == dst) continue;
        const Route* route = hardware.route(src, dst);
        const std::optional<Candidate> best = brute_force.best(src, dst);
        ASSERT_EQ(route != nullptr, best.has_value()) << "round " << round;
        if (route == nullptr) {
          ++none;
          continue;
        }
        ++routes;
        staged += route->size() > 1;
        std::vector<std::string> names;
        Time latency{0};
        for (const Leg& leg : *route) {
          for (const std::string& name : channel_names(hardware, leg)) names.push_back(name);
          latency += leg.latency;
        }
        ASSERT_EQ(latency, best->latency) << "round " << round;
        ASSERT_EQ(names, expected_channels(parts, *best, src)) << "round " << round;
      }
    }
  }
  // The machines must be worth the trouble: many routes, stagings and dead ends.
  EXPECT_GT(routes, 50000);
  EXPECT_GT(staged, 10000);
  EXPECT_GT(none, 10000);
}

// 1,024 memories on one switch: a million routes of two links each.
TEST(Routing, IsQuickForManyMemories) {
  HardwareParts parts;
  parts.switches = {crossbar("s", 1ns)};
  for (std::uint32_t i = 0; i < 1024; ++i) {
    const std::string number = std::to_string(i);
    const MemoryId here = parts.memories.push_back(memory("m" + number));
    parts.processors.push_back(processor("p" + number, here));
    parts.links.push_back(link("l" + number, here, kS0, 1ns));
  }
  const Hardware hardware = HardwareBuilder::build(std::move(parts));
  EXPECT_EQ(hardware.route(MemoryId{17}, MemoryId{1023})->front().latency, 3ns);
}

}  // namespace
}  // namespace partita
