#include "partition/adapt/slowdown.h"

#include <gtest/gtest.h>

namespace partita {
namespace {

Slowdown::Sample sample(std::int64_t measured, std::int64_t expected) {
  return {Time{measured}, Time{expected}};
}

TEST(Slowdown, IsOneUntilHalfAWindowIsSeen) {
  // A window of 5 wants 3 inferences.
  Slowdown slowdown(5, 100);
  for (int i = 0; i < 2; ++i) slowdown.observe({sample(200, 100)});
  EXPECT_EQ(slowdown.value(), 1.0);
  slowdown.observe({sample(200, 100)});
  EXPECT_EQ(slowdown.value(), 2.0);
}

TEST(Slowdown, SeesSomebodyWhoSharesTheCoreByTurns) {
  // Of ten layers of 100 ps, nine run undisturbed and one waits for a turn of 1000 ps:
  // (900 + 1100) / 1000.
  std::vector<Slowdown::Sample> samples(9, sample(100, 100));
  samples.push_back(sample(1100, 100));
  Slowdown slowdown(1, 100);
  slowdown.observe(samples);
  EXPECT_DOUBLE_EQ(slowdown.value(), 2.0);
}

TEST(Slowdown, ASpikeInOneInferenceMovesNothing) {
  Slowdown slowdown(3, 100);
  slowdown.observe({sample(110, 100), sample(110, 100)});
  slowdown.observe({sample(110, 100), sample(15'000, 100)});
  slowdown.observe({sample(110, 100), sample(110, 100)});
  EXPECT_DOUBLE_EQ(slowdown.value(), 1.1);
}

TEST(Slowdown, ManyTinyLayersDoNotOutvoteALongOne) {
  // Nine layers of 1 ps at 9 x, one of 100 ps at 2 x: (81 + 200) / 109 = 2.58.
  std::vector<Slowdown::Sample> samples(9, sample(9, 1));
  samples.push_back(sample(200, 100));
  Slowdown slowdown(1, 100);
  slowdown.observe(samples);
  EXPECT_DOUBLE_EQ(slowdown.value(), 281.0 / 109);
}

TEST(Slowdown, IgnoresOneDisturbedInference) {
  Slowdown slowdown(5, 100);
  for (const std::int64_t measured : {100, 101, 900, 99, 100})
    slowdown.observe({sample(measured, 100)});
  EXPECT_EQ(slowdown.value(), 1.0);
}

TEST(Slowdown, FollowsAChangeAfterMoreThanHalfAWindow) {
  Slowdown slowdown(5, 100);
  for (int i = 0; i < 5; ++i) slowdown.observe({sample(100, 100)});
  for (int i = 0; i < 2; ++i) slowdown.observe({sample(300, 100)});
  EXPECT_EQ(slowdown.value(), 1.0);
  slowdown.observe({sample(300, 100)});
  EXPECT_EQ(slowdown.value(), 3.0);
}

TEST(Slowdown, LittleWorkIsLittleEvidence) {
  // Five inferences of 100 ps at 3 x, then ones of 20 ps at 1 x. The window holds 5 * 100: with the
  // 14th it has 280 at 1 x and three of 100 at 3 x, with the 15th 300 and two.
  Slowdown slowdown(5, 100);
  for (int i = 0; i < 5; ++i) slowdown.observe({sample(300, 100)});
  for (int i = 0; i < 14; ++i) slowdown.observe({sample(20, 20)});
  EXPECT_EQ(slowdown.value(), 3.0);
  slowdown.observe({sample(20, 20)});
  EXPECT_EQ(slowdown.value(), 1.0);
}

TEST(Slowdown, OneHeavyInferenceDoesNotOutvoteTheLightOnes) {
  // 5 * 20 and one of 100 are 200 of the 500 wanted; two are 300, more than half.
  Slowdown slowdown(5, 100);
  for (int i = 0; i < 5; ++i) slowdown.observe({sample(20, 20)});
  slowdown.observe({sample(300, 100)});
  EXPECT_EQ(slowdown.value(), 1.0);
  slowdown.observe({sample(300, 100)});
  EXPECT_EQ(slowdown.value(), 3.0);
}

// As above, but what was light and well is slow again when it gets work: the second fall wants
// another 5 * 100 ps, 25 inferences of 20.
TEST(Slowdown, WhatHidesFromLightWorkIsBelievedLessTheSecondTime) {
  Slowdown slowdown(5, 100);
  const auto inferences_until = [&](double value, std::int64_t measured, std::int64_t expected) {
    int count = 0;
    while (slowdown.value() != value && count < 1000) {
      slowdown.observe({sample(measured, expected)});
      ++count;
    }
    return count;
  };
  for (int i = 0; i < 5; ++i) slowdown.observe({sample(300, 100)});
  EXPECT_EQ(inferences_until(1, 20, 20), 15);
  inferences_until(3, 300, 100);
  for (int i = 0; i < 5; ++i) slowdown.observe({sample(300, 100)});
  EXPECT_EQ(inferences_until(1, 20, 20), 15 + 24);
  inferences_until(3, 300, 100);
  for (int i = 0; i < 5; ++i) slowdown.observe({sample(300, 100)});
  EXPECT_EQ(inferences_until(1, 20, 20), 15 + 74);
}

TEST(Slowdown, IsForgottenWhenNobodyUsesTheProcessor) {
  Slowdown slowdown(3, 4);
  for (int i = 0; i < 3; ++i) slowdown.observe({sample(300, 100)});
  for (int i = 0; i < 3; ++i) slowdown.observe({});
  EXPECT_EQ(slowdown.value(), 3.0);
  slowdown.observe({});
  EXPECT_EQ(slowdown.value(), 1.0);
}

}  // namespace
}  // namespace partita
