// Simulations that somebody directs while time goes on, and what they write down, once more as a
// workload: on the SystemC machine and in the plain evaluator, equal to the picosecond.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "models/network/variants.h"
#include "sim/simulate.h"
#include "tests/sim/random_director.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

Hardware with_more_load(const Hardware& hardware, const std::vector<LoadSpec>& more) {
  HardwareParts parts = hardware.parts();
  for (LoadSpec load : more) {
    load.name += " by the director";
    parts.load.push_back(load);
  }
  return HardwareBuilder::build(std::move(parts));
}

// What an engine says of a workload, with the timelines of those that are done.
template <class Engine>
std::pair<WorkloadTimeline, std::map<std::size_t, Timeline>> everything(Engine& engine,
                                                                        const Workload& workload) {
  std::map<std::size_t, Timeline> timelines;
  std::pair<Time, std::size_t> before;
  std::vector<std::size_t> order;
  WorkloadTimeline record = engine.run(workload, [&](std::size_t number, const Timeline& timeline) {
    timelines[number] = timeline;
    order.push_back(number);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LT(std::pair(record.requests[order[i - 1]].finish, order[i - 1]),
              std::pair(record.requests[order[i]].finish, order[i]));
  }
  for (auto& [number, timeline] : timelines) timeline.origin = Origin::Predicted;
  return {record, timelines};
}

// The first difference, as a sentence.
std::string difference(const WorkloadTimeline& a, const WorkloadTimeline& b,
                       const Workload& workload) {
  const auto text = [](const RequestSpan& span) {
    return fmt::format("{} admitted {} start {} finish {}", span.arrival.count(),
                       span.admitted.count(), span.start.count(), span.finish.count());
  };
  for (std::size_t i = 0; i < a.requests.size(); ++i) {
    if (a.requests[i] == b.requests[i]) continue;
    const Request& request = workload.requests[i];
    return fmt::format(
        "request {} of {} ({}{}): {}; {}", i, a.requests.size(),
        request.relocation != nullptr ? "relocation" : "run",
        request.cancelled ? fmt::format(", cancelled at {}", request.cancelled->count()) : "",
        text(a.requests[i]), text(b.requests[i]));
  }
  if (a.busy != b.busy) return "busy";
  if (a.memory_peak != b.memory_peak) return "memory peaks";
  return a == b ? "" : "unfinished or makespan";
}

struct Tally {
  std::size_t cases = 0, requests = 0, drained = 0, relocations = 0, moves = 0, aborted = 0;
  std::size_t drops = 0, interrupted = 0, unfinished = 0, slowed = 0, variants = 0;
};

struct Setting {
  test::CaseOptions options;
  bool knows_weights = true;
};

void compare(std::uint64_t seed, const Setting& setting, Tally& tally) {
  const Hardware hardware = test::random_hardware(seed, setting.options);
  const Network network = test::random_network(seed, setting.options);
  const Network shorter = test::random_variant(seed + 1, network, setting.options);
  ASSERT_TRUE(same_structure(network, shorter));
  const CostTable costs = test::random_costs(seed, network, hardware, setting.options);
  const CostTable lower = test::random_costs(seed + 2, shorter, hardware, setting.options);
  const std::vector<Variant> variants{{&network, &costs}, {&shorter, &lower}};
  std::vector<Plan> plans;
  for (const std::uint64_t plan_seed : {seed, seed + 5, seed + 7}) {
    plans.push_back(test::random_plan(plan_seed, network, hardware, setting.options));
  }
  Evaluator alone(variants, hardware);
  const Timeline usual = alone.run(plans.front());
  const Time makespan = usual.unfinished ? Time{100us} : usual.makespan;

  test::RandomDirector director(
      seed, network, hardware, plans,
      {.usual = makespan / 2, .unit = setting.options.ties ? Time{1us} : Time{0}, .variants = 2});
  sim::Simulator simulator(variants, hardware);
  const sim::Directed directed = simulator.run(director, director.resident());
  std::map<std::size_t, Timeline> told = director.told;
  for (auto& [number, timeline] : told) timeline.origin = Origin::Predicted;

  const Hardware loaded = with_more_load(hardware, directed.slowed);
  Evaluator evaluator(variants, loaded);
  const auto [predicted, timelines] = everything(evaluator, directed.workload);
  EXPECT_EQ(difference(directed.record, predicted, directed.workload), "");
  EXPECT_TRUE(told == timelines);
  sim::Simulator again(variants, loaded);
  const auto [simulated, simulated_timelines] = everything(again, directed.workload);
  EXPECT_EQ(difference(simulated, predicted, directed.workload), "");
  EXPECT_TRUE(simulated_timelines == timelines);
  if (!predicted.unfinished) {
    std::vector<Timeline> all;
    for (const auto& [number, timeline] : timelines) all.push_back(timeline);
    EXPECT_THAT(violations(predicted, all, {&network, &shorter}, loaded, directed.workload),
                testing::IsEmpty());
  }
  // What one run leaves behind, the next does not see.
  EXPECT_EQ(alone.run(plans.front()), usual);

  ++tally.cases;
  tally.requests += directed.workload.requests.size();
  tally.drained += director.drained;
  tally.relocations += director.relocations;
  tally.moves += director.moves;
  tally.aborted += director.aborted;
  tally.drops += director.drops;
  tally.slowed += directed.slowed.size();
  tally.unfinished += predicted.unfinished ? 1 : 0;
  for (const auto& [number, timeline] : timelines) tally.interrupted += timeline.interrupted.size();
  for (const Request& request : directed.workload.requests) tally.variants += request.variant;
}

// A range of seeds; several, so that they run at once.
class DirectedDifferential : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::size_t kCases = 600;

  static Tally compare_all(std::uint64_t first_seed, const Setting& setting) {
    Tally tally;
    for (std::uint64_t i = 0; i < kCases && !HasFailure(); ++i) {
      compare(first_seed + 10 * i, setting, tally);
      if (HasFailure()) ADD_FAILURE() << "seed " << first_seed + 10 * i;
    }
    return tally;
  }
  static Setting setting(bool ties, bool load) {
    Setting setting;
    setting.options.max_layers = 15;
    setting.options.max_processors = 5;
    setting.options.details = true;
    setting.options.ties = ties;
    setting.options.load = load;
    return setting;
  }
  static void expect_all_of_it(const Tally& tally) {
    EXPECT_EQ(tally.cases, kCases);
    EXPECT_GT(tally.requests, 5'000u);
    EXPECT_GT(tally.drained, 500u);
    EXPECT_GT(tally.relocations, 500u);
    EXPECT_GT(tally.moves, 500u);
    EXPECT_GT(tally.aborted, 50u);
    EXPECT_GT(tally.drops, 100u);
    EXPECT_GT(tally.slowed, 1'000u);
    EXPECT_GT(tally.variants, 2'000u);
  }
};

TEST_P(DirectedDifferential, EqualOnRandomCases) {
  expect_all_of_it(compare_all(GetParam(), setting(false, false)));
}

TEST_P(DirectedDifferential, EqualWhereManyThingsHappenAtOnce) {
  expect_all_of_it(compare_all(GetParam() + 100'000, setting(true, false)));
}

TEST_P(DirectedDifferential, EqualWhileOthersUseTheMachine) {
  const Tally tally = compare_all(GetParam() + 300'000, setting(GetParam() > 1, true));
  expect_all_of_it(tally);
  EXPECT_GT(tally.interrupted, 300u);
  EXPECT_GT(tally.unfinished, 20u);
}

INSTANTIATE_TEST_SUITE_P(From, DirectedDifferential, testing::Values(1, 20'001));

}  // namespace
}  // namespace partita
