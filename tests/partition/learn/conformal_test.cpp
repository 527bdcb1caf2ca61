#include "partition/learn/conformal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/base/random.h"

namespace partita::learn {
namespace {

// Nine scores and the one to come: 0.8 of ten are eight, so the eighth smallest.
TEST(ConformalQuantile, CountsTheOneToCome) {
  EXPECT_EQ(conformal_quantile({{1, 2, 3, 4, 5, 6, 7, 8, 9}}, 0.8), 8);
  EXPECT_EQ(conformal_quantile({{1, 2, 3, 4, 5, 6, 7, 8, 9}}, 0.95), 9);  // more than there are
}

// One score of 10 in its own group weighs as much as four of 1: half lies above 1.
TEST(ConformalQuantile, GroupsWeighTheSame) {
  EXPECT_EQ(conformal_quantile({{1, 1, 1, 1}, {10}}, 0.5), 10);
  EXPECT_EQ(conformal_quantile({{1, 1, 1, 1, 10}}, 0.5), 1);
  EXPECT_EQ(conformal_quantile({{}, {}}, 0.9), 0);
}

// Whatever the distribution, nine of ten new scores lie below (within what 400 trials tell).
TEST(ConformalQuantile, CoversWhatItPromises) {
  Random random(3);
  const auto score = [&] {
    const auto x = static_cast<double>(random.below(1 << 20));
    return x * x;
  };
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> scores;
    for (int i = 0; i < 50; ++i) scores.push_back(score());
    covered += score() <= conformal_quantile({scores}, 0.9);
  }
  EXPECT_GT(covered, 0.86 * kTrials);
  EXPECT_LT(covered, 0.95 * kTrials);
}

}  // namespace
}  // namespace partita::learn
