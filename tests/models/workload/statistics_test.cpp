// Latency and throughput of a record, by hand.
#include "models/workload/statistics.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/machine.h"

namespace partita {
namespace {

// Requests that all arrive, and are admitted, at 0.
WorkloadTimeline done_at(const std::vector<Time>& finishes) {
  WorkloadTimeline record;
  for (const Time finish : finishes) record.requests.push_back({0us, 0us, 0us, finish});
  record.makespan = finishes.empty() ? Time{0} : finishes.back();
  return record;
}

TEST(Percentiles, NearestRank) {
  std::vector<Time> values;
  for (int i = 10; i >= 1; --i) values.push_back(Time{i});
  // ceil(0.5 x 10) = 5th, ceil(0.9 x 10) = 9th, ceil(0.95 x 10) = 10th.
  const Percentiles of_ten = percentiles(values);
  EXPECT_EQ(of_ten.p50, Time{5});
  EXPECT_EQ(of_ten.p90, Time{9});
  EXPECT_EQ(of_ten.p95, Time{10});
  EXPECT_EQ(of_ten.p99, Time{10});
  EXPECT_EQ(of_ten.most, Time{10});
  const Percentiles of_one = percentiles({Time{7}});
  EXPECT_EQ(of_one.p50, Time{7});
  EXPECT_EQ(of_one.p99, Time{7});
  EXPECT_EQ(percentiles({}).most, Time{0});
}

TEST(SteadyPeriod, OneRequestAtATime) {
  // The first takes longer: the machine was empty. The second half (15, 20, 25, 30) recurs.
  const SteadyPeriod period = steady_period(done_at({7us, 11us, 13us, 15us, 20us, 25us, 30us}));
  EXPECT_TRUE(period.exact);
  EXPECT_EQ(period.requests, 1u);
  EXPECT_EQ(period.time, 5us);
  EXPECT_DOUBLE_EQ(period.per_second(), 200'000);
}

// Two a period of 7 us: 3 and 4 us apart.
TEST(SteadyPeriod, SeveralRequestsAPeriod) {
  std::vector<Time> finishes;
  for (int i = 0; i < 16; ++i) {
    finishes.push_back(std::chrono::microseconds{7 * (i / 2) + (i % 2 == 0 ? 0 : 3)});
  }
  const SteadyPeriod period = steady_period(done_at(finishes));
  EXPECT_TRUE(period.exact);
  EXPECT_EQ(period.requests, 2u);
  EXPECT_EQ(period.time, 7us);
  // A picosecond too much at the end: the mean of the second half, 8 finishes, so 7 distances.
  finishes.back() += 1_ps;
  const SteadyPeriod mean = steady_period(done_at(finishes));
  EXPECT_FALSE(mean.exact);
  EXPECT_EQ(mean.requests, 7u);
  EXPECT_EQ(mean.time, 24us + 1_ps);  // from 28 to 52 us
}

// Three are always in flight; after the last admission, at 20 us, the machine runs empty, faster.
TEST(SteadyPeriod, RunningEmptyDoesNotCount) {
  WorkloadTimeline record = done_at({5us, 10us, 15us, 20us, 21us, 22us, 23us});
  record.requests.back().admitted = 20us;
  const SteadyPeriod period = steady_period(record);
  EXPECT_EQ(period.time, 5us);
  EXPECT_EQ(period.requests, 1u);
}

TEST(SteadyPeriod, TooFewToSay) {
  EXPECT_EQ(steady_period(done_at({})).requests, 0u);
  EXPECT_EQ(steady_period(done_at({5us})).requests, 0u);
  EXPECT_EQ(steady_period(done_at({5us, 5us, 5us, 5us})).requests, 0u);
}

TEST(Statistics, LatencyAndThroughput) {
  test::Machine machine;
  machine.processor("cpu0", machine.memory("m", Bandwidth{1'000'000'000}));
  const Hardware hardware = machine.build();
  WorkloadTimeline record;
  record.requests = {{2ms, 2ms, 3ms, 6ms}, {4ms, 5ms, 6ms, 10ms}};
  record.makespan = 10ms;
  record.busy.push_back(6ms);
  record.memory_peak.push_back(Bytes{12});
  const WorkloadStatistics said = statistics(record);
  EXPECT_EQ(said.latency.p50, 4ms);
  EXPECT_EQ(said.latency.most, 6ms);
  EXPECT_EQ(said.waiting.most, 2ms);
  EXPECT_DOUBLE_EQ(said.per_second, 250);  // two in 8 ms

  Workload workload;
  workload.in_flight = 3;
  const auto json = nlohmann::json::parse(
      to_json(record, hardware, workload, {"net", "pc", "heft", "every 2 ms", 5}));
  EXPECT_EQ(json["workload"], 1);
  EXPECT_EQ(json["in_flight"], 3);
  EXPECT_EQ(json["requests"]["admitted_ps"][1], 5'000'000'000);
  EXPECT_EQ(json["latency_ps"]["max"], 6'000'000'000);
  EXPECT_EQ(json["processors"][0]["busy_ps"], 6'000'000'000);
  EXPECT_EQ(json["memories"][0]["peak_bytes"], 12);
  EXPECT_FALSE(json.contains("period"));
}

// Latencies of 4 and 6 ms and 1 ps: 5 ms in the mean, rounded up. Where others are always at hand,
// one every 5 us once the machine is filled.
TEST(WorkloadGoal, IsThePeriodWhereRequestsAreAlwaysAtHand) {
  WorkloadTimeline record;
  record.requests = {{2ms, 2ms, 3ms, 6ms}, {4ms, 5ms, 6ms, 10ms + 1_ps}};
  record.makespan = 10ms + 1_ps;
  const WorkloadGoal latency = goal_of(record, {});
  EXPECT_EQ(latency.what, "mean_latency");
  EXPECT_EQ(latency.time, 5ms + 1_ps);
  Workload always;
  always.saturated = true;
  const WorkloadGoal period =
      goal_of(done_at({3us, 5us, 10us, 15us, 20us, 25us, 30us, 35us}), always);
  EXPECT_EQ(period.what, "period");
  EXPECT_EQ(period.time, 5us);
  EXPECT_EQ(goal_of(record, always).time, 5ms + 1_ps);  // too few to say: 10 ms of two
  record.unfinished.emplace();
  EXPECT_EQ(goal_of(record, {}).time, Time::max());
}

}  // namespace
}  // namespace partita
