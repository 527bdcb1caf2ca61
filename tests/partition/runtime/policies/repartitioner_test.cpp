#include "partition/runtime/policies/repartitioner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

using test::StreamRecord;
using test::World;
using testing::HasSubstr;

class RepartitionerTest : public testing::Test, protected test::TwoProcessors {
 protected:
  StreamRecord run(const World& world, std::size_t requests, RepartitionOptions options = {}) {
    Repartitioner policy(problem, library(), options);
    return run_stream(problem, policy, world, arrivals(requests));
  }
};

TEST_F(RepartitionerTest, StaysWhileAllIsAsExpected) {
  const StreamRecord record = run(q_slower(1, 0ms), 100);
  EXPECT_EQ(record.switches, 0u);
  EXPECT_NEAR(record.mean(), 410e-6, 1e-12);
}

// q takes 200 us a layer from request 50 on: four there end at 800 us; with three there and five,
// or the light one, too, on p it is 600. Two requests are needed to believe it.
TEST_F(RepartitionerTest, MovesLayersAwayFromAProcessorThatHasBecomeSlow) {
  const StreamRecord record = run(q_slower(2, 500ms), 100);
  ASSERT_EQ(record.switches, 1u);
  EXPECT_THAT(record.reasons.front(), HasSubstr("q takes 1.98 x its expected time"));
  EXPECT_EQ(record.service[49], 410us);
  EXPECT_EQ(record.service[51], 800us);
  EXPECT_EQ(record.service[52], 600us);
  EXPECT_EQ(record.service[99], 600us);
}

TEST_F(RepartitionerTest, ComesBackWhenAllIsWellAgain) {
  const StreamRecord record = run(q_slower(2, 500ms, 1'000ms), 200);
  EXPECT_EQ(record.switches, 2u);
  EXPECT_EQ(record.service[99], 600us);
  EXPECT_EQ(record.service[102], 410us);
}

// 20 times slower, q gets nothing: 810 us on p alone. Every eighth request then runs the light
// layer on q, 200 us beside the other 800; when that takes 10 us again, the next one looks, too, and
// the second is believed.
TEST_F(RepartitionerTest, AProbeSeesThatAProcessorThatNobodyUsesIsWellAgain) {
  const StreamRecord record = run(q_slower(20, 500ms, 1'000ms), 200);
  EXPECT_EQ(record.switches, 2u);
  const auto probes = std::count(record.service.begin() + 60, record.service.begin() + 100, 800us);
  EXPECT_EQ(probes, 40 / Probes::kEvery);
  EXPECT_EQ(record.service[99 + Probes::kEvery + 2], 410us);
}

TEST_F(RepartitionerTest, WithoutProbesAnUnusedProcessorIsForgottenAfterAWhile) {
  problem.probes = false;
  RepartitionOptions options;
  options.estimates.forget_after = 30;
  const StreamRecord record = run(q_slower(20, 500ms, 700ms), 200, options);
  EXPECT_EQ(record.switches, 2u);
  EXPECT_EQ(record.service[75], 810us);
  EXPECT_EQ(record.service[85], 410us);
}

}  // namespace
}  // namespace partita
