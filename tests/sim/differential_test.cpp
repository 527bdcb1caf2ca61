// The SystemC machine against the plain evaluator: two event loops that share no more than the
// arithmetic of fluid.h must agree on every picosecond. The checker, which shares nothing with
// either, must find nothing.
//
// Mistakes that it is meant to catch stand in tools/mutations.py; tools/mutate.py tries each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "models/collectives/collectives.h"
#include "models/evaluate/evaluate.h"
#include "models/plan/multicast.h"
#include "sim/simulate.h"
#include "tests/support/random_cases.h"
#include "tests/support/random_collectives.h"

namespace partita {
namespace {

struct Tally {
  int cases = 0;
  std::size_t legs = 0, staged_legs = 0, given_delays = 0, own_copies = 0, ties = 0;
  std::size_t lost_layers = 0, lost_copies = 0, unfinished = 0;
  std::size_t reads_in_place = 0, wakings = 0, lost_wakings = 0;
  std::size_t multicasts = 0;
  int in_steps = 0, in_switch = 0;  // plans whose collectives are
};

// Legs that were queued at the same instant as another one at the same engine or processor, so that
// a rule must decide.
std::size_t ties(const Timeline& timeline) {
  std::map<std::tuple<std::optional<EngineId>, std::optional<ProcessorId>, Time>, std::size_t>
      queued;
  for (const LegSpan& leg : timeline.legs) {
    if (leg.engine || leg.copier) ++queued[{leg.engine, leg.copier, leg.queued}];
  }
  std::size_t tied = 0;
  for (const auto& [where, legs] : queued) tied += legs - 1;
  return tied;
}

void count(Tally& tally, const Timeline& timeline) {
  ++tally.cases;
  tally.legs += timeline.legs.size();
  tally.ties += ties(timeline);
  tally.unfinished += timeline.unfinished ? 1 : 0;
  for (const Interruption& each : timeline.interrupted) {
    ++(each.layer ? tally.lost_layers : tally.lost_copies);
    if (each.waking > Time{0}) ++tally.lost_wakings;
  }
  for (const LayerSpan& layer : timeline.layers) {
    if (layer.waking > Time{0}) ++tally.wakings;
  }
  for (const LegSpan& leg : timeline.legs) {
    if (leg.leg > 0) ++tally.staged_legs;
    if (leg.copier) ++tally.own_copies;
    if (!leg.copier && !leg.engine) ++tally.given_delays;
  }
}

void expect_equal(Timeline simulated, const Timeline& predicted) {
  simulated.origin = predicted.origin;
  EXPECT_EQ(simulated.layers, predicted.layers);
  EXPECT_EQ(simulated.legs, predicted.legs);
  EXPECT_EQ(simulated.memory_peak, predicted.memory_peak);
  EXPECT_EQ(simulated.makespan, predicted.makespan);
  EXPECT_EQ(simulated.interrupted, predicted.interrupted);
  EXPECT_EQ(simulated.unfinished, predicted.unfinished);
}

// `machines` machines, two networks on each, two plans for each.
Tally compare(std::uint64_t first_seed, int machines, const test::CaseOptions& options) {
  Tally tally;
  for (int i = 0; i < machines; ++i) {
    const std::uint64_t seed = first_seed + 10 * static_cast<std::uint64_t>(i);
    const Hardware hardware = test::random_hardware(seed, options);
    for (const std::uint64_t network_seed : {seed, seed + 1}) {
      Network network = test::random_network(network_seed, options);
      const CostTable costs = test::random_costs(network_seed, network, hardware, options);
      if (seed % 30 == first_seed % 30) network = with_cold_weights(std::move(network));
      Evaluator evaluator(network, hardware, costs);
      sim::Simulator simulator(network, hardware, costs);
      for (const std::uint64_t plan_seed : {network_seed, network_seed + 5}) {
        const Plan plan = test::random_plan(plan_seed, network, hardware, options);
        Timeline simulated = simulator.run(plan);
        EXPECT_EQ(simulated.origin, Origin::Simulated);
        EXPECT_THAT(violations(simulated, network, hardware, plan), testing::IsEmpty());
        const Timeline& predicted = evaluator.run(plan);
        expect_equal(std::move(simulated), predicted);
        count(tally, predicted);
        tally.reads_in_place += plan.in_place().size();
        tally.multicasts += Multicasts(network, hardware, plan).all().size();
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << "machine seed " << seed << ", network seed " << network_seed
                        << ", plan seed " << plan_seed << (options.ties ? ", ties" : "");
          return tally;
        }
      }
    }
  }
  return tally;
}

// Networks of collectives, some of them in steps: `plans` plans, each on a machine of its own.
Tally compare_collectives(std::uint64_t first_seed, int plans, const test::CaseOptions& options) {
  Tally tally;
  for (int i = 0; i < plans; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    const Hardware hardware = test::random_hardware(seed, options);
    const Network network = test::random_collectives(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Plan plan = test::with_random_choices(seed, network, hardware,
                                                test::random_plan(seed, network, hardware));
    const auto made = with_collectives(network, hardware, costs, plan);
    if (const auto* bad = std::get_if<BadPlan>(&made)) {
      ADD_FAILURE() << "seed " << seed << ": " << bad->reason;
      return tally;
    }
    const Expanded& all = std::get<Expanded>(made);
    if (all.network.layer_count() > network.layer_count()) ++tally.in_steps;
    if (all.hardware.processors().size() > hardware.processors().size()) ++tally.in_switch;
    const Timeline simulated = sim::Simulator(all.network, all.hardware, all.costs).run(all.plan);
    EXPECT_THAT(violations(simulated, all.network, all.hardware, all.plan), testing::IsEmpty());
    Evaluator evaluator(all.network, all.hardware, all.costs);
    const Timeline& predicted = evaluator.run(all.plan);
    expect_equal(simulated, predicted);
    count(tally, predicted);
    tally.multicasts += Multicasts(all.network, all.hardware, all.plan).all().size();
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed << (options.ties ? ", ties" : "");
      return tally;
    }
  }
  return tally;
}

// A range of seeds; several, so that they run at once.
class Differential : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr int kMachines = 1'500;
  static constexpr int kCases = 4 * kMachines;
};

TEST_P(Differential, EqualOnRandomCases) {
  test::CaseOptions options;
  options.details = true;
  const Tally tally = compare(GetParam(), kMachines, options);
  EXPECT_EQ(tally.cases, kCases);
  // The cases hold what they should.
  EXPECT_GT(tally.legs, 60'000u);
  EXPECT_GT(tally.staged_legs, 6'000u);
  EXPECT_GT(tally.given_delays, 3'000u);
  EXPECT_GT(tally.own_copies, 6'000u);
  EXPECT_GT(tally.reads_in_place, 5'000u);
  EXPECT_GT(tally.wakings, 5'000u);
  EXPECT_GT(tally.multicasts, 700u);
}

TEST_P(Differential, EqualWhereManyThingsHappenAtOnce) {
  test::CaseOptions options;
  options.details = true;
  options.ties = true;
  const Tally tally = compare(GetParam() + 100'000, kMachines, options);
  EXPECT_EQ(tally.cases, kCases);
  EXPECT_GT(tally.legs, 60'000u);
  EXPECT_GT(tally.ties, 15'000u);
  EXPECT_GT(tally.multicasts, 700u);
}

TEST_P(Differential, EqualWhileOthersUseTheMachine) {
  test::CaseOptions options;
  options.details = true;
  options.load = true;
  options.ties = GetParam() > 1;
  const Tally tally = compare(GetParam() + 200'000, kMachines, options);
  EXPECT_EQ(tally.cases, kCases);
  EXPECT_GT(tally.lost_layers, 0u);
  EXPECT_GT(tally.lost_copies, 0u);
  EXPECT_GT(tally.reads_in_place, 5'000u);
  EXPECT_GT(tally.lost_wakings, 100u);
  EXPECT_GT(tally.multicasts, 700u);
  EXPECT_GT(tally.unfinished, 0u);
}

TEST_P(Differential, EqualWithCollectivesInSteps) {
  test::CaseOptions options;
  options.details = true;
  options.ties = GetParam() > 1;
  const Tally tally = compare_collectives(GetParam() + 200'000, kCases, options);
  EXPECT_EQ(tally.cases, kCases);
  EXPECT_GT(tally.legs, 200'000u);
  EXPECT_GT(tally.in_steps, 3'000);
  EXPECT_GT(tally.in_switch, 100);
  EXPECT_GT(tally.multicasts, 700u);
}

INSTANTIATE_TEST_SUITE_P(From, Differential, testing::Values(1, 20'001));

}  // namespace
}  // namespace partita
