// Bounds of networks that are chains of blocks, and of machines whose memories are small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/random.h"
#include "partition/bounds/blocks.h"
#include "partition/bounds/lower_bound.h"
#include "partition/bounds/memory_fees.h"
#include "partition/bounds/period_bound.h"
#include "partition/bounds/work_bound.h"
#include "tests/partition/brute_force.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr LayerId kA{0}, kB{1}, kC{2}, kD{3}, kE{4};

// a; b and c; d; e.
Network diamond(Bytes size) {
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, size);
  const TensorId b = graph.layer("b", {a}, size), c = graph.layer("c", {a}, size);
  graph.layer("e", {graph.layer("d", {b, c}, size)}, size);
  return graph.build();
}

TEST(Blocks, LieBetweenLayersThatEverythingPasses) {
  const std::vector<WaistBlock> blocks = blocks_of(diamond(Bytes{1}));
  ASSERT_EQ(blocks.size(), 4u);
  EXPECT_EQ(blocks[0].before, std::nullopt);
  EXPECT_EQ(blocks[0].after, kA);
  EXPECT_EQ(blocks[1].before, kA);
  EXPECT_EQ(blocks[1].after, kD);
  EXPECT_THAT(blocks[1].inside, ElementsAre(kB, kC));
  EXPECT_EQ(blocks[2].after, kE);
  EXPECT_THAT(blocks[2].inside, IsEmpty());
  EXPECT_EQ(blocks[3].before, kE);
  EXPECT_EQ(blocks[3].after, std::nullopt);
}

TEST(Blocks, WaistsAreTheLayersThatAreComparableToAll) {
  std::size_t waists = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const Network network = test::random_network(seed, {.max_layers = 9});
    const std::size_t count = network.layer_count();
    std::vector<std::vector<bool>> leads(count, std::vector<bool>(count));
    for (std::size_t i = count; i-- > 0;) {
      for (const LayerId next : network.successors(static_cast<LayerId>(i))) {
        leads[i][index(next)] = true;
        for (std::size_t j = 0; j < count; ++j) {
          if (leads[index(next)][j]) leads[i][j] = true;
        }
      }
    }
    std::vector<LayerId> expected, found;
    for (std::size_t i = 0; i < count; ++i) {
      bool comparable = true;
      for (std::size_t j = 0; j < count; ++j) comparable &= i == j || leads[i][j] || leads[j][i];
      if (comparable) expected.push_back(static_cast<LayerId>(i));
    }
    std::size_t layers = 0;
    for (const WaistBlock& block : blocks_of(network)) {
      if (block.after) found.push_back(*block.after);
      layers += block.inside.size() + (block.after ? 1 : 0);
    }
    ASSERT_EQ(found, expected) << "seed " << seed;
    ASSERT_EQ(layers, count) << "seed " << seed;
    waists += found.size();
  }
  EXPECT_GT(waists, 200u);
}

// p and q on memories of their own; 1 B takes 1 ns on the link between.
test::Machine two_processors(Bytes p_capacity = test::kLarge) {
  test::Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}, p_capacity));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
  machine.engine("dma", MemoryId{0});
  machine.engine("dma2", MemoryId{1});
  machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  return machine;
}

TEST(ChainBound, BranchesThatAreNotWorthATransferWaitForEachOther) {
  // On one processor 10 + 50 + 50 + 10 + 5 = 125 ns. A branch elsewhere costs two transfers of 100
  // ns. The path alone is 75 ns, and so is the work of both processors between a and d.
  const Network network = diamond(Bytes{100});
  const LatencyBound bound = latency_bound(
      {network, two_processors().build(),
       test::costs_of({{10ns, 10ns}, {50ns, 50ns}, {50ns, 50ns}, {10ns, 10ns}, {5ns, 5ns}})});
  EXPECT_EQ(bound.value, 125ns);
  EXPECT_EQ(bound.limit, "chain of blocks");
}

TEST(ChainBound, KnowsOnWhichSideABlockBegins) {
  // a and e are fast on q only (1 ns; p 1000), d on p only; b and c take 50 ns anywhere. From q,
  // both branches may begin at 1 on q or at 1 + 10 on p; d on p waits for the way of what q made:
  // b on q 1-51, there at 61; c on p 11-61: d 61-62, e 72-73.
  const LatencyBound bound = latency_bound(
      {diamond(Bytes{10}), two_processors().build(),
       test::costs_of({{1000ns, 1ns}, {50ns, 50ns}, {50ns, 50ns}, {1ns, 1000ns}, {1000ns, 1ns}})});
  EXPECT_EQ(bound.value, 73ns);
}

TEST(MemoryFees, WeightsThatDoNotFitTakeTimeElsewhere) {
  // Layers of 11 and 13 B of weights in turn, each 1 ns on p, 1 ns a byte on q. p has 60 B, of which at
  // least 1 (the first result) is for others. At 12 / 13 ns a byte all may as well be on q, 72 ns, and
  // 59 B are paid back: 72 - 59 x 12 / 13 = 17.54 ns; counting layers may say more. In whole layers the
  // last one is elsewhere, 1 ns away: 5 x 1 + 1 + 13 ns.
  test::Graph graph;
  std::vector<TensorId> last;
  CostTable costs(6, 2);
  for (int i = 0; i < 6; ++i) {
    const Bytes size{i % 2 == 0 ? 11 : 13};
    std::vector<TensorId> inputs = last;
    inputs.push_back(graph.weight("w" + std::to_string(i), size));
    last = {graph.layer("l" + std::to_string(i), inputs, Bytes{1})};
    costs.set(LayerId(static_cast<std::uint32_t>(i)), ProcessorId{0}, LayerCost{1ns, Bytes{}});
    costs.set(LayerId(static_cast<std::uint32_t>(i)), ProcessorId{1},
              LayerCost{1ns * size.value, Bytes{}});
  }
  const Network network = graph.build();
  const LatencyBound bound = latency_bound({network, two_processors(Bytes{60}).build(), costs});
  EXPECT_LE(bound.value, 19ns);
  EXPECT_GE(bound.value, 17'500_ps);  // prices are rounded
  EXPECT_THAT(bound.limit, HasSubstr("and weights that do not fit"));
  EXPECT_EQ(latency_bound({network, two_processors(Bytes{75}).build(), costs}).value, 6ns);
}

TEST(MemoryFees, WeightsThatAreSharedCountOnce) {
  // Both layers read the same 60 B, which fit.
  test::Graph graph;
  const TensorId weight = graph.weight("w", Bytes{60});
  graph.layer("b", {weight, graph.layer("a", {weight}, Bytes{1})}, Bytes{1});
  const LatencyBound bound = latency_bound({graph.build(), two_processors(Bytes{100}).build(),
                                            test::costs_of({{1ns, 50ns}, {1ns, 50ns}})});
  EXPECT_EQ(bound.value, 2ns);
}

TEST(MemoryFees, LayersOfWhichNoTwoFitAreCounted) {
  // Three layers of 60 B: p has room for 99 B, that is for one of them, so two are elsewhere: 1 + 50 + 50
  // ns. By the byte only 81 of the 180 are elsewhere: 3 x 50 - 99 x 49 / 60 = 69.15 ns.
  test::Graph graph;
  TensorId last = graph.layer("a", {graph.weight("w1", Bytes{60})}, Bytes{1});
  last = graph.layer("b", {graph.weight("w2", Bytes{60}), last}, Bytes{1});
  graph.layer("c", {graph.weight("w3", Bytes{60}), last}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1ns, 50ns}, {1ns, 50ns}, {1ns, 50ns}});
  const LatencyBound bound = latency_bound({network, two_processors(Bytes{100}).build(), costs});
  EXPECT_LE(bound.value, 101ns);
  EXPECT_GE(bound.value, 101ns - 3_ps);  // prices are rounded
}

TEST(MemoryFees, CountInTheWorkOfAll) {
  // Two layers of 60 B that wait for nothing, of which p has room for one: q works 50 ns. For a stream,
  // the period is no shorter either.
  test::Graph graph;
  graph.layer("a", {graph.weight("w1", Bytes{60})}, Bytes{1});
  graph.layer("b", {graph.weight("w2", Bytes{60})}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1ns, 50ns}, {1ns, 50ns}});
  const Hardware hardware = two_processors(Bytes{100}).build();
  const PeriodBound bound = period_bound({network, hardware, costs});
  EXPECT_LE(bound.value, 50ns);
  EXPECT_GE(bound.value, 49ns);  // weights and prices are rounded
}

// Four layers of 100 B of weights that need 20 B beside them (10 B in, 10 B out), and one of 1 B that needs
// 2 B: of the large ones p has room for 310 - 20 B, that is for two, so q works 2 x 1000 ns. With what the
// small one needs, three would fit.
TEST(MemoryFees, LayersThatNeedMoreBesideThemAreCountedByThemselves) {
  test::Graph graph;
  for (const char* name : {"a", "b", "c", "d"}) {
    const TensorId in = graph.input(std::string{"in of "} + name, Bytes{10});
    graph.layer(name, {graph.weight(std::string{"w of "} + name, Bytes{100}), in}, Bytes{10});
  }
  graph.layer("e", {graph.weight("w", Bytes{1}), graph.input("in", Bytes{1})}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs =
      test::costs_of({{1ns, 1000ns}, {1ns, 1000ns}, {1ns, 1000ns}, {1ns, 1000ns}, {1ns, 1000ns}});
  const Hardware hardware = two_processors(Bytes{310}).build();
  const PeriodBound bound = period_bound({network, hardware, costs});
  EXPECT_LE(bound.value, 2000ns);
  EXPECT_GE(bound.value, 1998ns);  // weights and prices are rounded
}

// Sixteen processors, each on a memory of its own that its layers ask for half of: 32 layers of 100 ns take
// 200 ns. Any one of them is as good as any other: weights that follow one go to and fro.
TEST(PeriodBound, ManyEqualProcessorsShareTheWork) {
  test::Machine machine;
  for (int i = 0; i < 16; ++i) {
    machine.processor("p" + std::to_string(i),
                      machine.memory("m" + std::to_string(i), Bandwidth{1'000'000'000}));
  }
  test::Graph graph;
  CostTable costs(32, 16);
  for (std::uint32_t layer = 0; layer < 32; ++layer) {
    graph.layer("l" + std::to_string(layer), {}, Bytes{1});
    for (std::uint32_t p = 0; p < 16; ++p)
      costs.set(LayerId{layer}, ProcessorId{p}, LayerCost{100ns, Bytes{50}});
  }
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const PeriodBound bound = period_bound({network, hardware, costs});
  EXPECT_LE(bound.value, 200ns);
  EXPECT_GE(bound.value, 200ns - 10_ps);  // weights are rounded

  const Problem problem{network, hardware, costs};
  const Delays delays(network, hardware);
  const auto candidates = std::get<Candidates>(Candidates::find(problem, delays));
  const WorkBound work(problem, candidates);
  std::vector<LayerId> layers;
  for (const LayerId layer : network.layers()) layers.push_back(layer);
  EXPECT_GE(work.bound(layers, work.weights_for(layers)),
            199ns);  // even without linear programming
}

// The best weights are no worse than those that a subgradient finds, and bounds like any other.
TEST(PeriodBound, LinearProgrammingGivesTheBestWeights) {
  int better = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const test::CaseOptions options{.max_layers = 20, .max_processors = 5, .details = true};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Problem problem{network, hardware, costs};
    const Delays delays(network, hardware);
    const auto found = Candidates::find(problem, delays);
    if (std::holds_alternative<Infeasible>(found)) continue;
    const WorkBound work(problem, std::get<Candidates>(found));
    std::vector<LayerId> layers;
    for (const LayerId layer : network.layers()) layers.push_back(layer);
    const Time best = work.bound(layers, work.best_weights_for(layers));
    const Time sought = work.bound(layers, work.weights_for(layers));
    EXPECT_GE(best, sought) << seed;
    better += best > sought + sought / 200 ? 1 : 0;
  }
  EXPECT_GT(better, 0);
}

// Processors that share one memory and slow each other down by a fifth.
test::Machine package(int processors, double slowdown) {
  test::Machine machine;
  const MemoryId memory = machine.memory("dram", Bandwidth{1'000'000'000'000});
  for (int i = 0; i < processors; ++i) machine.processor("p" + std::to_string(i), memory);
  for (ProcessorSpec& spec : machine.parts.processors) spec.package = 0;
  machine.parts.packages.push_back({"soc", slowdown, {}});
  return machine;
}

TEST(ChainBound, KnowsThatProcessorsSlowEachOtherDown) {
  // a, d and e alone: 10 + 10 + 5 ns. b and c at once take 50 x 1.2 = 60 ns, one after the other 100 ns.
  const LatencyBound bound = latency_bound(
      {diamond(Bytes{100}), package(2, 1.2).build(),
       test::costs_of({{10ns, 10ns}, {50ns, 50ns}, {50ns, 50ns}, {10ns, 10ns}, {5ns, 5ns}})});
  EXPECT_LE(bound.value, 85ns);
  EXPECT_GE(bound.value, 85ns - 10_ps);  // each of five layers is rounded twice
}

// a, two blocks of up to three layers, each between waists.
Network random_chain(Random& random) {
  const auto size = [&] { return Bytes{static_cast<std::int64_t>(random.below(3'000))}; };
  test::Graph graph;
  TensorId waist = graph.layer("a", {graph.input("in", size())}, size());
  for (int block = 0; block < 2; ++block) {
    std::vector<TensorId> branches;
    for (std::size_t i = 0; i <= random.below(2); ++i) {
      branches.push_back(
          graph.layer("b" + std::to_string(block) + std::to_string(i), {waist}, size()));
    }
    if (random.one_in(3)) branches.push_back(waist);  // a way around
    waist = graph.layer("w" + std::to_string(block), branches, size());
  }
  graph.output(waist);
  return graph.build();
}

// Without traffic it is the optimum itself, but for rounding; with traffic, and with streams, no more.
TEST(ChainBound, NoPlanBeatsItWhereProcessorsSlowEachOtherDown) {
  int tight = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const Network network = random_chain(random);
    test::Machine machine =
        package(2 + static_cast<int>(seed % 2), 1 + static_cast<double>(random.below(9)) / 10);
    const bool plain = seed % 3 == 0;
    if (seed % 3 == 1) machine.parts.processors[ProcessorId{1}].streams = 2;
    if (seed % 6 == 2) machine.parts.packages[0].slowdown = 1 + 1e-6;
    const Hardware hardware = machine.build();
    CostTable costs(network.layer_count(), hardware.processors().size());
    for (const LayerId layer : network.layers()) {
      for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
        const auto time = Time{1'000 + static_cast<std::int64_t>(random.below(100'000))};
        const auto traffic = static_cast<std::int64_t>(random.below(seed % 2 == 0 ? 60'000 : 2));
        costs.set(layer, p, LayerCost{time, plain ? Bytes{} : Bytes{traffic}});
      }
    }
    const auto optimum = test::best_of_all_plans(network, hardware, costs);
    const LatencyBound bound = latency_bound({network, hardware, costs});
    ASSERT_LE(bound.value, optimum->makespan) << "seed " << seed << " by " << bound.limit;
    const bool is_tight = bound.value >= optimum->makespan - 50_ps;
    tight += is_tight;
    if (!plain) continue;
    ASSERT_TRUE(is_tight) << "seed " << seed << ": " << bound.value.count() << " ps of "
                          << optimum->makespan.count();
  }
  RecordProperty("tight", tight);
}

// Blocks between waists, some with weights, on any machine: the bound holds for the best of all
// plans, and often comes from the chain.
TEST(ChainBound, NoPlanBeatsIt) {
  int chains = 0, closed = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const Network network = random_chain(random);
    const test::CaseOptions options{
        .max_processors = 3, .ties = seed % 2 == 0, .details = seed % 4 >= 2};
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const auto optimum = test::best_of_all_plans(network, hardware, costs);
    const LatencyBound bound = latency_bound({network, hardware, costs});
    ASSERT_LE(bound.value, optimum->makespan) << "seed " << seed << " by " << bound.limit;
    chains += bound.limit == "chain of blocks";
    closed += bound.value == optimum->makespan;
  }
  RecordProperty("chains", chains);
  RecordProperty("closed", closed);
  EXPECT_GT(chains, 50);
  EXPECT_GT(closed, 50);
}

}  // namespace
}  // namespace partita
