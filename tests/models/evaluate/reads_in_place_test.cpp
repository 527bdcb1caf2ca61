// Operands that are read where they lie, by hand (evaluate.h, rule 10).
#include "models/evaluate/reads_in_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr Bandwidth kWide{1'000'000'000'000'000};
constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr LayerId kA{0}, kB{1};

// p0 on m0, the host's memory, and p1 on m1, joined by 1 GB/s with 2 us of latency, across which
// processors may read; an engine beside m0 copies.
struct TwoMemories : test::Machine {
  TwoMemories() {
    link("wire", m0, m1, kGigabyte, 2us);
    wire().load_store = true;
    engine("dma", m0);
    parts.host = m0;
  }
  LinkSpec& wire() { return parts.links[LinkId{0}]; }

  MemoryId m0 = memory("m0", kWide), m1 = memory("m1", kWide);
  ProcessorId p0 = processor("p0", m0), p1 = processor("p1", m1);
};

// A plan with reads on p1 in place that has been run, and checked by the independent checker too.
struct Reading {
  Reading(const test::Machine& machine, Network the_network, const CostTable& costs,
          const std::vector<std::vector<int>>& orders, const std::vector<TensorId>& in_place)
      : network(std::move(the_network)), hardware(machine.build()) {
    std::vector<InPlace> pairs;
    for (const TensorId tensor : in_place) pairs.push_back({tensor, MemoryId{1}, MemoryId{0}});
    auto made =
        with_reads_in_place(network, hardware, test::plan_of(network, hardware, orders), pairs);
    plan.emplace(std::get<Plan>(std::move(made)));
    timeline = Evaluator(network, hardware, costs).run(*plan);
    EXPECT_THAT(violations(timeline, network, hardware, *plan), testing::IsEmpty());
  }
  Time start(LayerId layer) const { return timeline.layers[layer].start; }
  Time finish(LayerId layer) const { return timeline.layers[layer].finish; }

  Network network;
  Hardware hardware;
  std::optional<Plan> plan;
  Timeline timeline;
};

CostTable with_traffic(CostTable costs, LayerId layer, ProcessorId processor, Bytes traffic) {
  LayerCost cost = *costs(layer, processor);
  cost.traffic = traffic;
  costs.set(layer, processor, cost);
  return costs;
}

// a's 4,000 B take 4 us of wire. As a copy: b would start at 1 + 4 + 2 us.
Reading b_reads_a(Time time_of_b) {
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{4'000});
  graph.layer("b", {a}, Bytes{100});
  return {TwoMemories(),
          graph.build(),
          test::costs_of({{1us, 1us}, {1us, time_of_b}}),
          {{0}, {1}},
          {a}};
}

TEST(ReadsInPlace, StartAsSoonAsTheOperandIsMadeAndTakeWhatTheLinkTakes) {
  const Reading one = b_reads_a(1us);
  EXPECT_TRUE(one.timeline.legs.empty());
  EXPECT_EQ(one.start(kB), 1us);
  EXPECT_EQ(one.finish(kB), 1us + 2 * 2us + 4us);  // asks, and then reads
}

TEST(ReadsInPlace, HideBehindTheTimeOfTheLayer) {
  EXPECT_EQ(b_reads_a(4us).finish(kB), 1us + 2 * 2us + 4us);
  EXPECT_EQ(b_reads_a(4us + 1_ps).finish(kB), 1us + 2 * 2us + 4us + 1_ps);
  EXPECT_EQ(b_reads_a(10us).finish(kB), 1us + 2 * 2us + 10us);
}

// m0 keeps a's result until b has ended; m1 has b's alone.
TEST(ReadsInPlace, TakeMemoryAtHomeOnly) {
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{4'000});
  graph.layer("b", {a}, Bytes{100});
  graph.layer("c", {}, Bytes{1'000});
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}, {2us, 2us}});
  const Reading one(TwoMemories(), graph.build(), costs, {{0, 2}, {1}}, {a});
  EXPECT_EQ(one.timeline.memory_peak[MemoryId{0}], Bytes{5'000});  // a and c
  EXPECT_EQ(one.timeline.memory_peak[MemoryId{1}], Bytes{100});
  // Sent, a's result is gone from m0 when it has arrived.
  test::Graph later;
  const TensorId sent = later.layer("a", {}, Bytes{4'000});
  const TensorId end = later.layer("b", {sent}, Bytes{100});
  later.layer("c", {end}, Bytes{1'000});
  const Reading copied(TwoMemories(), later.build(), costs, {{0, 2}, {1}}, {});
  EXPECT_EQ(copied.timeline.memory_peak[MemoryId{0}], Bytes{4'000});
  EXPECT_EQ(copied.timeline.memory_peak[MemoryId{1}], Bytes{4'100});
}

// An input of the network is there from the start.
TEST(ReadsInPlace, OfInputs) {
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{4'000});
  graph.layer("a", {x}, Bytes{100});
  const Reading one(TwoMemories(), graph.build(), test::costs_of({{1us, 1us}}), {{}, {0}}, {x});
  EXPECT_EQ(one.start(kA), 0us);
  EXPECT_EQ(one.finish(kA), 8us);
}

// b moves 8,000 B, 4,000 of them over the wire, and takes 8 us alone: a flow of 1 GB/s, a half of
// which crosses the wire. x, 6,000 B, is copied over it meanwhile. Both have the same rate r, and
// r + r / 2 = 1 GB/s: 666,666,666 B/s. The copy ends after 9.000001 us, b's 8,000 B less
// 6,000.000660... take 2 us more (rounded up).
TEST(ReadsInPlace, ShareALinkInProportion) {
  TwoMemories machine;
  machine.parts.processors[machine.p1].streams = 2;
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{6'000}), y = graph.input("y", Bytes{4'000});
  graph.layer("b", {y}, Bytes{100});
  graph.layer("c", {x}, Bytes{100});
  const CostTable costs =
      with_traffic(test::costs_of({{1us, 1us}, {1us, 1us}}), LayerId{0}, machine.p1, Bytes{8'000});
  const Reading one(machine, graph.build(), costs, {{}, {0, 1}}, {y});
  EXPECT_EQ(one.timeline.legs.at(0).finish, 9us + 1_ps + 2us);
  EXPECT_EQ(one.finish(LayerId{0}), 11us + 1_ps);
}

// Three of them ask for 4,000 B in 8 us each, 1.5 GB/s together, of 1 GB/s: 333,333,333 B/s each.
TEST(ReadsInPlace, ShareALinkWithEachOther) {
  TwoMemories machine;
  machine.parts.processors[machine.p1].streams = 3;
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{4'000});
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {x}, Bytes{100});
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}});
  const Reading one(machine, graph.build(), costs, {{}, {0, 1, 2}}, {x});
  for (const LayerSpan& span : one.timeline.layers) EXPECT_EQ(span.finish, 12us + 1_ps);
}

// Two operands over one wire take the sum, and one first access.
TEST(ReadsInPlace, OfTwoOperandsAddUp) {
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{4'000}), y = graph.input("y", Bytes{1'000});
  graph.layer("a", {x, y, x}, Bytes{100});
  const Reading one(TwoMemories(), graph.build(), test::costs_of({{1us, 1us}}), {{}, {0}}, {x, y});
  EXPECT_EQ(one.finish(kA), 4us + 5us);
}

// Packed to a half, 4,000 B take 2 us of wire.
TEST(ReadsInPlace, ArePackedLikeCopies) {
  TwoMemories machine;
  machine.wire().compression = {.ratio = {2, 1, 1}, .rate = kWide};
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{4'000});
  graph.layer("a", {x}, Bytes{100});
  const Reading one(machine, graph.build(), test::costs_of({{1us, 1us}}), {{}, {0}}, {x});
  EXPECT_EQ(one.finish(kA), 4us + 2us);
}

// A weight that is read in place lies in the host's memory, once for all of its readers there.
TEST(ReadsInPlace, OfWeights) {
  test::Graph graph;
  const TensorId w = graph.weight("w", Bytes{4'000});
  graph.layer("a", {w}, Bytes{100});
  graph.layer("b", {w}, Bytes{100});
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
  const Network network = graph.build();
  const Reading warm(TwoMemories(), network, costs, {{0}, {1}}, {w});
  EXPECT_EQ(warm.finish(kB), 8us);
  EXPECT_EQ(warm.timeline.memory_peak[MemoryId{0}], Bytes{4'100});
  EXPECT_EQ(warm.timeline.memory_peak[MemoryId{1}], Bytes{100});

  // From a cold start nothing is sent, and it takes no longer.
  const Network cold = with_cold_weights(network);
  const Plan plan = std::get<Plan>(with_cold_start(cold, warm.hardware, *warm.plan));
  EXPECT_TRUE(plan.transfers().empty());
  Evaluator evaluator(cold, warm.hardware, costs);
  const Timeline& timeline = evaluator.run(plan);
  EXPECT_THAT(violations(timeline, cold, warm.hardware, plan), testing::IsEmpty());
  EXPECT_EQ(timeline.layers, warm.timeline.layers);
  EXPECT_EQ(timeline.memory_peak, warm.timeline.memory_peak);
}

// The launch overhead comes before; a processor that is slowed down reads more slowly, too.
TEST(ReadsInPlace, AreAPartOfTheLayer) {
  TwoMemories machine;
  machine.parts.processors[machine.p1].launch_overhead = 1us;
  LoadSpec slow;
  slow.name = "slow";
  slow.effect = SlowedDown{machine.p1, 2};
  machine.parts.load.push_back(slow);
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{4'000});
  graph.layer("a", {x}, Bytes{100});
  const Reading one(machine, graph.build(), test::costs_of({{1us, 1us}}), {{}, {0}}, {x});
  // 9 us alone: 444,444,444 B/s, and a half of that.
  EXPECT_EQ(one.finish(kA), 18us);
}

TEST(ReadsInPlace, OfNothingTakeTheFirstAccess) {
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{0});
  graph.layer("a", {x}, Bytes{100});
  const Reading one(TwoMemories(), graph.build(), test::costs_of({{1us, 1us}}), {{}, {0}}, {x});
  EXPECT_EQ(one.finish(kA), 4us + 1us);
}

}  // namespace
}  // namespace partita
