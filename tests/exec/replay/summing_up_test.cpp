// What is made of many runs: made by hand, without workers.
#include "exec/replay/summing_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exec/replay/measurement.h"

namespace partita::exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RunResult run(Time makespan, Disturbance cause = Disturbance::None) {
  RunResult made;
  made.timeline.makespan = makespan;
  made.timeline.layers.push_back({ProcessorId{0}, 0, Time{0}, makespan});
  made.cause = cause;
  made.clean = cause == Disturbance::None;
  if (!made.clean) made.disturbance = "somebody came";
  return made;
}

std::vector<RunResult> runs(const std::vector<std::int64_t>& microseconds) {
  std::vector<RunResult> all;
  for (const std::int64_t each : microseconds) all.push_back(run(std::chrono::microseconds(each)));
  return all;
}

RepeatOptions wanted(int repetitions, double half_width = 0) {
  RepeatOptions options;
  options.repetitions = repetitions;
  options.half_width = half_width;
  return options;
}

TEST(SummingUp, DisturbedRunsAreCountedByCauseAndLeftOut) {
  std::vector<RunResult> all = runs({105, 101, 104, 102, 103, 106});
  all.push_back(run(500us, Disturbance::LostTime));
  all.insert(all.begin(), run(90us, Disturbance::ClockChange));
  all.push_back(run(91us, Disturbance::ClockChange));
  const ReplayResult result = summed_up(all, wanted(6));
  EXPECT_EQ(result.clean, 6u);
  EXPECT_EQ(result.discarded, 3u);
  EXPECT_EQ(result.lost_time, 1u);
  EXPECT_EQ(result.clock_changes, 2u);
  // The third of six sorted; of six values the median's interval is all of them.
  EXPECT_EQ(result.timeline.makespan, 103us);
  EXPECT_EQ(result.interval, (MedianInterval{101us, 106us}));
  EXPECT_THAT(result.makespans, ElementsAre(105us, 101us, 104us, 102us, 103us, 106us));
  EXPECT_TRUE(result.trustworthy);
  EXPECT_THAT(result.warnings, testing::IsEmpty());
}

// A gate from both sides: of five values there is no interval of the median at 95 % (it is outside
// all of them with a probability of 2/32), of six there is (2/64).
TEST(SummingUp, TooFewCleanRunsAreNoMeasurement) {
  std::vector<RunResult> all = runs({100, 100, 100, 100, 100});
  const ReplayResult five = summed_up(all, wanted(9));
  EXPECT_FALSE(five.trustworthy);
  EXPECT_THAT(five.warnings, ElementsAre("only 5 of 5 runs were undisturbed"));
  all.push_back(run(100us));
  EXPECT_TRUE(summed_up(all, wanted(9)).trustworthy);
  for (int i = 0; i < 6; ++i) all.push_back(run(900us, Disturbance::LostTime));
  EXPECT_TRUE(summed_up(all, wanted(9)).trustworthy);  // half
  all.push_back(run(900us, Disturbance::LostTime));
  const ReplayResult result = summed_up(all, wanted(9));
  EXPECT_FALSE(result.trustworthy);
  EXPECT_THAT(result.warnings,
              ElementsAre("only 6 of 13 runs were undisturbed (for example somebody came)"));
}

TEST(SummingUp, WhoWantsFewRunsIsToldWhatTheyDoNotTell) {
  EXPECT_FALSE(summed_up(runs({100, 100}), wanted(3)).trustworthy);
  const ReplayResult result = summed_up(runs({100, 100, 100}), wanted(3));
  EXPECT_TRUE(result.trustworthy);
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("of 3 runs it is not known")));
}

TEST(SummingUp, OfRunsThatAreAllDisturbedThereIsAMedianWithoutAnInterval) {
  const std::vector<RunResult> all(7, run(900us, Disturbance::LostTime));
  const ReplayResult result = summed_up(all, wanted(9));
  EXPECT_EQ(result.timeline.makespan, 900us);
  EXPECT_FALSE(result.interval);
  EXPECT_FALSE(result.trustworthy);
}

// Half the width from 80 to 101 us is 10.5 % of 100 us; from 80.2 us it is 10.4, from 82 us 9.5.
TEST(SummingUp, CleanRunsThatDisagreeAreNoMeasurement) {
  const ReplayResult wide = summed_up(runs({80, 100, 100, 100, 100, 101}), wanted(6));
  EXPECT_FALSE(wide.trustworthy);
  EXPECT_THAT(wide.warnings, ElementsAre(HasSubstr("known to +-10.5 % only")));
  const ReplayResult narrow = summed_up(runs({82, 100, 100, 100, 100, 101}), wanted(6, 0.02));
  EXPECT_TRUE(narrow.trustworthy);
  EXPECT_THAT(narrow.warnings,
              ElementsAre("the median is known to +-9.5 %, not +-2.0 %: the time was over"));
}

// 100 us +- 2 %: from 98 to 102 us, of which six values are the ends.
TEST(SummingUp, TheMedianIsKnownWhenItsIntervalIsNarrow) {
  EXPECT_FALSE(is_narrow({100us, 100us, 100us, 100us, 100us}, 0.02));  // five tell nothing
  EXPECT_TRUE(is_narrow({98us, 100us, 100us, 100us, 100us, 102us}, 0.02));
  EXPECT_FALSE(is_narrow({97us, 100us, 100us, 100us, 100us, 102us}, 0.02));
}

// Of three, the one in the middle; the fourth was disturbed.
TEST(SummingUp, AWorkloadIsRepeatedAsAWhole) {
  std::vector<StreamResult> runs(4);
  for (std::size_t i = 0; i < 4; ++i) {
    runs[i].record.makespan = std::chrono::milliseconds(30 - i);
    runs[i].seats = {i};
  }
  runs[3].clean = false;
  runs[3].cause = Disturbance::LostTime;
  const WorkloadResult result = summed_up(runs, wanted(3));
  EXPECT_EQ(result.median, 29ms);
  EXPECT_THAT(result.stream.seats, ElementsAre(1u));
  EXPECT_EQ(result.lost_time, 1u);
  EXPECT_TRUE(result.trustworthy);
}

TEST(SummingUp, SaysInJsonWhatWasMeasuredWhere) {
  ReplayResult result = summed_up(runs({101, 102, 103, 104, 105, 106}), wanted(6));
  result.environment.before.cpu = "a computer";
  result.environment.before.load = {0.5, 1, 2};
  result.environment.processors = {{"cpu0", "a core", "oneDNN", "avx2", 3}};
  const auto json = nlohmann::json::parse(to_json(result));
  EXPECT_EQ(json["runs"]["clean"], 6);
  EXPECT_EQ(json["median_ps"], 103'000'000);
  EXPECT_EQ(json["low_ps"], 101'000'000);
  EXPECT_EQ(json["high_ps"], 106'000'000);
  EXPECT_EQ(json["environment"]["cpu"], "a computer");
  EXPECT_EQ(json["environment"]["load_before"], (std::vector<double>{0.5, 1, 2}));
  EXPECT_EQ(json["environment"]["processors"][0]["core"], 3);
  // What the system does not tell is not made up.
  EXPECT_FALSE(json["environment"].contains("governor"));
  EXPECT_FALSE(json["environment"].contains("most_khz"));
}

}  // namespace
}  // namespace partita::exec
