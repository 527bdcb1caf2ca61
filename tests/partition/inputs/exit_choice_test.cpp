#include "partition/inputs/exit_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partita::inputs {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// Directly 10, 25, 60; onward 20 to the second and 40 to the third.
ExitTimes times() { return {{Time{10}, Time{25}, Time{60}}, {Time{10}, Time{20}, Time{40}}}; }

TEST(ExitTimesTest, ADirectStartAndThenFromExitToExit) {
  EXPECT_EQ(times().of(0, 0), Time{10});
  EXPECT_EQ(times().of(0, 1), Time{30});
  EXPECT_EQ(times().of(0, 2), Time{70});
  EXPECT_EQ(times().of(1, 1), Time{25});
  EXPECT_EQ(times().of(1, 2), Time{65});
  EXPECT_EQ(times().of(2, 2), Time{60});
}

TEST(LeavesAt, TheFirstSureExitFromTheStart) {
  EXPECT_EQ(leaves_at({false, true, true}, 0), 1u);
  EXPECT_EQ(leaves_at({true, false, false}, 0), 0u);
  // What an exit before the start would have said, nobody knows.
  EXPECT_EQ(leaves_at({true, false, false}, 1), 2u);
  EXPECT_EQ(leaves_at({false, false, false}, 0), 2u) << "the last is always taken";
}

// 0.5 * 10 + 0.25 * 30 + 0.25 * 70 = 30; from the second: 0.75 * 25 + 0.25 * 65 = 35.
TEST(ExpectedTime, WeighsTheTimesByTheProbabilities) {
  EXPECT_EQ(expected_time(times(), 0, {0.5, 0.25, 0.25}), Time{30});
  EXPECT_EQ(expected_time(times(), 1, {0, 0.75, 0.25}), Time{35});
  // 0.3 * 10 + 0.7 * 30 = 24; 0.25 * 10 + 0.75 * 30 = 25; a half rounds up: 10.5 -> 11.
  EXPECT_EQ(expected_time(times(), 0, {0.975, 0.025, 0}), Time{11});
}

// Two inputs: weights 0.9 of 10 and 0.1 of 70; 1 of 25. Sorted: 10 (0.9), 25 (1.9), 70 (2.0).
// 95 % of two inputs are 1.9: 25 is enough; a little more is not.
TEST(TailTime, CountsTheProbabilitiesOfAllInputs) {
  const std::vector<std::size_t> starts{0, 1};
  const std::vector<std::vector<double>> leaves{{0.9, 0, 0.1}, {0, 1, 0}};
  EXPECT_EQ(tail_time(times(), starts, leaves, 0.95), Time{25});
  EXPECT_EQ(tail_time(times(), starts, leaves, 0.951), Time{70});
  EXPECT_EQ(tail_time(times(), starts, leaves, 0.45), Time{10});
  EXPECT_EQ(tail_time(times(), starts, leaves, 0.451), Time{25});
  EXPECT_EQ(tail_time(times(), starts, leaves, 1), Time{70});
}

// 60 inputs are easy (x = 0) and sure at once, 60 hard (x = 1) and never.
class ExitModelTest : public testing::TestWithParam<ModelKind> {
 protected:
  ExitModelTest() {
    for (int i = 0; i < 120; ++i) {
      features_.push_back({static_cast<double>(i % 2)});
      sure_.push_back(i % 2 == 0 ? std::vector<bool>{true, true, true}
                                 : std::vector<bool>{false, false, false});
    }
  }
  Rows features_;
  std::vector<std::vector<bool>> sure_;
};
INSTANTIATE_TEST_SUITE_P(Models, ExitModelTest,
                         testing::Values(ModelKind::Linear, ModelKind::Trees),
                         [](const auto& each) { return std::string(to_string(each.param)); });

TEST_P(ExitModelTest, SaysWhereInputsLeaveFromEachStart) {
  const ExitModel model(GetParam(), features_, sure_);
  EXPECT_THAT(model.leaves({0}, 0),
              ElementsAre(DoubleNear(1, 0.02), DoubleNear(0, 0.02), DoubleNear(0, 0.02)));
  EXPECT_THAT(model.leaves({1}, 0),
              ElementsAre(DoubleNear(0, 0.02), DoubleNear(0, 0.02), DoubleNear(1, 0.02)));
  EXPECT_THAT(model.leaves({0}, 1), ElementsAre(0, DoubleNear(1, 0.02), DoubleNear(0, 0.02)));
  EXPECT_THAT(model.leaves({1}, 1), ElementsAre(0, DoubleNear(0, 0.02), DoubleNear(1, 0.02)));
  EXPECT_THAT(model.leaves({1}, 2), ElementsAre(0, 0, 1));
}

TEST_P(ExitModelTest, EachInputStartsWhereItIsExpectedToTakeLeast) {
  const ExitModel model(GetParam(), features_, sure_);
  EXPECT_EQ(model.best_start(times(), {0}), 0u);  // 10 against 25, 60
  EXPECT_EQ(model.best_start(times(), {1}), 2u);  // 60 against 70, 65
}

// Half leave at 10, half at 70: 40 on average, against (25 + 65) / 2 = 45 and 60.
TEST_P(ExitModelTest, WithoutFeaturesAllStartAlike) {
  const ExitModel blind(GetParam(), Rows(120), sure_);
  EXPECT_THAT(blind.leaves({}, 0),
              ElementsAre(DoubleNear(0.5, 1e-9), DoubleNear(0, 1e-9), DoubleNear(0.5, 1e-9)));
  EXPECT_EQ(expected_time(times(), 0, blind.leaves({}, 0)), Time{40});
  EXPECT_EQ(blind.best_start(times(), {}), 0u);
}

}  // namespace
}  // namespace partita::inputs
