// Methods and bound against the best of all plans.
#include "tests/partition/brute_force.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "partition/methods/methods.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::best_of_all_plans;

constexpr std::uint64_t kCases = 400;
constexpr test::CaseOptions kSmall{.max_layers = 6, .max_processors = 3, .ties = false};

TEST(BruteForce, TriesEveryPlan) {
  // Two free layers on two processors: 4 assignments, of which the 2 on one processor have 2
  // orders: 6 plans. Both on the faster take 3 + 4 = 7 ps; apart, max(3, 9) or max(5, 4) = 5 ps.
  test::Machine machine;
  machine.processor("p", machine.memory("m", Bandwidth{1'000'000'000}));
  machine.processor("q", MemoryId{0});
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  graph.layer("b", {}, Bytes{1});
  const Network network = graph.build();
  const auto optimum =
      best_of_all_plans(network, machine.build(), test::costs_of({{3_ps, 5_ps}, {4_ps, 9_ps}}));
  ASSERT_TRUE(optimum.has_value());
  EXPECT_EQ(optimum->plans, 6u);
  EXPECT_EQ(optimum->makespan, 5_ps);
}

TEST(BruteForce, NothingBeatsTheOptimumAndAnnealingReachesIt) {
  int heft_reaches = 0, cases = 0;
  double gap = 0;
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    test::CaseOptions options = kSmall;
    options.ties = seed % 2 == 0;
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Problem problem{network, hardware, costs};
    const auto optimum = best_of_all_plans(network, hardware, costs);
    ASSERT_TRUE(optimum.has_value()) << "seed " << seed;
    ++cases;

    const LatencyBound bound = latency_bound(problem);
    EXPECT_LE(bound.value, optimum->makespan) << "seed " << seed << " by " << bound.limit;
    gap +=
        static_cast<double>(optimum->makespan.count()) / static_cast<double>(bound.value.count());
    for (const Method& method : methods()) {
      const Outcome outcome = method.solve(problem, {.seed = seed, .steps = 6'000});
      ASSERT_TRUE(std::holds_alternative<Solution>(outcome)) << "seed " << seed;
      const Time found = std::get<Solution>(outcome).cost.latency;
      if (method.name == "annealing" || method.name == "exact") {
        // They may also reorder transfers, which brute force does not.
        EXPECT_LE(found, optimum->makespan) << "seed " << seed;
      } else if (method.kind == Method::Kind::Quick) {
        EXPECT_GE(found, optimum->makespan) << "seed " << seed << " by " << method.name;
        heft_reaches += method.name == "heft" && found == optimum->makespan;
      }
    }
  }
  RecordProperty("heft_reaches", heft_reaches);
  RecordProperty("mean_optimum_over_bound", fmt::format("{:.3f}", gap / cases));
  EXPECT_GT(heft_reaches, cases / 4);
  EXPECT_LT(gap / cases, 1.5);
}

}  // namespace
}  // namespace partita
