// Compression and priorities, by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr Bandwidth kWide{1'000'000'000'000'000};
constexpr Bandwidth kGigabyte{1'000'000'000};

// p0 on m0 and p1 on m1, joined by 1 GB/s with 2 us of latency; an engine beside m0 copies.
struct TwoMemories : test::Machine {
  TwoMemories() {
    link("wire", m0, m1, kGigabyte, 2us);
    engine("dma", m0);
    parts.host = m0;
  }
  LinkSpec& wire() { return parts.links[LinkId{0}]; }
  EngineSpec& dma() { return parts.engines[EngineId{0}]; }

  MemoryId m0 = memory("m0", kWide), m1 = memory("m1", kWide);
  ProcessorId p0 = processor("p0", m0), p1 = processor("p1", m1);
};

Timeline run(const test::Machine& machine, test::Graph& graph, const CostTable& costs,
             const std::vector<std::vector<int>>& orders,
             const std::vector<std::int32_t>& priorities = {}) {
  const Hardware hardware = machine.build();
  const Network network = graph.build();
  Plan plan = test::plan_of(network, hardware, orders);
  std::vector<Transfer> transfers = plan.transfers();
  for (std::size_t i = 0; i < priorities.size(); ++i) transfers[i].priority = priorities[i];
  plan = with_transfer_order(network, std::move(plan), transfers);
  Timeline timeline = Evaluator(network, hardware, costs).run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
  return timeline;
}

// 4,000 B packed to 2,000 take 2 us of wire.
TEST(Compression, TakesALinkForWhatIsLeft) {
  TwoMemories machine;
  machine.wire().compression = {.ratio = {1, 2, 1}, .rate = kWide};
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{4'000})}, Bytes{1});
  const LegSpan copy =
      run(machine, graph, test::costs_of({{1us, 1us}, {1us, 1us}}), {{0}, {1}}).legs.at(0);
  EXPECT_EQ(copy.data, 1us);
  EXPECT_EQ(copy.finish, 1us + 2us + 2us);
}

// A quarter of the bytes would take 1 us; the engines pack no more than 2 GB/s.
TEST(Compression, IsNoFasterThanItsEngines) {
  TwoMemories machine;
  machine.wire().compression = {.ratio = {1, 4, 1}, .rate = Bandwidth{2'000'000'000}};
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{4'000})}, Bytes{1});
  const LegSpan copy =
      run(machine, graph, test::costs_of({{1us, 1us}, {1us, 1us}}), {{0}, {1}}).legs.at(0);
  EXPECT_EQ(copy.finish - copy.data, 2us + 2us);
}

// The input does not get smaller: 4 us.
TEST(Compression, DependsOnWhatIsCarried) {
  TwoMemories machine;
  machine.wire().compression = {.ratio = {1, 2, 8}, .rate = kWide};
  test::Graph graph;
  graph.layer("a", {graph.input("in", Bytes{4'000})}, Bytes{1});
  const LegSpan copy = run(machine, graph, test::costs_of({{1us, 1us}}), {{}, {0}}).legs.at(0);
  EXPECT_EQ(copy.finish - copy.data, 4us + 2us);
}

// The result (packed to a half) and the input share the wire at equal rates of their own bytes:
// x + x / 2 = 1 GB/s, so x = 2/3 GB/s. The input's 4,000 B are there after 6 us; by then as much of
// the result has moved, and its other 4,000 B take 2 us at 2 GB/s.
TEST(Compression, SharesALinkByRate) {
  TwoMemories machine;
  machine.wire().compression = {.ratio = {1, 2, 1}, .rate = kWide};
  machine.dma().channels = 2;
  machine.dma().setup = 1us;
  test::Graph graph;
  const TensorId in = graph.input("in", Bytes{4'000});
  const TensorId made = graph.layer("a", {}, Bytes{8'000});
  graph.layer("b", {in, made}, Bytes{1});
  // The input waits in its set-up until 1 us, as does what is made at 0 but for a picosecond.
  const Timeline timeline =
      run(machine, graph, test::costs_of({{1_ps, 1us}, {1us, 1us}}), {{0}, {1}});
  EXPECT_NEAR(static_cast<double>((timeline.legs.at(0).finish - 1us).count()), 6e6 + 2e6, 10);
  EXPECT_NEAR(static_cast<double>((timeline.legs.at(1).finish - 1us).count()), 8e6 + 2e6, 10);
}

// Three results of one instant, 1 us of wire each.
struct ThreeCopies {
  ThreeCopies() {
    const TensorId a = graph.layer("a", {}, Bytes{1'000});
    const TensorId b = graph.layer("b", {}, Bytes{1'000});
    const TensorId c = graph.layer("c", {}, Bytes{1'000});
    graph.layer("d", {a, b, c}, Bytes{1});
    machine.parts.processors[machine.p0].streams = 3;
    machine.parts.processors[machine.p0].stream_share = 0.25;
  }
  // When the data of each has left, from 1 us on.
  std::vector<Time> over(const std::vector<std::int32_t>& priorities) {
    const Timeline timeline =
        run(machine, graph, test::costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}, {1us, 1us}}),
            {{0, 1, 2}, {3}}, priorities);
    std::vector<Time> times;
    for (const LegSpan& leg : timeline.legs) times.push_back(leg.finish - 1us - 2us);
    return times;
  }
  TwoMemories machine;
  test::Graph graph;
};

TEST(Priority, DecidesWhoseTurnItIs) {
  EXPECT_THAT(ThreeCopies().over({}), testing::ElementsAre(1us, 2us, 3us));
  EXPECT_THAT(ThreeCopies().over({0, 0, 1}), testing::ElementsAre(2us, 3us, 1us));
  EXPECT_THAT(ThreeCopies().over({1, 2, 3}), testing::ElementsAre(3us, 2us, 1us));
}

// All three at once: a third of the wire each, or one after the other where the link keeps
// priorities.
TEST(Priority, DecidesWhoHasTheLinkThatKeepsIt) {
  ThreeCopies without;
  without.machine.dma().channels = 3;
  const std::vector<Time> shared = without.over({0, 1, 2});
  for (const Time each : shared) EXPECT_NEAR(static_cast<double>(each.count()), 3e6, 10);

  ThreeCopies with;
  with.machine.dma().channels = 3;
  with.machine.wire().priorities = true;
  const std::vector<Time> kept = with.over({0, 1, 2});
  EXPECT_EQ(kept.at(2), 1us);
  // Those that wait trickle at 1 B/s meanwhile.
  EXPECT_NEAR(static_cast<double>(kept.at(1).count()), 2e6, 10);
  EXPECT_NEAR(static_cast<double>(kept.at(0).count()), 3e6, 10);
}

}  // namespace
}  // namespace partita
