#include "partition/runtime/policies/queueing.h"

#include <gtest/gtest.h>

namespace partita {
namespace {

// One at a time, 10 ms each.
constexpr ServiceTimes kTenMilliseconds{0.01, 0.01, 0.0001};

// 50 a second for 2 s: utilisation 0.5, so each waits 50 * 0.0001 / (2 * 0.5) = 5 ms and takes 10.
TEST(CostOver, ChargesServiceAndWaiting) {
  EXPECT_NEAR(cost_over(kTenMilliseconds, 50, 0, 2), 100 * 0.015, 1e-12);
}

// 10 wait; 100 - 50 leave a second more than come: 0.2 s until none does, 1 request-second in all.
TEST(CostOver, ChargesTheBacklogUntilItIsGone) {
  EXPECT_NEAR(cost_over(kTenMilliseconds, 50, 10, 2), 1.5 + 1, 1e-12);
}

// 60 wait, and after 1 s still 10: on average 35.
TEST(CostOver, ChargesABacklogThatOutlastsTheHorizon) {
  EXPECT_NEAR(cost_over(kTenMilliseconds, 50, 60, 1), 0.75 + 35, 1e-12);
}

// 150 a second come, 100 leave: after 2 s 100 wait, on average 50. Utilisation counts as 0.95:
// waiting is 95 * 0.0001 / 0.1 = 95 ms.
TEST(CostOver, ChargesAQueueThatGrows) {
  EXPECT_NEAR(cost_over(kTenMilliseconds, 150, 0, 2), 300 * (0.01 + 0.095) + 100, 1e-9);
}

// Two at once that take 10 ms each and keep nothing busy for longer than 5: one every 5 ms.
TEST(CostOver, KnowsThatPeriodsAreShorterThanLatencies) {
  const ServiceTimes two{0.01, 0.005, 0.000025};
  EXPECT_NEAR(cost_over(two, 100, 0, 1), 100 * (0.01 + 100 * 0.000025 / (2 * 0.5)), 1e-12);
}

// Waiting at utilisation 0.5 is 5 ms; periods of 10.01 ms make 0.5 * 10.01 / 10 of it:
// 50 * 0.01001^2 / (2 * (1 - 0.5005)) = 5.015 ms, 1.5 of the 10 us.
TEST(WaitingSlope, IsWhatLongerPeriodsCostThoseBehind) {
  EXPECT_NEAR(waiting_slope(kTenMilliseconds, 50), 1.5, 1e-12);
  const ServiceTimes longer{0.01, 0.01001, 0.0001002001};
  const double more =
      (cost_over(longer, 50, 0, 1) - cost_over(kTenMilliseconds, 50, 0, 1)) / 50 / 0.00001;
  EXPECT_NEAR(more, 1.5, 0.01);
  EXPECT_NEAR(waiting_slope(kTenMilliseconds, 0), 0, 1e-12);
  EXPECT_GT(waiting_slope(kTenMilliseconds, 200), 100);  // an overload counts as 0.95
}

TEST(BacklogAfter, ShrinksToNothingOrGrows) {
  EXPECT_DOUBLE_EQ(backlog_after(kTenMilliseconds, 50, 10, 0.1), 5);
  EXPECT_DOUBLE_EQ(backlog_after(kTenMilliseconds, 50, 10, 1), 0);
  EXPECT_DOUBLE_EQ(backlog_after(kTenMilliseconds, 150, 10, 1), 60);
}

}  // namespace
}  // namespace partita
