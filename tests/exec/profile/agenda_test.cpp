// Which measurement comes next, without a clock.
#include "exec/profile/agenda.h"

#include <gtest/gtest.h>

#include <random>

namespace partita::exec {
namespace {

constexpr Seconds kPlenty{1000};

Prospect begun(double importance, double uncertainty, double cost) {
  return {true, false, importance, uncertainty, Seconds(cost)};
}
Prospect new_one(double importance) { return {false, false, importance, 1, Seconds(0)}; }

TEST(Agenda, WhatNobodyHasMeasuredComesFirst) {
  EXPECT_EQ(next_measurement({begun(1, 1, 0.001), new_one(0.1)}, kPlenty), 1u);
}

TEST(Agenda, OfNewOnesTheMostImportantThenTheFirst) {
  EXPECT_EQ(next_measurement({new_one(0.5), new_one(0.7), new_one(0.7)}, kPlenty), 1u);
}

// 1 x 0.2 / 2 = 0.1 a second, 0.5 x 0.3 / 1 = 0.15.
TEST(Agenda, ThenWhatSaysMostInASecond) {
  EXPECT_EQ(next_measurement({begun(1, 0.2, 2), begun(0.5, 0.3, 1)}, kPlenty), 1u);
  EXPECT_EQ(next_measurement({begun(1, 0.4, 2), begun(0.5, 0.3, 1)}, kPlenty), 0u);
}

TEST(Agenda, WhatIsDoneOrHasNoTimeLeftIsPassedOver) {
  Prospect done = begun(1, 1, 1);
  done.done = true;
  EXPECT_EQ(next_measurement({done, begun(0.1, 0.1, 1)}, kPlenty), 1u);
  EXPECT_EQ(next_measurement({begun(1, 1, 5), begun(0.1, 0.1, 1)}, Seconds(2)), 1u);
  EXPECT_EQ(next_measurement({done, begun(1, 1, 5)}, Seconds(2)), std::nullopt);
  EXPECT_EQ(next_measurement({}, kPlenty), std::nullopt);
}

// A whole profile, in which every turn halves an uncertainty: no measurement has its second turn
// before all have had their first, no turn is taken that another one beats, and the order in which
// measurements are listed does not matter for what is beaten.
TEST(Agenda, NoTurnIsTakenWhileABetterOneWaits) {
  std::mt19937 engine(7);
  std::uniform_real_distribution<double> any(0.1, 1);
  std::vector<Prospect> prospects;
  for (int i = 0; i < 12; ++i) prospects.push_back(new_one(any(engine)));
  std::size_t first_turns = 0;
  for (int turn = 0; turn < 100; ++turn) {
    const auto next = next_measurement(prospects, kPlenty);
    ASSERT_TRUE(next);
    Prospect& chosen = prospects[*next];
    if (!chosen.begun) {
      ++first_turns;
      EXPECT_EQ(turn + 1, static_cast<int>(first_turns));
      for (const Prospect& other : prospects) {
        if (!other.begun) {
          EXPECT_GE(chosen.importance, other.importance);
        }
      }
      chosen = begun(chosen.importance, any(engine), any(engine));
      continue;
    }
    EXPECT_EQ(first_turns, prospects.size());
    for (const Prospect& other : prospects) {
      EXPECT_GE(chosen.importance * chosen.uncertainty / chosen.cost.count(),
                other.importance * other.uncertainty / other.cost.count());
    }
    chosen.uncertainty /= 2;
  }
}

ProfileRow row(int samples, Time p10, Time median, Time p90) {
  ProfileRow made;
  made.samples = samples;
  made.p10 = p10;
  made.median = median;
  made.p90 = p90;
  return made;
}

// sigma = (125.63 - 100) / 2.563 = 10 ns; sqrt(pi / 2) 10 / sqrt(25) = 2.5066; 1.96 times that is
// 4.913 ns of 100.
TEST(RelativeUncertainty, IsTheConfidenceIntervalOfTheMedian) {
  EXPECT_NEAR(relative_uncertainty(row(25, 100'000_ps, 100'000_ps, 125'630_ps)), 0.04913, 1e-5);
  // Four times the samples, half the uncertainty.
  EXPECT_NEAR(relative_uncertainty(row(100, 100'000_ps, 100'000_ps, 125'630_ps)), 0.024565, 1e-5);
}

TEST(RelativeUncertainty, TwoSamplesSayNothing) {
  EXPECT_EQ(relative_uncertainty(row(2, 100_ps, 100_ps, 100_ps)), 1);
  EXPECT_EQ(relative_uncertainty(row(3, 100_ps, 100_ps, 100_ps)), 0);
}

}  // namespace
}  // namespace partita::exec
