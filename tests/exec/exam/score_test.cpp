#include "exec/exam/score.h"

#include <gtest/gtest.h>

#include <cmath>

namespace partita::exec {
namespace {

// Errors +10 %, -20 %, 0, +30 %: mean size 60 / 4 = 15, mean 20 / 4 = 5; nine in ten of four are four.
TEST(Score, IsOfRelativeErrors) {
  const Score found = score({{110, 100}, {160, 200}, {50, 50}, {130, 100}});
  EXPECT_EQ(found.pairs, 4u);
  EXPECT_DOUBLE_EQ(found.mape, 0.15);
  EXPECT_DOUBLE_EQ(found.bias, 0.05);
  EXPECT_DOUBLE_EQ(found.p90, 0.3);
}

TEST(Score, IsZeroOfNothing) { EXPECT_EQ(score({}).mape, 0); }

// Ten errors of 1 .. 10 %: nine of them are at most 9 %.
TEST(Score, KnowsWhatNineInTenStayBelow) {
  std::vector<Pair> pairs;
  for (int i = 1; i <= 10; ++i) pairs.push_back({100.0 + i, 100});
  EXPECT_NEAR(score(pairs).p90, 0.09, 1e-12);
}

// Of the six pairs of pairs, five agree and one does not: (5 - 1) / 6.
TEST(KendallTau, CountsWhatIsRankedAlike) {
  EXPECT_DOUBLE_EQ(kendall_tau({{1, 1}, {2, 2}, {3, 4}, {4, 3}}), 4.0 / 6);
  EXPECT_DOUBLE_EQ(kendall_tau({{1, 10}, {2, 20}, {3, 30}}), 1);
  EXPECT_DOUBLE_EQ(kendall_tau({{1, 30}, {2, 20}, {3, 10}}), -1);
}

// Two of three pairs differ in the prediction, all in the measurement: (2 - 0) / sqrt(2 * 3).
TEST(KendallTau, KnowsTies) {
  EXPECT_DOUBLE_EQ(kendall_tau({{1, 1}, {1, 2}, {2, 3}}), 2 / std::sqrt(6.0));
  EXPECT_EQ(kendall_tau({{1, 1}, {1, 2}}), 0);
  EXPECT_EQ(kendall_tau({}), 0);
}

}  // namespace
}  // namespace partita::exec
