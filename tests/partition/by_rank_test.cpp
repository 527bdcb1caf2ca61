#include "partition/methods/by_rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "tests/models/collectives/equal_links.h"
#include "tests/support/machine.h"
#include "tests/support/random_collectives.h"

namespace partita {
namespace {

std::vector<int> ranks(const Network& network) {
  std::vector<int> all;
  for (const auto& rank : ranks_of(network)) all.push_back(rank ? static_cast<int>(*rank) : -1);
  return all;
}

// x0, x1, x2, the collective, y0, y1, y2.
TEST(ByRank, OperandsAndResultsSayWhoIsWhich) {
  const Network network = test::network_of({.kind = OpKind::AllReduce, .ranks = 3});
  EXPECT_THAT(ranks(network), testing::ElementsAre(0, 1, 2, -1, 0, 1, 2));
}

TEST(ByRank, WithoutCollectivesThereAreNone) {
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1})}, Bytes{1});
  const Network network = graph.build();
  EXPECT_THAT(ranks(network), testing::Each(-1));
  const Hardware hardware = test::equal_links(2);
  const CostTable costs = test::costs_of_1ns(network, hardware);
  const Outcome outcome = solve_by_rank({network, hardware, costs}, {});
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  EXPECT_EQ(std::get<Infeasible>(outcome).reason,
            "the network has no collectives whose ranks processors could be");
}

// What stands between two collectives belongs to the rank that they give it; a layer that reads
// several ranks, to the lowest.
TEST(ByRank, RanksSpreadAlongTheGraph) {
  NetworkBuilder builder("chain");
  const auto tensor = [&](const std::string& name) {
    Tensor made;
    made.name = name;
    made.shape = {4};
    return builder.add_tensor(std::move(made));
  };
  const auto layer = [&](const std::string& name, OpKind kind, std::vector<TensorId> inputs,
                         std::vector<TensorId> outputs) {
    Layer made;
    made.name = name;
    made.kind = kind;
    made.inputs = std::move(inputs);
    made.outputs = std::move(outputs);
    builder.add_layer(std::move(made));
  };
  const TensorId a0 = tensor("a0"), a1 = tensor("a1"), b0 = tensor("b0"), b1 = tensor("b1"),
                 s0 = tensor("s0"), s1 = tensor("s1"), c1 = tensor("c1"), d1 = tensor("d1"),
                 e = tensor("e");
  layer("a0", OpKind::Opaque, {}, {a0});
  layer("a1", OpKind::Opaque, {}, {a1});
  layer("b0", OpKind::Opaque, {a0}, {b0});
  layer("b1", OpKind::Opaque, {a1}, {b1});
  layer("sum", OpKind::AllReduce, {b0, b1}, {s0, s1});
  layer("c1", OpKind::Opaque, {s1}, {c1});
  layer("d1", OpKind::Opaque, {c1}, {d1});
  layer("e", OpKind::Opaque, {d1, s0}, {e});
  EXPECT_THAT(ranks(builder.build({"chain", 0, 0})), testing::ElementsAre(0, 1, 0, 1, -1, 1, 1, 0));
}

TEST(ByRank, RanksGoToTheFastestProcessors) {
  const Network network = test::network_of({.kind = OpKind::AllReduce, .ranks = 2});
  const Hardware hardware = test::equal_links(3);
  CostTable costs = test::costs_of_1ns(network, hardware);
  // p0 is slow: the two others take a rank each, and what has no rank goes with the first.
  for (const LayerId layer : network.layers()) {
    LayerCost slow;
    slow.time = Time{1'000'000};
    costs.set(layer, ProcessorId{0}, slow);
  }
  const Outcome outcome = solve_by_rank({network, hardware, costs}, {});
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  const Plan& plan = std::get<Solution>(outcome).plan;
  EXPECT_THAT(plan.placement().processor,
              testing::ElementsAre(ProcessorId{1}, ProcessorId{2}, ProcessorId{1}, ProcessorId{1},
                                   ProcessorId{2}));
}

TEST(ByRank, APlanThatNeverFinishesIsNone) {
  const Network network = test::network_of({.kind = OpKind::AllReduce, .ranks = 2});
  HardwareParts parts = test::equal_links(2).parts();
  parts.load.push_back({"crash", Lost{ProcessorId{1}}, Time{0}, {}, {}, {}});
  const Hardware hardware = HardwareBuilder::build(parts);
  const CostTable costs = test::costs_of_1ns(network, hardware);
  const Outcome outcome = solve_by_rank({network, hardware, costs}, {});
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  EXPECT_THAT(std::get<Infeasible>(outcome).reason,
              testing::HasSubstr("processor p1 is lost after 0 ps and never comes back"));
}

// Every method keeps its promises on networks with collectives, which are layers to it.
TEST(ByRank, MethodsPlanCollectivesAsLayers) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Hardware hardware = test::random_hardware(seed);
    const Network network = test::random_collectives(seed);
    const CostTable costs = test::random_costs(seed, network, hardware);
    const Problem problem{network, hardware, costs};
    for (const char* name : {"greedy", "heft", "annealing", "by_rank"}) {
      const Outcome outcome = method_named(name)->solve(problem, {.seed = 1, .steps = 50});
      ASSERT_TRUE(std::holds_alternative<Solution>(outcome)) << name << ", seed " << seed;
      const Solution& solution = std::get<Solution>(outcome);
      EXPECT_TRUE(solution.plan.collectives().empty());
      Evaluator evaluator(network, hardware, costs);
      const Timeline& timeline = evaluator.run(solution.plan);
      EXPECT_EQ(timeline.makespan, solution.cost.latency);
      EXPECT_THAT(violations(timeline, network, hardware, solution.plan), testing::IsEmpty());
      EXPECT_LE(latency_bound(problem).value, solution.cost.latency);
    }
  }
}

}  // namespace
}  // namespace partita
