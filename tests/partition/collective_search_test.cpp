#include "partition/methods/collective_search.h"

#include <gtest/gtest.h>

#include "models/collectives/collectives.h"
#include "tests/models/collectives/equal_links.h"

namespace partita {
namespace {

using test::OneCollective;

Time makespan(const Problem& problem, const Plan& plan) {
  const auto made = with_collectives(problem.network, problem.hardware, problem.costs, plan);
  const Expanded& all = std::get<Expanded>(made);
  return Evaluator(all.network, all.hardware, all.costs).run(all.plan).makespan;
}

// Large operands: the switch, whose links carry everything once each way, in pieces. Without it, a
// ring or everybody to everybody. Small ones: few set-ups.
TEST(CollectiveSearch, FindsTheFastest) {
  for (const std::int64_t elements : {4, 100'000}) {
    for (const bool adds : {true, false}) {
      const OneCollective one{.kind = OpKind::AllReduce, .elements = elements};
      HardwareParts parts = test::equal_links(4).parts();
      if (!adds) parts.switches[SwitchId{0}].reduction.reset();
      const Hardware hardware = HardwareBuilder::build(std::move(parts));
      const Network network = test::network_of(one);
      const CostTable costs = test::costs_of_1ns(network, hardware);
      const Problem problem{network, hardware, costs};
      const Plan central = test::plan_of(one, network, hardware, {});
      const Plan best = with_fastest_collectives(problem, central);
      const Time fastest = makespan(problem, best);
      EXPECT_LE(fastest, makespan(problem, central));
      for (const auto algorithm : {CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree,
                                   CollectiveAlgorithm::Direct, CollectiveAlgorithm::InSwitch}) {
        if (algorithm == CollectiveAlgorithm::InSwitch && !adds) continue;
        for (const int pieces : {1, 4}) {
          EXPECT_LE(fastest,
                    makespan(problem, test::plan_of(one, network, hardware, {algorithm, pieces})));
        }
      }
      const CollectiveChoice chosen = best.collectives().begin()->second;
      if (adds && elements > 4) {
        EXPECT_EQ(chosen.algorithm, CollectiveAlgorithm::InSwitch);
        EXPECT_GT(chosen.pieces, 1);
      }
      EXPECT_EQ(adds || chosen.algorithm != CollectiveAlgorithm::InSwitch, true);
    }
  }
}

TEST(CollectiveSearch, OnlySumsAreForTheSwitch) {
  for (const auto& [kind, expected] :
       {std::pair{OpKind::AllReduce, CollectiveAlgorithm::InSwitch},
        std::pair{OpKind::ReduceScatter, CollectiveAlgorithm::InSwitch},
        std::pair{OpKind::AllGather, CollectiveAlgorithm::Direct},
        std::pair{OpKind::Broadcast, CollectiveAlgorithm::Direct},
        std::pair{OpKind::GatherToOne, CollectiveAlgorithm::Direct},
        std::pair{OpKind::ScatterFromOne, CollectiveAlgorithm::Direct}}) {
    const Network network = test::network_of({.kind = kind});
    const auto choices = all_collectives(network, {CollectiveAlgorithm::InSwitch, 4});
    ASSERT_EQ(choices.size(), 1u);
    EXPECT_EQ(choices.begin()->second, (CollectiveChoice{expected, 4}));
  }
}

}  // namespace
}  // namespace partita
