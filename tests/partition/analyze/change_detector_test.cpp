// Streams: statistics that keep nothing, and how soon a change is noticed, and how seldom none.
#include "partition/analyze/change_detector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/random.h"
#include "partition/analyze/feature_stream.h"
#include "partition/analyze/stream_statistics.h"

namespace partita::analyze {
namespace {

double uniform(Random& random) {
  return (static_cast<double>(random.bits() >> 11) + 0.5) * 0x1p-53;
}
// Box, Muller (1958).
double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(uniform(random)));
  return radius * std::cos(2 * std::acos(-1.0) * uniform(random));
}
// Variance 1, heavy tails.
double laplace(Random& random) {
  const double u = uniform(random) - 0.5;
  return -std::copysign(std::log(1 - 2 * std::abs(u)), u) / std::sqrt(2.0);
}

TEST(RunningStatistics, OfAFewNumbers) {
  RunningStatistics found;
  for (const double x : {2.0, 4.0, 9.0}) found.add(x);
  EXPECT_EQ(found.count(), 3);
  EXPECT_DOUBLE_EQ(found.mean(), 5);
  EXPECT_DOUBLE_EQ(found.variance(), 13);  // (9 + 1 + 16) / 2
  EXPECT_EQ(found.least(), 2);
  EXPECT_EQ(found.most(), 9);
}

TEST(RunningStatistics, AFarMeanCostsNoDigits) {
  RunningStatistics found;
  for (int i = 0; i < 1000; ++i) found.add(1e9 + i % 2);
  EXPECT_NEAR(found.variance(), 0.25 * 1000 / 999, 1e-9);
}

TEST(RecentStatistics, WeighTheLastMost) {
  // alpha 1/2, 4 then 10: weights 1/4 and 1/2 of 3/4: mean 8; variance (16 + 2 x 4) / 3 = 8.
  RecentStatistics found(0.5);
  found.add(4);
  EXPECT_DOUBLE_EQ(found.mean(), 4);
  EXPECT_DOUBLE_EQ(found.variance(), 0);
  found.add(10);
  EXPECT_DOUBLE_EQ(found.mean(), 8);
  EXPECT_DOUBLE_EQ(found.variance(), 8);
  for (int i = 0; i < 60; ++i) found.add(1);
  EXPECT_NEAR(found.mean(), 1, 1e-12);
}

TEST(ChangeDetector, ThresholdFollowsFromTheRunLength) {
  // Published for two sides, k = 0.5: h = 4 gives 168, h = 5 gives 465 (Hawkins, Olwell, "Cumulative
  // Sum Charts" (1998), table 3.1).
  EXPECT_NEAR(ChangeDetector::run_length(4, 0.5), 168, 2);
  EXPECT_NEAR(ChangeDetector::run_length(5, 0.5), 465, 5);
  EXPECT_NEAR(ChangeDetector::run_length(ChangeDetector(1000).threshold(), 0.5), 1000, 1e-6);
}

template <class Draw>
double mean_run_length(double wanted, Draw&& draw) {
  Random random(5);
  constexpr int kRuns = 1000;
  std::int64_t observations = 0;
  for (int run = 0; run < kRuns; ++run) {
    ChangeDetector detector(wanted);
    // A scale and a place of its own: the detector knows neither.
    while (!detector.observe(1000 + 3 * draw(random))) ++observations;
  }
  return static_cast<double>(observations) / kRuns;
}

TEST(ChangeDetector, FalseAlarmsComeAsOftenAsSaid) {
  // The standard error of 1,000 run lengths, which are nearly geometric, is 3 %.
  EXPECT_NEAR(mean_run_length(300, normal) / 300, 1, 0.1);
}

TEST(ChangeDetector, FalseAlarmsOfOtherDistributions) {
  const double flat =
      mean_run_length(300, [](Random& random) { return std::sqrt(12.0) * uniform(random); });
  const double heavy = mean_run_length(300, laplace);
  EXPECT_GT(flat, 300);
  // Measured: see the class comment. A warning, not a promise.
  EXPECT_GT(heavy, 100);
  EXPECT_LT(heavy, 300);
}

double mean_delay(double shift) {
  Random random(9);
  constexpr int kRuns = 400;
  constexpr int kBefore = 200;
  int noticed = 0;
  std::int64_t delay = 0;
  for (int run = 0; run < kRuns; ++run) {
    ChangeDetector detector(10'000);
    bool early = false;
    for (int i = 0; i < kBefore; ++i) early = detector.observe(normal(random)).has_value() || early;
    if (early) continue;
    ++noticed;
    for (std::int64_t i = 1;; ++i) {
      if (const auto change = detector.observe(normal(random) + shift)) {
        EXPECT_EQ(change->noticed, kBefore + i - 1);
        EXPECT_EQ(change->upwards, shift > 0);
        EXPECT_NEAR(change->before, 0, 0.4);
        delay += i;
        break;
      }
    }
  }
  EXPECT_GT(noticed, kRuns * 9 / 10);
  return static_cast<double>(delay) / noticed;
}

TEST(ChangeDetector, NoticesAShiftSoon) {
  // h = 8.05 at k = 0.5; a known shift d is noticed after about (h + 1.166) / (d - k): 18 of 1, 6 of 2.
  // A baseline that learns what it sees takes a little longer.
  EXPECT_NEAR(ChangeDetector(10'000).threshold(), 8.05, 0.05);
  EXPECT_LT(mean_delay(1), 1.3 * 9.2 / 0.5);
  EXPECT_LT(mean_delay(2), 1.3 * 9.2 / 1.5);
  EXPECT_LT(mean_delay(-2), 1.3 * 9.2 / 1.5);
  EXPECT_GT(mean_delay(2), 3);
}

TEST(ChangeDetector, OneWildObservationIsNoChange) {
  Random random(2);
  ChangeDetector detector(1000);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(detector.observe(normal(random) + (i == 50 ? 1e6 : 0)).has_value()) << i;
  }
}

TEST(ChangeDetector, KnowsWhereAConstantChanged) {
  ChangeDetector detector(1000);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(detector.observe(5).has_value());
  std::optional<ChangeDetector::Change> change;
  for (int i = 0; i < 5 && !change; ++i) change = detector.observe(6);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->since, 20);
  EXPECT_EQ(change->before, 5);
  EXPECT_TRUE(change->upwards);
}

TEST(FeatureStream, SaysWhichFeatureChangedAndWhen) {
  Random random(4);
  FeatureStream stream(1000);
  std::vector<FeatureStream::Change> changes;
  for (int i = 0; i < 60; ++i) {
    InputFeatures features;
    features[Feature::Mean] = 100 + normal(random) + (i >= 40 ? 10 : 0);
    features[Feature::Variance] = 50 + normal(random);
    if (i % 2 == 0) features[Feature::GradientY] = 3;  // applies to every other input
    for (const auto& change : stream.observe(features)) changes.push_back(change);
  }
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].feature, Feature::Mean);
  EXPECT_TRUE(changes[0].upwards);
  // The sum may have left 0 a little before, by chance.
  EXPECT_NEAR(static_cast<double>(changes[0].since), 40, 5);
  EXPECT_LE(changes[0].noticed, 44);
  EXPECT_NEAR(changes[0].before, 100, 1);
  EXPECT_EQ(stream.statistics(Feature::GradientY).count(), 30);
  EXPECT_EQ(stream.statistics(Feature::Height).count(), 0);
}

}  // namespace
}  // namespace partita::analyze
