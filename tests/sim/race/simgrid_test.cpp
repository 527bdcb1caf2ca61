// The race of tools/bench sim is fair: where both mean the same, SimGrid finds the makespan that we
// find. They mean the same on machines whose engines, links and launches cost no time of their own,
// with layers that ask for no memory bandwidth, one layer at a time on each processor, and engines
// that serve in a given order. Delays of links come on top: SimGrid pays them before the data and
// holds the engine meanwhile.
#include <gtest/gtest.h>

#include <cmath>

#include "models/evaluate/evaluate.h"
#include "tests/sim/race/cases.h"
#include "tests/sim/race/simgrid_machine.h"
#include "tests/support/random_cases.h"

namespace partita::race {
namespace {

// SimGrid's makespan over ours, for some random plans of 200 layers.
std::vector<double> ratios(const Hardware& hardware) {
  const Network network = random_layers(200);
  const CostTable costs =
      without_traffic(test::random_costs(1, network, hardware), network, hardware);
  Evaluator evaluator(network, hardware, costs);
  SimGridMachine simgrid(hardware);
  std::vector<double> found;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Plan plan = test::random_plan(seed, network, hardware);
    const Timeline& ours = evaluator.run(plan);
    const Time theirs = simgrid.run(network, costs, plan, served_by_engines(ours, hardware));
    found.push_back(static_cast<double>(theirs.count()) /
                    static_cast<double>(ours.makespan.count()));
  }
  return found;
}

TEST(SimGrid, FindsTheSameMakespanWithoutDelays) {
  for (const double ratio : ratios(server(Delays::None))) EXPECT_NEAR(ratio, 1, 1e-6);
}

// Set-up times, 1-2 us of 10 us a layer, are missing there; latencies count for more.
TEST(SimGrid, FindsNearlyTheSameMakespanWithDelays) {
  for (const double ratio : ratios(server(Delays::Usual))) EXPECT_NEAR(ratio, 1, 0.05);
}

}  // namespace
}  // namespace partita::race
