// A processor that is slow and well in turn.
#include "partition/runtime/policies/turns.h"

#include <gtest/gtest.h>

#include <functional>

namespace partita {
namespace {

constexpr ProcessorId kP{0};

class TurnsTest : public testing::Test {
 protected:
  // Told each 2 ms of layers that began 3 ms before: whoever decides is 5 ms late.
  void run(Time from, Time until, const std::function<double(Time)>& slowdown) {
    for (Time now = from; now < until; now += 2ms) {
      const std::vector<LayerReading> layers{
          {.processor = kP, .measured = 1ms, .start = knows_starts_ ? now - 3ms : Time{-1}}};
      turns_.told(now, layers);
      turns_.seen(now, kP, slowdown(now));
    }
  }
  static std::function<double(Time)> in_turn(Time stay, double factor = 5) {
    return [=](Time now) { return now / stay % 2 == 1 ? factor : 1.0; };
  }

  Turns turns_{1};
  bool knows_starts_ = true;
};

// Slow from 100 until 120 ms: that is over, but whether it comes again nobody knows.
TEST_F(TurnsTest, WhatCameBackOnceCountsAsItIs) {
  run(10ms, 140ms, [](Time now) { return 100ms <= now && now < 120ms ? 5.0 : 1.0; });
  EXPECT_EQ(turns_.lasting(kP, 1), 1);
  EXPECT_EQ(turns_.lasting(kP, 5), 5);
}

// 20 ms each: a quarter of the time that a decision is in force is like the stay before.
TEST_F(TurnsTest, WhoeverIsLateMeetsWhatWasBefore) {
  run(10ms, 110ms, in_turn(20ms));
  EXPECT_NEAR(turns_.late(), 5e-3, 1e-12);
  EXPECT_NEAR(turns_.lasting(kP, 5), 1 / (0.75 / 5 + 0.25), 1e-9);
  run(110ms, 126ms, in_turn(20ms));
  EXPECT_NEAR(turns_.lasting(kP, 1), 1 / (0.75 + 0.25 / 5), 1e-9);
}

// 4 ms each, less than anybody sees in time: half of both.
TEST_F(TurnsTest, WhatNobodyCanFollowCountsInTheMean) {
  run(10ms, 111ms, in_turn(4ms));
  EXPECT_NEAR(turns_.lasting(kP, 5), 1 / (0.5 / 5 + 0.5), 1e-9);
  run(112ms, 115ms, in_turn(4ms));
  EXPECT_NEAR(turns_.lasting(kP, 1), 1 / (0.5 / 5 + 0.5), 1e-9);
}

// 4 ms slow, 20 ms well: a sixth of the time is slow.
TEST_F(TurnsTest, TheMeanIsOfAllTime) {
  run(10ms, 209ms, [](Time now) { return now % 24ms < 4ms ? 5.0 : 1.0; });
  EXPECT_NEAR(turns_.lasting(kP, 1), 1 / (5.0 / 6 + 1.0 / 6 / 5), 1e-9);
}

// It turned each 20 ms, and then stays slow: after 200 ms hardly anything speaks against that.
TEST_F(TurnsTest, WhoStaysIsBelieved) {
  run(10ms, 100ms, in_turn(20ms));
  run(100ms, 301ms, [](Time) { return 5.0; });
  EXPECT_NEAR(turns_.lasting(kP, 5), 1 / (0.975 / 5 + 0.025), 1e-9);
}

TEST_F(TurnsTest, WhoWaversALittleDoesNotTurn) {
  run(10ms, 99ms, in_turn(4ms, 1.2));  // now it is well
  EXPECT_EQ(turns_.lasting(kP, 1), 1);
}

TEST_F(TurnsTest, WhereNobodyKnowsHowOldReadingsAreWhatIsNowCounts) {
  knows_starts_ = false;
  run(10ms, 110ms, in_turn(20ms));
  EXPECT_DOUBLE_EQ(turns_.lasting(kP, 5), 5);
}

}  // namespace
}  // namespace partita
