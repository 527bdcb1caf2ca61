#include "partition/runtime/policies/background_search.h"

#include <gtest/gtest.h>

#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

// Wherever layers run, a request takes 400 us. All on p, p works 400 us and both 200 on average: an
// imbalance of 200.
class BackgroundSearchTest : public testing::Test, protected test::ChainOnTwo {
 protected:
  BackgroundSearchTest() { build(1); }
  // In a package whose processors take so much longer while both are busy.
  void build(double slowdown) {
    ChainOnTwo::build(slowdown);
    problem.steps = 200;
    problem.in_flight = 2;
    all_on_p_ = std::make_shared<Plan>(test::plan_of(*network, *hardware, {{0, 1, 2, 3}, {}}));
  }

  std::optional<std::vector<BackgroundSearch::SharedPlan>> found(double waiting) const {
    BackgroundSearch search(problem);
    search.begin(Conditions::undisturbed(*hardware), nullptr, {{all_on_p_}}, waiting);
    while (search.is_busy()) search.step();
    return search.take_result();
  }

  std::shared_ptr<const Plan> all_on_p_;
};

TEST_F(BackgroundSearchTest, WhereNobodyWaitsAChainIsAsGoodOnOneProcessor) {
  EXPECT_FALSE(found(0));
}

// 400 us + half of 200 of imbalance; two layers each, and it is 400 us and 2 ns.
TEST_F(BackgroundSearchTest, WhereOthersWaitBothWork) {
  const auto plans = found(0.5);
  ASSERT_TRUE(plans);
  EXPECT_EQ(plans->front()->order(ProcessorId{0}).size(), 2u);
  EXPECT_EQ(plans->front()->order(ProcessorId{1}).size(), 2u);
}

// One request keeps one of both busy at a time, and has an imbalance of 0; of two in flight, each keeps
// the other's processor at 2.5 x 200 us: one in 500 us, where p alone answers one in 400.
TEST_F(BackgroundSearchTest, WhereBothDisturbEachOtherOneWorks) {
  build(2.5);
  EXPECT_FALSE(found(0.5));
  build(1.5);  // 300 us
  EXPECT_TRUE(found(0.5));
}

}  // namespace
}  // namespace partita
