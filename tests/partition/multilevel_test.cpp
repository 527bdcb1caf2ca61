#include "partition/methods/multilevel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/methods/fixed_list.h"
#include "partition/problem/coarsening.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using namespace std::chrono_literals;

// Two processors on memories of their own.
Hardware two_processors() {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{1'000'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{1'000'000'000'000});
  machine.processor("p", m0);
  machine.processor("q", m1);
  machine.link("link", m0, m1, Bandwidth{1'000'000'000}, 1us);
  return machine.build();
}

// a -> b -> c, and a -> c: b is the only one that reads 9 B of a and is read by c alone, but a sends
// more than that. The heaviest edge is a -> b (9 B); a -> c skips a level.
TEST(Coarsening, PutsNeighboursTogetherAndAddsThemUp) {
  test::Graph graph;
  const TensorId w = graph.weight("w", Bytes{100});
  const TensorId v = graph.weight("v", Bytes{50});
  const TensorId a = graph.layer("a", {w}, Bytes{9}, Bytes{7});
  const TensorId b = graph.layer("b", {a, v}, Bytes{4}, Bytes{30});
  graph.layer("c", {a, b}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = two_processors();
  const CostTable costs = test::costs_of({{10ns, 1ns}, {20ns, 2ns}, {40ns, 4ns}});
  const Problem problem{network, hardware, costs};

  const auto coarse = coarsen(problem, Time::max());
  ASSERT_TRUE(coarse.has_value());
  ASSERT_EQ(coarse->network.layer_count(), 2u);
  const LayerId ab = coarse->cluster[LayerId{0}], c = coarse->cluster[LayerId{2}];
  EXPECT_EQ(coarse->cluster[LayerId{1}], ab);
  EXPECT_NE(ab, c);
  EXPECT_EQ(coarse->costs(ab, ProcessorId{0})->time, 30ns);  // 10 + 20
  EXPECT_EQ(coarse->costs(ab, ProcessorId{1})->time, 3ns);   // 1 + 2
  EXPECT_EQ(coarse->costs(c, ProcessorId{0})->time, 40ns);
  EXPECT_EQ(coarse->network.layer(ab).work.workspace, Bytes{30});  // the larger of 7 and 30
  EXPECT_EQ(coarse->network.total_weights(), Bytes{150});
  ASSERT_EQ(coarse->network.layer(ab).outputs.size(), 1u);  // of a and of b, both for c alone
  EXPECT_EQ(coarse->network.tensor(coarse->network.layer(ab).outputs.front()).size, Bytes{13});
}

TEST(Coarsening, MakesNoClusterThatTakesTooLong) {
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{9});
  graph.layer("b", {a}, Bytes{4});
  const Network network = graph.build();
  const Hardware hardware = two_processors();
  const CostTable costs = test::costs_of({{10ns, 1ns}, {20ns, 2ns}});
  const Problem problem{network, hardware, costs};
  EXPECT_TRUE(coarsen(problem, 3ns).has_value());
  EXPECT_FALSE(coarsen(problem, 2ns).has_value());
}

// u1 -> v2 and u2 -> v1 are light, u1 -> v1 and u2 -> v2 heavy: together the pairs would wait for
// each other.
TEST(Coarsening, TakesPairsApartThatWouldWaitForEachOther) {
  test::Graph graph;
  const TensorId u1 = graph.layer("u1", {}, Bytes{100});
  const TensorId u2 = graph.layer("u2", {}, Bytes{100});
  graph.layer("v1", {u1, u2}, Bytes{1});
  graph.layer("v2", {u1, u2}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = two_processors();
  const CostTable costs = test::costs_of({{1ns, 1ns}, {1ns, 1ns}, {1ns, 1ns}, {1ns, 1ns}});
  EXPECT_FALSE(coarsen({network, hardware, costs}, Time::max()).has_value());
}

// Sums and the graph are kept, whatever the network; build() refuses cycles.
TEST(Coarsening, LosesNoWorkAndNoWeights) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const test::CaseOptions options{
        .max_layers = 60, .max_processors = 4, .details = seed % 2 == 0};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Problem problem{network, hardware, costs};
    const auto coarse = coarsen(problem, Time::max());
    if (!coarse) continue;
    EXPECT_EQ(coarse->network.total_weights(), network.total_weights()) << "seed " << seed;
    EXPECT_EQ(coarse->network.outputs().size(), network.outputs().size());
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      Time fine{0}, sum{0};
      for (const LayerId layer : network.layers()) {
        const LayerCost& cost = *costs(layer, p);
        fine += cost.time + cost.launch_overhead(hardware.processors()[p]);
      }
      for (const LayerId layer : coarse->network.layers()) {
        sum += coarse->costs(layer, p)->time;
        EXPECT_EQ(coarse->costs(layer, p)->launch_overhead(hardware.processors()[p]), 0ns);
      }
      EXPECT_EQ(fine, sum) << "seed " << seed;
    }
    for (const LayerId from : network.layers()) {
      for (const LayerId to : network.successors(from))
        EXPECT_LE(coarse->cluster[from], coarse->cluster[to]) << "seed " << seed;
    }
  }
}

// On p: a (2 ns), b (1 ns), and c (3 ns), which d on q waits for; longest tail first: c, a, b.
TEST(FixedList, TakesTheLayerWithTheMostBehindIt) {
  test::Graph graph;
  graph.layer("a", {}, Bytes{0});
  graph.layer("b", {}, Bytes{0});
  const TensorId c = graph.layer("c", {}, Bytes{1000});
  graph.layer("d", {c}, Bytes{0});
  const Network network = graph.build();
  const Hardware hardware = two_processors();
  const CostTable costs = test::costs_of({{2ns, 2ns}, {1ns, 1ns}, {3ns, 3ns}, {1ns, 1ns}});
  const ProcessorId p{0}, q{1};
  const Problem problem{network, hardware, costs};
  const Delays delays(network, hardware);
  const Placement placed = fixed_list(problem, delays, {p, p, p, q});
  EXPECT_THAT(placed.order[p], testing::ElementsAre(LayerId{2}, LayerId{0}, LayerId{1}));
  EXPECT_THAT(placed.order[q], testing::ElementsAre(LayerId{3}));
}

// More layers than a coarsest network has, so that there are levels.
TEST(Multilevel, SolvesCoarseProblemsFirst) {
  const test::CaseOptions options{
      .min_layers = 1'500, .max_layers = 1'500, .max_processors = 4, .details = true};
  const Network network = test::random_network(3, options);
  const Hardware hardware = test::random_hardware(3, options);
  const CostTable costs = test::random_costs(3, network, hardware, options);
  const Problem problem{network, hardware, costs};
  const auto solved = [&](std::string_view method) {
    const Outcome outcome = method_named(method)->solve(problem, {.seed = 1, .steps = 200});
    return std::get<Solution>(outcome);
  };
  const Solution solution = solved("multilevel");
  EXPECT_EQ(solution.plan.method(), "multilevel");
  Evaluator evaluator(network, hardware, costs);
  const Timeline& timeline = evaluator.run(solution.plan);
  EXPECT_EQ(timeline.makespan, solution.cost.latency);
  EXPECT_EQ(violations(timeline, network, hardware, solution.plan), std::vector<std::string>{});
  EXPECT_LE(solution.value, solved("heft").value);
  EXPECT_LE(solution.value, solved("greedy").value);
  EXPECT_EQ(to_json(solved("multilevel").plan, network, hardware),
            to_json(solution.plan, network, hardware));
}

}  // namespace
}  // namespace partita
