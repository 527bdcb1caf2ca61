#include "partition/inputs/exit_policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace partita::inputs {
namespace {

using testing::Each;
using testing::ElementsAre;

ExitTimes times() { return {{Time{10}, Time{25}, Time{60}}, {Time{10}, Time{20}, Time{40}}}; }

// Easy inputs (x = 0) leave at once, hard ones (x = 1) never before the last exit.
struct Population {
  Rows features;
  std::vector<std::vector<bool>> sure;
  explicit Population(int count) {
    for (int i = 0; i < count; ++i) {
      features.push_back({static_cast<double>(i % 2)});
      sure.emplace_back(3, i % 2 == 0);
    }
  }
};

class ExitPolicies : public testing::Test {
 protected:
  std::vector<Time> taken(std::size_t number) {
    return times_of(policies_[number], times(), judged_.sure);
  }
  Population learned_{120}, judged_{40};
  ExitModel model_{ModelKind::Trees, learned_.features, learned_.sure};
  ExitModel blind_{ModelKind::Trees, Rows(120), learned_.sure};
  std::vector<ExitPolicy> policies_ =
      exit_policies(times(), model_, blind_, {judged_.features, judged_.sure}, 1);
};

TEST_F(ExitPolicies, AreFive) {
  std::vector<std::string> names;
  for (const ExitPolicy& policy : policies_) {
    names.push_back(policy.name);
    EXPECT_EQ(policy.starts.size(), 40u);
  }
  EXPECT_THAT(names, ElementsAre("exit by exit", "one plan", "analyzer", "shuffled", "oracle"));
}

// Blind: 40 from the first exit, 45 from the second, 60 from the third: all start with the first, and
// take (10 + 70) / 2. Who sees what is hard takes (10 + 60) / 2.
TEST_F(ExitPolicies, TheAnalyzerGivesEachInputItsPlan) {
  EXPECT_THAT(policies_[0].starts, Each(0u));
  EXPECT_THAT(policies_[1].starts, Each(0u));
  EXPECT_EQ(mean(taken(1)), Time{40});
  EXPECT_EQ(policies_[2].starts, policies_[4].starts);
  EXPECT_EQ(mean(taken(2)), Time{35});
}

// Features of others: as many inputs start with each exit, but not the right ones. A wrong one costs
// 60 - 10 or 70 - 60 more.
TEST_F(ExitPolicies, ShuffledFeaturesAreThoseOfOthers) {
  const auto& starts = policies_[3].starts;
  EXPECT_EQ(std::count(starts.begin(), starts.end(), 0u), 20);
  EXPECT_EQ(std::count(starts.begin(), starts.end(), 2u), 20);
  EXPECT_NE(starts, policies_[2].starts);
  EXPECT_GT(mean(taken(3)), Time{45});
}

TEST(Statistics, MeanAndQuantile) {
  const std::vector<Time> some{Time{4}, Time{1}, Time{3}, Time{2}};
  EXPECT_EQ(mean(some), Time{3});  // 2.5, a half rounds up
  EXPECT_EQ(quantile(some, 0.5), Time{2});
  EXPECT_EQ(quantile(some, 0.51), Time{3});
  EXPECT_EQ(quantile(some, 0.75), Time{3});
  EXPECT_EQ(quantile(some, 0.95), Time{4});
  EXPECT_EQ(quantile(some, 0), Time{1});
}

}  // namespace
}  // namespace partita::inputs
