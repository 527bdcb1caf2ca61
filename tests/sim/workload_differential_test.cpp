// Several requests at once on the SystemC machine and in the plain evaluator: equal to the
// picosecond, and sound to the checker, which shares nothing with either.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/evaluate/evaluate.h"
#include "models/timeline/made_copies.h"
#include "sim/simulate.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

// What an engine says of a workload, with every timeline.
template <class Engine>
std::pair<WorkloadTimeline, std::vector<Timeline>> everything(Engine& engine,
                                                              const Workload& workload) {
  std::vector<Timeline> timelines(workload.requests.size());
  std::vector<std::size_t> order;
  WorkloadTimeline record = engine.run(workload, [&](std::size_t number, const Timeline& timeline) {
    timelines[number] = timeline;
    order.push_back(number);
  });
  EXPECT_TRUE(order.size() == timelines.size() || record.unfinished);
  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LE(std::pair(record.requests[order[i - 1]].finish, order[i - 1]),
              std::pair(record.requests[order[i]].finish, order[i]));
  }
  return {record, timelines};
}

struct Tally {
  int cases = 0;
  std::size_t requests = 0, waited = 0, overtaken = 0, overlapped = 0, admitted_as_others_end = 0;
  std::size_t interrupted = 0, unfinished = 0;
  std::size_t brought = 0, shared = 0, waited_for_weights = 0;  // legs of a cold start
  // Copies that switches send on; of weights that another request brings elsewhere.
  std::size_t multicasts = 0, multicasts_of_the_rest = 0;
};

void count(Tally& tally, const WorkloadTimeline& record) {
  ++tally.cases;
  tally.requests += record.requests.size();
  for (std::size_t i = 0; i < record.requests.size(); ++i) {
    const RequestSpan& span = record.requests[i];
    if (span.admitted > span.arrival) ++tally.waited;
    for (std::size_t j = 0; j < i; ++j) {
      if (record.requests[j].finish > span.finish) ++tally.overtaken;
      if (record.requests[j].finish > span.start) ++tally.overlapped;
      if (record.requests[j].finish == span.admitted) ++tally.admitted_as_others_end;
    }
  }
}

void count_weights(Tally& tally, const WorkloadTimeline& record, const Network& network,
                   const Workload& workload, const std::vector<Timeline>& timelines) {
  for (std::size_t i = 0; i < timelines.size(); ++i) {
    for (const LegSpan& leg : timelines[i].legs) {
      const Tensor& tensor =
          network.tensor(workload.requests[i].plan->transfers()[leg.transfer].tensor);
      if (!tensor.stays || tensor.transfer_time) continue;
      const bool is_shared = !leg.engine && !leg.copier;
      ++(is_shared ? tally.shared : tally.brought);
      if (is_shared && leg.finish > record.requests[i].admitted) ++tally.waited_for_weights;
    }
  }
}

void count_multicasts(Tally& tally, const Network& network, const Hardware& hardware,
                      const Workload& workload, const std::vector<Timeline>& timelines) {
  for (std::size_t i = 0; i < timelines.size(); ++i) {
    const Plan& plan = *workload.requests[i].plan;
    std::set<TensorId> shared;
    for (const LegSpan& leg : timelines[i].legs) {
      const TensorId tensor = plan.transfers()[leg.transfer].tensor;
      const bool is_shared = network.tensor(tensor).stays && !leg.engine && !leg.copier;
      if (is_shared) shared.insert(tensor);
    }
    const Multicasts made = multicasts_in(timelines[i], network, hardware, plan);
    tally.multicasts += made.all().size();
    for (const Multicast& one : made.all()) {
      tally.multicasts_of_the_rest += shared.count(plan.transfers()[one.first()].tensor);
    }
  }
}

// `machines` machines, two networks on each, two workloads of three plans for each.
Tally compare(std::uint64_t first_seed, int machines, test::CaseOptions options,
              bool cold_start = false) {
  Tally tally;
  for (int i = 0; i < machines; ++i) {
    const std::uint64_t seed = first_seed + 10 * static_cast<std::uint64_t>(i);
    const Hardware hardware = test::random_hardware(seed, options);
    for (const std::uint64_t network_seed : {seed, seed + 1}) {
      Network network = test::random_network(network_seed, options);
      if (cold_start) network = with_cold_weights(std::move(network));
      const CostTable costs = test::random_costs(network_seed, network, hardware, options);
      Evaluator evaluator(network, hardware, costs);
      sim::Simulator simulator(network, hardware, costs);
      std::vector<Plan> plans;
      for (const std::uint64_t plan_seed : {network_seed, network_seed + 5, network_seed + 7}) {
        plans.push_back(test::random_plan(plan_seed, network, hardware, options));
      }
      const Timeline alone = evaluator.run(plans.front());
      const Time usual = alone.unfinished ? Time{100us} : alone.makespan;
      for (const std::uint64_t workload_seed : {network_seed, network_seed + 3}) {
        const Workload workload = test::random_workload(workload_seed, plans, usual, options);
        auto [simulated, simulated_timelines] = everything(simulator, workload);
        const auto [predicted, predicted_timelines] = everything(evaluator, workload);
        EXPECT_EQ(simulated, predicted);
        for (Timeline& timeline : simulated_timelines) timeline.origin = Origin::Predicted;
        EXPECT_EQ(simulated_timelines, predicted_timelines);
        EXPECT_THAT(violations(predicted, predicted_timelines, network, hardware, workload),
                    testing::IsEmpty());
        count(tally, predicted);
        count_weights(tally, predicted, network, workload, predicted_timelines);
        count_multicasts(tally, network, hardware, workload, predicted_timelines);
        tally.unfinished += predicted.unfinished ? 1 : 0;
        for (const Timeline& timeline : predicted_timelines) {
          tally.interrupted += timeline.interrupted.size();
        }
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << "machine seed " << seed << ", network seed " << network_seed
                        << ", workload seed " << workload_seed << (options.ties ? ", ties" : "");
          return tally;
        }
      }
      // What one run leaves behind, the next does not see.
      EXPECT_EQ(evaluator.run(plans.front()), alone);
    }
  }
  return tally;
}

// A range of seeds; several, so that they run at once.
class WorkloadDifferential : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr int kMachines = 500;
  static constexpr int kCases = 4 * kMachines;

  static test::CaseOptions options(bool ties) {
    test::CaseOptions options;
    options.max_layers = 20;
    options.max_processors = 5;
    options.details = true;
    options.ties = ties;
    return options;
  }
};

TEST_P(WorkloadDifferential, EqualOnRandomCases) {
  const Tally tally = compare(GetParam(), kMachines, options(false));
  EXPECT_EQ(tally.cases, kCases);
  // The cases hold what they should.
  EXPECT_GT(tally.requests, 10'000u);
  EXPECT_GT(tally.waited, 3'000u);
  EXPECT_GT(tally.overtaken, 1'000u);
  EXPECT_GT(tally.overlapped, 8'000u);
  EXPECT_GT(tally.multicasts, 300u);
}

TEST_P(WorkloadDifferential, EqualWhereManyThingsHappenAtOnce) {
  const Tally tally = compare(GetParam() + 100'000, kMachines, options(true));
  EXPECT_EQ(tally.cases, kCases);
  EXPECT_GT(tally.overlapped, 8'000u);
  EXPECT_GT(tally.multicasts, 300u);
  EXPECT_GT(tally.admitted_as_others_end, 3'000u);
}

TEST_P(WorkloadDifferential, EqualWhileOthersUseTheMachine) {
  test::CaseOptions with_load = options(GetParam() > 1);
  with_load.load = true;
  const Tally tally = compare(GetParam() + 300'000, kMachines, with_load);
  EXPECT_EQ(tally.cases, kCases);
  EXPECT_GT(tally.interrupted, 2'000u);
  EXPECT_GT(tally.multicasts, 300u);
  EXPECT_GT(tally.unfinished, 20u);
}

TEST_P(WorkloadDifferential, EqualWhereWeightsComeFirst) {
  test::CaseOptions with_load = options(GetParam() > 1);
  with_load.load = GetParam() == 1;
  with_load.share_weights = true;
  with_load.max_processors = 12;
  const Tally tally = compare(GetParam() + 500'000, kMachines, with_load, true);
  EXPECT_EQ(tally.cases, kCases);
  EXPECT_GT(tally.brought, 3'000u);
  EXPECT_GT(tally.shared, 10'000u);
  EXPECT_GT(tally.waited_for_weights, 3'000u);
  EXPECT_GT(tally.multicasts, 300u);
  EXPECT_GT(tally.multicasts_of_the_rest, 5u);
}

INSTANTIATE_TEST_SUITE_P(From, WorkloadDifferential, testing::Values(1, 20'001));

}  // namespace
}  // namespace partita
