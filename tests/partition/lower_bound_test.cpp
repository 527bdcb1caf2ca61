#include "partition/bounds/lower_bound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/machine.h"

namespace partita {
namespace {

using testing::HasSubstr;

constexpr Bandwidth kOneGigabyte{1'000'000'000};

// `count` processors p0, p1, ... on memories of their own, all joined; 1 B takes 1 ns.
test::Machine processors(int count) {
  test::Machine machine;
  for (int i = 0; i < count; ++i) {
    const MemoryId memory = machine.memory("m" + std::to_string(i), Bandwidth{1'000'000'000'000});
    machine.processor("p" + std::to_string(i), memory);
    machine.engine("dma" + std::to_string(i), memory);
    for (int other = 0; other < i; ++other) {
      machine.link("l" + std::to_string(other) + std::to_string(i),
                   MemoryId{static_cast<std::uint32_t>(other)}, memory, kOneGigabyte);
    }
  }
  return machine;
}

Network free_layers(int count) {
  test::Graph graph;
  for (int i = 0; i < count; ++i) graph.layer("x" + std::to_string(i), {}, Bytes{1});
  return graph.build();
}

// Within a millionth below `value`: weights are rounded.
void expect_just_below(Time bound, Time value) {
  EXPECT_LE(bound, value);
  EXPECT_GE(bound, value - std::max(1_ps, value / 10'000));
}

TEST(LowerBound, OfAChainIsItsBestPathTransfersIncluded) {
  // Best processors apart: 10 + 100 + 10 = 120 ns; both on p0: 10 + 90 = 100 ns; both on p1: 130
  // ns.
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{100})}, Bytes{1});
  const Network network = graph.build();
  const LatencyBound bound = latency_bound(
      {network, processors(2).build(), test::costs_of({{10ns, 120ns}, {90ns, 10ns}})});
  EXPECT_EQ(bound.value, 100ns);
  EXPECT_EQ(bound.limit, "critical path");
}

TEST(LowerBound, LaunchOverheadCounts) {
  test::Machine machine = processors(1);
  machine.parts.processors[ProcessorId{0}].launch_overhead = 4ns;
  EXPECT_EQ(
      latency_bound({free_layers(3), machine.build(), test::costs_of({{1ns}, {2ns}, {3ns}})}).value,
      18ns);  // 3 x 4 + 1 + 2 + 3
}

TEST(LowerBound, InputsComeFromTheHostAndOutputsGoThere) {
  // Only p1 can run the layer: 50 B there, 5 ns, 20 B back.
  test::Machine machine = processors(2);
  machine.parts.host = MemoryId{0};
  test::Graph graph;
  graph.output(graph.layer("x", {graph.input("in", Bytes{50})}, Bytes{20}));
  const Network network = graph.build();
  CostTable costs = test::costs_of({{1ns, 5ns}});
  costs.set(LayerId{0}, ProcessorId{0}, std::nullopt);
  EXPECT_EQ(latency_bound({network, machine.build(), costs}).value, 75ns);
}

TEST(LowerBound, WorkOnEqualProcessorsIsShared) {
  // Four layers of 10 us on two processors: 20 us.
  const LatencyBound bound =
      latency_bound({free_layers(4), processors(2).build(),
                     test::costs_of({{10us, 10us}, {10us, 10us}, {10us, 10us}, {10us, 10us}})});
  expect_just_below(bound.value, 20us);
  EXPECT_EQ(bound.limit, "work of all processors");
}

TEST(LowerBound, WorkOnUnrelatedProcessorsIsTheFractionalOptimum) {
  // Three layers, 10 us on p0 and 20 us on p1: p0 does 2/3 of the work in 20 us, p1 1/3. Weights
  // 2/3 and 1/3: 3 x min(2/3 x 10, 1/3 x 20) = 20 us. Any whole layers need 20 us, too.
  expect_just_below(latency_bound({free_layers(3), processors(2).build(),
                                   test::costs_of({{10us, 20us}, {10us, 20us}, {10us, 20us}})})
                        .value,
                    20us);
}

TEST(LowerBound, ThreeUnrelatedProcessors) {
  // Each pair of layers is good on one processor (4 us) and bad on the others (40 us). Weights of
  // 1/3 each: 6 x 4 / 3 = 8 us, which two layers each take.
  expect_just_below(latency_bound({free_layers(6), processors(3).build(),
                                   test::costs_of({{4us, 40us, 40us},
                                                   {4us, 40us, 40us},
                                                   {40us, 4us, 40us},
                                                   {40us, 4us, 40us},
                                                   {40us, 40us, 4us},
                                                   {40us, 40us, 4us}})})
                        .value,
                    8us);
}

TEST(LowerBound, StreamsRunLayersAtOnce) {
  // Four layers of 10 us on one processor of two streams: 20 us.
  test::Machine machine = processors(1);
  machine.parts.processors[ProcessorId{0}].streams = 2;
  expect_just_below(latency_bound({free_layers(4), machine.build(),
                                   test::costs_of({{10us}, {10us}, {10us}, {10us}})})
                        .value,
                    20us);
}

TEST(LowerBound, APackageDoesNoMoreThanItsProcessorsTogether) {
  // Both slow each other down to half: together no faster than one. 4 x 10 us.
  test::Machine machine = processors(2);
  machine.package(2, {ProcessorId{0}, ProcessorId{1}});
  const CostTable costs = test::costs_of({{10us, 10us}, {10us, 10us}, {10us, 10us}, {10us, 10us}});
  const LatencyBound bound = latency_bound({free_layers(4), machine.build(), costs});
  expect_just_below(bound.value, 40us);
  EXPECT_EQ(bound.limit, "work of package package0");

  // At 1.25 both do 2 / 1.25 = 1.6 layers in the time of one: 40 / 1.6 = 25 us.
  test::Machine milder = processors(2);
  milder.package(1.25, {ProcessorId{0}, ProcessorId{1}});
  expect_just_below(latency_bound({free_layers(4), milder.build(), costs}).value, 25us);
}

TEST(LowerBound, SharedBandwidthLimitsProcessorsOnOneMemory) {
  // Each layer moves 8 kB in 10 us, 80 % of the 1 GB/s that both processors share: 4 x 8 kB / 1
  // GB/s = 32 us.
  test::Machine machine;
  const MemoryId memory = machine.memory("dram", kOneGigabyte);
  machine.processor("p", memory);
  machine.processor("q", memory);
  CostTable costs(4, 2);
  for (const LayerId layer : ids<LayerId>(4)) {
    for (const ProcessorId p : ids<ProcessorId>(2))
      costs.set(layer, p, LayerCost{10us, Bytes{8'000}});
  }
  const LatencyBound bound = latency_bound({free_layers(4), machine.build(), costs});
  expect_just_below(bound.value, 32us);
  EXPECT_EQ(bound.limit, "bandwidth of dram");
}

TEST(LowerBound, WorkLiesBetweenWhatComesBeforeAndAfterIt) {
  // a (10 us), then four layers of 10 us, then z (10 us), on two equal processors: 10 + 20 + 10;
  // the path alone is 30 us, the work alone 30 us.
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{0});
  std::vector<TensorId> middle;
  for (const char* name : {"b", "c", "d", "e"}) middle.push_back(graph.layer(name, {a}, Bytes{0}));
  graph.layer("z", middle, Bytes{0});
  const Network network = graph.build();
  const LatencyBound bound = latency_bound(
      {network, processors(2).build(),
       test::costs_of(
           {{10us, 10us}, {10us, 10us}, {10us, 10us}, {10us, 10us}, {10us, 10us}, {10us, 10us}})});
  expect_just_below(bound.value, 40us);
  EXPECT_THAT(bound.limit, HasSubstr("and the paths before and after it"));
}

TEST(LowerBound, OfWhatCannotRunSaysWhy) {
  const LatencyBound bound =
      latency_bound({free_layers(1), processors(1).build(), CostTable(1, 1)});
  EXPECT_EQ(bound.value, Time{0});
  EXPECT_THAT(bound.limit, HasSubstr("can run on no processor"));
}

}  // namespace
}  // namespace partita
