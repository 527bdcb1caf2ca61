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

// Of three pairs, the first two plans overlap: nobody knows which takes longer. The third one is longer
// than both, which one prediction says and the other does not: (1 - 1) / 2.
TEST(KendallTau, LeavesOutPlansThatMeasurementsDoNotTellApart) {
  const RankingToldApart ranking = ranking_told_apart({{4, 1.0, 2.0}, {1, 1.9, 2.1}, {3, 3, 4}});
  EXPECT_EQ(ranking.all, 3u);
  EXPECT_EQ(ranking.pairs, 2u);
  EXPECT_DOUBLE_EQ(ranking.tau, 0);
  EXPECT_DOUBLE_EQ(ranking_told_apart({{2, 1, 2}, {1, 1.9, 2.1}, {3, 3, 4}}).tau, 1);
  EXPECT_DOUBLE_EQ(ranking_told_apart({{2, 3, 4}, {3, 1, 2}}).tau, -1);
  EXPECT_DOUBLE_EQ(ranking_told_apart({{2, 3, 4}, {2, 1, 2}}).tau, 0);
  EXPECT_EQ(ranking_told_apart({}).pairs, 0u);
}

}  // namespace
}  // namespace partita::exec
