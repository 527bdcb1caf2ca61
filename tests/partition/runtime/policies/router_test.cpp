// Requests that find others on their way.
#include "partition/runtime/policies/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

using test::TwoProcessors;
using testing::IsNull;
using testing::NotNull;

// All on p: 810 us alone. Weights are everywhere.
class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    world_.problem.replicates = true;
    library_ = world_.library();
    const Placement placement = all_on(*world_.network, *world_.hardware, TwoProcessors::kP);
    auto plan = std::get<Plan>(make_plan(*world_.network, *world_.hardware, placement, "test"));
    configuration_.plans = {std::make_shared<Plan>(std::move(plan))};
    configuration_.also = library_->candidates.front().weights;
  }
  Router router(double slowdown_of_q = 1, std::optional<Router::Way> always = Router::Way::All) {
    const auto slowdown = [=](ProcessorId p) {
      return p == TwoProcessors::kQ ? slowdown_of_q : 1.0;
    };
    return {world_.problem,
            *library_,
            {[=](std::size_t, LayerId, ProcessorId p) { return slowdown(p); }, slowdown,
             [this](ProcessorId p) { return p != lost_; }},
            always};
  }
  std::size_t on_q(const std::shared_ptr<const Plan>& plan) const {
    return plan->order(TwoProcessors::kQ).size();
  }

  TwoProcessors world_;
  std::shared_ptr<const PlanLibrary> library_;
  Configuration configuration_;
  std::optional<ProcessorId> lost_;
};

TEST_F(RouterTest, WhoIsAloneRunsByThePlanInForce) {
  Router router = this->router();
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), IsNull());
  router.answered(810us);
  EXPECT_THAT(router.choose(900us, 0, configuration_), IsNull());
}

// p is busy until 810 us. All on q ends at 810 us, too; four on each not before 1210 us.
TEST_F(RouterTest, TheSecondGoesWhereNobodyIs) {
  Router router = this->router();
  router.choose(Time{0}, 0, configuration_);
  const auto second = router.choose(Time{0}, 0, configuration_);
  ASSERT_THAT(second, NotNull());
  EXPECT_EQ(on_q(second), 9U);
}

// On q, which is three times slower, all takes 2.43 ms; behind the first on p it ends at 1.62 ms.
// With some on q while p is busy: sooner. 700 us after the first began, it is best to wait for p.
TEST_F(RouterTest, HowThingsAreNowCounts) {
  Router router = this->router(3);
  router.choose(Time{0}, 0, configuration_);
  const auto at_once = router.choose(Time{0}, 0, configuration_);
  ASSERT_THAT(at_once, NotNull());
  EXPECT_GT(on_q(at_once), 0U);
  EXPECT_LT(on_q(at_once), 9U);
  Router later = this->router(30);
  later.choose(Time{0}, 0, configuration_);
  EXPECT_THAT(later.choose(700us, 0, configuration_), IsNull());
}

TEST_F(RouterTest, NobodyIsSentToWhoIsLost) {
  Router router = this->router();
  lost_ = TwoProcessors::kQ;
  router.choose(Time{0}, 0, configuration_);
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), IsNull());
  lost_ = TwoProcessors::kP;  // the plan in force cannot run
  const auto third = router.choose(Time{0}, 0, configuration_);
  ASSERT_THAT(third, NotNull());
  EXPECT_EQ(on_q(third), 9U);
}

TEST_F(RouterTest, NobodyIsSentWhereWeightsAreNot) {
  configuration_.also.clear();
  Router router = this->router();
  router.choose(Time{0}, 0, configuration_);
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), IsNull());
}

// One in 10 ms, each alone: other plans are worth nothing.
TEST_F(RouterTest, WhereRequestsHardlyMeetTheUsualPlanServes) {
  Router router = this->router(1, std::nullopt);
  EXPECT_EQ(router.way(0), Router::Way::Usual);
  router.choose(Time{0}, 0, configuration_);
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), IsNull());
}

// One each 400 us, two at a time: who finds p busy had better go to q.
TEST_F(RouterTest, WhereTheyMeetOtherWaysAreTriedAheadOfTime) {
  world_.problem.arrivals_per_second = 2'500;
  world_.problem.in_flight = 2;
  EXPECT_NE(router(1, std::nullopt).way(0), Router::Way::Usual);
}

// Two at a time, all at once: both processors are always busy, whichever way, so one in 405 us.
TEST_F(RouterTest, WhoEndsSoonerMayKeepOthersWaitingAsLong) {
  world_.problem.arrivals_per_second = 2'500;
  world_.problem.in_flight = 2;
  EXPECT_EQ(router(1, std::nullopt).way_of_many(0), Router::Way::Usual);
}

// More wait than run: who ends soonest no longer counts, but who keeps others waiting least. Of a
// configuration that was not there when ways were tried nobody knows that: its own plan.
TEST_F(RouterTest, WhileManyWaitOnlyWhatWasTriedServes) {
  Router router = this->router();
  router.choose(Time{0}, 0, configuration_);
  router.waiting(2);
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), IsNull());
  router.waiting(1);
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), NotNull());
  router.waiting(2);
  EXPECT_THAT(router.choose(Time{0}, 0, *library_->candidates.front().configuration), NotNull());
}

TEST_F(RouterTest, WhatWasGivenUpIsNotOutstanding) {
  Router router = this->router();
  router.choose(Time{0}, 0, configuration_);
  router.running(0);
  EXPECT_THAT(router.choose(Time{0}, 0, configuration_), IsNull());
}

}  // namespace
}  // namespace partita
