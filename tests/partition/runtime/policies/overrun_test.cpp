#include "partition/runtime/policies/overrun.h"

#include <gtest/gtest.h>

#include "tests/support/allocations.h"

namespace partita {
namespace {

class OverrunTest : public testing::Test {
 protected:
  // So many requests under a configuration, each so many times as long as believed.
  void serve(const Configuration& under, double ratio, std::size_t times = Overrun::kRecent) {
    for (std::size_t i = 0; i < times; ++i) overrun_.answered(&under, ratio * 0.02, 0.02);
  }
  static Conditions slowed(double first) {
    Conditions made{{}, {}, {}};
    for (const double slowdown : {first, 1.0}) {
      made.slowdown.push_back(slowdown);
      made.present.push_back(true);
    }
    return made;
  }
  const Configuration home_{"home", {}, {}}, other_{"other", {}, {}};
  Overrun overrun_;
};

// Everything takes 1.1 times as long as believed at home, that is usual; 1.65 elsewhere is 1.5 times that
// (a little less, as that one begins to be usual).
TEST_F(OverrunTest, IsMeasuredAgainstWhatIsUsual) {
  EXPECT_EQ(overrun_.usual(), 1);
  serve(home_, 1.1);
  EXPECT_EQ(overrun_.of(&home_), 1);
  serve(other_, 1.65, Overrun::kRecent - 1);
  EXPECT_EQ(overrun_.of(&other_), 1);  // too few
  serve(other_, 1.65, 1);
  EXPECT_NEAR(overrun_.of(&other_), 1.5, 0.02);
  EXPECT_EQ(overrun_.of(&home_), 1);
  EXPECT_EQ(overrun_.of(nullptr), 1);
  EXPECT_NEAR(overrun_.usual(), 1.1, 0.02);
}

TEST_F(OverrunTest, IsNoneBelowWhatRealRequestsDifferByForGood) {
  serve(home_, 1);
  serve(other_, 1.24);
  EXPECT_EQ(overrun_.of(&other_), 1);
}

// The computer is slow for a while: whoever came instead is hardly better.
TEST_F(OverrunTest, WhileOneIsToldOfAllAre) {
  serve(home_, 1, 100);
  serve(other_, 1.2);
  EXPECT_EQ(overrun_.of(&other_), 1);
  serve(home_, 1.4);
  EXPECT_GT(overrun_.of(&home_), 1.3);
  EXPECT_NEAR(overrun_.of(&other_), 1.2, 0.06);
  const Configuration third{"third", {}, {}};
  serve(third, 0.5);
  EXPECT_EQ(overrun_.of(&third), 1);
}

// Three of seven that were held up are no rule.
TEST_F(OverrunTest, IsWhatIsTypical) {
  serve(home_, 1);
  serve(other_, 1, 4);
  serve(other_, 20, 3);
  EXPECT_EQ(overrun_.of(&other_), 1);
  serve(other_, 20, 1);
  EXPECT_NEAR(overrun_.of(&other_), 20, 1);
}

TEST_F(OverrunTest, IsRememberedForAWhile) {
  serve(home_, 1);
  serve(other_, 1.5);
  serve(home_, 1, Overrun::kRemember - 1);
  EXPECT_GT(overrun_.of(&other_), 1.3);
  serve(home_, 1, 1);
  EXPECT_EQ(overrun_.of(&other_), 1);
}

// A quarter is how much conditions must differ; what was seen of the configuration in force was seen
// under others.
TEST_F(OverrunTest, IsForgottenWhenConditionsChange) {
  overrun_.now(slowed(1), &home_);
  serve(home_, 1);
  serve(other_, 1.5);
  overrun_.now(slowed(1.2), &other_);
  EXPECT_GT(overrun_.of(&other_), 1.3);
  overrun_.now(slowed(1.3), &other_);
  EXPECT_EQ(overrun_.of(&other_), 1);
  serve(other_, 1.5, Overrun::kRecent - 1);
  EXPECT_EQ(overrun_.of(&other_), 1);
}

TEST_F(OverrunTest, AllocatesNothing) {
  const Conditions slow = slowed(2);
  overrun_.now(slowed(1), &home_);
  const std::size_t before = test::allocations();
  for (int i = 0; i < 10; ++i) serve(i % 2 == 0 ? home_ : other_, 1 + 0.1 * i);
  overrun_.now(slow, &home_);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace partita
