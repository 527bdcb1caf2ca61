#include "models/base/median_interval.h"

#include <gtest/gtest.h>

namespace partita {
namespace {

// n values 1, 2, ... ps, the largest first.
std::vector<Time> values(int n) {
  std::vector<Time> all;
  for (int i = n; i > 0; --i) all.push_back(Time{i});
  return all;
}

// Of 5 values all lie on one side of the median with a probability of 2 / 2^5 = 6.25 %, of 6 with
// one of 3.1 %.
TEST(MedianInterval, NeedsSixValues) {
  EXPECT_EQ(median_interval({}), std::nullopt);
  EXPECT_EQ(median_interval(values(5)), std::nullopt);
  EXPECT_EQ(median_interval(values(6)), (MedianInterval{Time{1}, Time{6}}));
}

// At most k - 1 of n values below it: n = 8: 2 (1 + 8) / 256 = 7.0 % for k = 2, 0.8 % for k = 1.
// n = 9: 2 (1 + 9) / 512 = 3.9 % for k = 2. n = 15: 2 (1 + 15 + 105 + 455) / 32768 = 3.5 % for
// k = 4, with 1365 more 11.8 % for k = 5. n = 100: 3.5 % for k = 40, 5.7 % for k = 41 (Le Boudec's
// table A.1: 40 and 61).
TEST(MedianInterval, IsBetweenTheRanksOfTheTable) {
  EXPECT_EQ(median_interval(values(8)), (MedianInterval{Time{1}, Time{8}}));
  EXPECT_EQ(median_interval(values(9)), (MedianInterval{Time{2}, Time{8}}));
  EXPECT_EQ(median_interval(values(15)), (MedianInterval{Time{4}, Time{12}}));
  EXPECT_EQ(median_interval(values(100)), (MedianInterval{Time{40}, Time{61}}));
}

// n = 10^4: n / 2 - 1.96 sqrt(n) / 2 = 4902 by the normal law.
TEST(MedianInterval, StandsManyValues) {
  const auto interval = median_interval(values(10'000));
  ASSERT_TRUE(interval);
  EXPECT_NEAR(static_cast<double>(interval->low.count()), 4902, 1);
  EXPECT_NEAR(static_cast<double>(interval->high.count()), 5099, 1);
}

TEST(MedianInterval, HalfWidthIsAPartOfTheMedian) {
  EXPECT_DOUBLE_EQ((MedianInterval{Time{980}, Time{1'030}}).half_width(Time{1'000}), 0.025);
}

}  // namespace
}  // namespace partita
