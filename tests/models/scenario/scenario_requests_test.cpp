// Who asks for what, and when.
#include "models/scenario/scenario_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/text_file.h"

namespace partita {
namespace {

using test::complaint;
using test::TextFile;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Scenario with_classes(std::size_t requests) {
  Scenario scenario;
  scenario.classes = {{"easy", "", "", {}}, {"hard", "", "", {}}};
  scenario.mix = {{0ms, {1, 0}}, {1000ms, {0, 1}}};
  scenario.requests = requests;
  scenario.arrivals.process = Arrivals{Arrivals::Kind::Fixed, 1ms, 1, 0, ""};
  return scenario;
}
std::vector<std::uint32_t> classes(const std::vector<ScenarioRequest>& requests) {
  std::vector<std::uint32_t> all;
  for (const ScenarioRequest& each : requests) all.push_back(each.input_class);
  return all;
}

TEST(ScenarioRequests, ClassesAreThoseOfTheTimeOfArrival) {
  const std::vector<ScenarioRequest> requests = requests_of(with_classes(2000), 0);
  const std::vector<std::uint32_t> seen = classes(requests);
  // Every millisecond from 0 on: a thousand arrive before 1 s.
  EXPECT_TRUE(std::all_of(seen.begin(), seen.begin() + 1000, [](auto c) { return c == 0; }));
  EXPECT_TRUE(std::all_of(seen.begin() + 1000, seen.end(), [](auto c) { return c == 1; }));
}

TEST(ScenarioRequests, SharesAndErrorsComeOutAsSaid) {
  Scenario scenario = with_classes(10'000);
  scenario.mix = {{0ms, {0.3, 0.7}}};
  scenario.analyzer = 0.8;
  int hard = 0, right = 0;
  for (const ScenarioRequest& each : requests_of(scenario, 0)) {
    hard += each.input_class == 1;
    right += each.input_class == each.seen_class;
  }
  // Three standard deviations of 10,000 draws: 137 of 7,000, and 120 of 8,000.
  EXPECT_NEAR(hard, 7'000, 137);
  EXPECT_NEAR(right, 8'000, 120);
}

TEST(ScenarioRequests, AnAnalyzerThatErrsChangesNothingElse) {
  Scenario scenario = with_classes(500);
  scenario.mix = {{0ms, {0.5, 0.5}}};
  const auto before = classes(requests_of(scenario, 0));
  scenario.analyzer = 0.5;
  EXPECT_EQ(classes(requests_of(scenario, 0)), before);
}

TEST(ScenarioRequests, AShareIsOfWhatTheMachineServes) {
  Scenario scenario = with_classes(4'000);
  scenario.arrivals = {};
  scenario.arrivals.share = 0.5;
  const auto requests = requests_of(scenario, 1'000);  // half of 1,000 a second: one in 2 ms
  EXPECT_NEAR(seconds(requests.back().arrival), 8, 3 * 8 / std::sqrt(4'000.0));
}

// Stays of 1 s in the mean at 100/s and at 900/s: as much time in both, so 500/s in the long run.
TEST(ScenarioRequests, AMarkovChainVisitsAllItsStates) {
  Scenario scenario = with_classes(100'000);
  scenario.arrivals = {};
  scenario.arrivals.markov = {{100'000'000, 0, 1000ms}, {0, 0.9, 1000ms}};
  const auto requests = requests_of(scenario, 1'000);
  EXPECT_NEAR(seconds(requests.back().arrival), 200, 30);
  EXPECT_TRUE(std::is_sorted(
      requests.begin(), requests.end(),
      [](const ScenarioRequest& a, const ScenarioRequest& b) { return a.arrival < b.arrival; }));
  // Counts of 100 ms vary far more than Poisson's, whose variance is their mean (50).
  std::vector<double> counts(static_cast<std::size_t>(seconds(requests.back().arrival) * 10) + 1);
  for (const ScenarioRequest& each : requests) {
    ++counts[static_cast<std::size_t>(seconds(each.arrival) * 10)];
  }
  double mean = 0, square = 0;
  for (const double count : counts) mean += count / static_cast<double>(counts.size());
  for (const double count : counts) {
    square += (count - mean) * (count - mean) / static_cast<double>(counts.size());
  }
  EXPECT_GT(square, 10 * mean);
}

TEST(ScenarioRequests, ATraceBringsItsClasses) {
  const TextFile trace("trace.csv", "arrival,class\n0 ms,hard\n5 ms,easy\n5 ms,hard\n");
  Scenario scenario = with_classes(10);
  scenario.arrivals.process = Arrivals{Arrivals::Kind::Trace, {}, 1, 0, trace.path()};
  const auto requests = requests_of(scenario, 0);
  EXPECT_THAT(classes(requests), ElementsAre(1, 0, 1));
  EXPECT_EQ(requests[2].arrival, 5ms);
}

TEST(ScenarioRequests, ATraceWithMistakesSaysAllOfThem) {
  const TextFile trace("trace.csv",
                       "arrival,class\n5 ms,hard\n4 ms,easy\n6 ms,huge\n7,easy\n8 ms\n");
  Scenario scenario = with_classes(10);
  scenario.arrivals.process = Arrivals{Arrivals::Kind::Trace, {}, 1, 0, trace.path()};
  EXPECT_THAT(complaint(trace, [&](const std::string&) { requests_of(scenario, 0); }),
              AllOf(HasSubstr(":3:1: error: arrival 4 ms lies before"),
                    HasSubstr(":4:6: error: class: the scenario has no class 'huge'"),
                    HasSubstr(":5:1: error: arrival: "),
                    HasSubstr(":6:1: error: 2 columns are expected, this row has 1")));
}

}  // namespace
}  // namespace partita
