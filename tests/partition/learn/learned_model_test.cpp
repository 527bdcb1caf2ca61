#include "partition/learn/learned_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "models/base/diagnostics.h"
#include "tests/support/text_file.h"

namespace partita::learn {
namespace {

DeviceFeatures device(const std::string& name, double gigabytes, double gb_per_s) {
  DeviceFeatures device;
  device.name = name;
  device.peak[static_cast<std::size_t>(DataType::F32)] = FlopRate{10'000'000'000'000};
  device.bandwidth = Bandwidth{static_cast<std::int64_t>(gb_per_s * 1e9)};
  device.memory = Bytes{static_cast<std::int64_t>(gigabytes * 1e9)};
  device.l2 = Bytes{1'000'000};
  device.units = 10;
  device.clock = 1e9;
  return device;
}

LayerFeatures add(double rows, double columns) {
  return row_features("add", OpFamily::Elementwise, DataType::F32, rows, columns, 2, 1);
}

// 20 us, and 1.25 times what the bytes take; 10 % more for rows of odd length, which no physics
// knows.
double truth(const LayerFeatures& layer, const DeviceFeatures& on) {
  const double odd = std::fmod(layer.columns, 2) == 1 ? 1.1 : 1.0;
  return odd * (20e-6 + 1.25 * layer.traffic() / static_cast<double>(on.bandwidth.value));
}

Observations measured() {
  Observations all{{device("a", 16, 500), device("b", 16, 900), device("c", 32, 1500)}, {}};
  for (std::size_t on = 0; on < all.devices.size(); ++on) {
    for (double rows = 1000; rows < 20'000; rows *= 1.3) {
      for (double columns = 500; columns < 4000; columns = std::floor(columns * 1.2) + 1) {
        all.rows.push_back(
            {add(rows, columns), on, "", truth(add(rows, columns), all.devices[on]), {}});
      }
    }
  }
  return all;
}

const LearnedModel& model() {
  static const LearnedModel kModel = LearnedModel::learn(measured());
  return kModel;
}

double error_of(const DeviceModel& on, const LayerFeatures& layer, const DeviceFeatures& device) {
  return seconds(on.predict(layer)->time) / truth(layer, device) - 1;
}

// One row, which nothing can judge: nobody knows, so a factor of two at least.
TEST(LearnedModel, WhatNothingJudgesIsWide) {
  Observations one{{device("a", 16, 500)}, {}};
  one.rows.push_back({add(1000, 1000), 0, "", 1e-4, {}});
  const LearnedModel few = LearnedModel::learn(one);
  const auto estimate = few.predict(add(1000, 1000), device("a", 16, 500));
  ASSERT_TRUE(estimate);
  EXPECT_LE(2 * seconds(estimate->time), 1.001 * seconds(estimate->high));
}

// Another computer's "a" is another device.
TEST(LearnedModel, ADeviceIsKnownByMoreThanItsName) {
  const DeviceFeatures other = device("a", 16, 1200);
  const auto width = [](const Estimate& estimate) {
    return seconds(estimate.high) / seconds(estimate.time);
  };
  EXPECT_GT(width(*model().predict(add(1500, 1500), other)),
            width(*model().predict(add(1500, 1500), device("a", 16, 500))));
  EXPECT_NEAR(error_of(model().on(other), add(7000, 1500), other), 0, 0.15);
}

TEST(LearnedModel, KnowsWhatItMeasured) {
  const DeviceFeatures a = device("a", 16, 500);
  const DeviceModel on = model().on(a);
  for (const double rows : {1500.0, 7000.0}) EXPECT_NEAR(error_of(on, add(rows, 1500), a), 0, 0.08);
}

TEST(LearnedModel, CarriesOverToADeviceThatWasNotMeasured) {
  const DeviceFeatures other = device("other", 24, 1200);
  const DeviceModel on = model().on(other);
  for (const double rows : {1500.0, 7000.0}) {
    EXPECT_NEAR(error_of(on, add(rows, 1500), other), 0, 0.12);
  }
}

// A device that takes twice as long as its datasheet makes one expect: points say so.
TEST(LearnedModel, PointsSharpenIt) {
  const DeviceFeatures other = device("other", 24, 1200);
  DeviceFeatures slow = other;
  slow.bandwidth = Bandwidth{600'000'000'000};
  std::vector<LayerFeatures> candidates;
  for (double rows = 1000; rows < 20'000; rows *= 1.1) candidates.push_back(add(rows, 1024));
  DeviceModel on = model().on(other);
  EXPECT_LT(error_of(on, add(9000, 1000), slow), -0.3);
  const auto chosen = on.points_to_measure(candidates, 5);
  EXPECT_EQ(chosen.size(), 5u);
  std::vector<DeviceModel::Point> points;
  for (const std::size_t i : chosen) {
    points.push_back({candidates[i], scaled(Time{1'000'000'000'000}, truth(candidates[i], slow))});
  }
  on.sharpen(points);
  EXPECT_NEAR(error_of(on, add(9000, 1000), slow), 0, 0.1);
  // Not only next to the points: the device's numbers are others now.
  EXPECT_NEAR(error_of(on, add(9000, 8000), slow), 0, 0.15);
}

// 12,000,000 B at 1 TB/s are 12 us: a correction that says less is not believed.
TEST(LearnedModel, IsNeverBelowThePhysicalLimit) {
  Observations lies = measured();
  for (Observation& row : lies.rows) row.seconds *= 0.01;
  const LearnedModel liar = LearnedModel::learn(lies, {}, false);
  const DeviceFeatures c = device("c", 32, 1500);
  const LayerFeatures layer = add(10'000, 1000);
  const Estimate estimate = *liar.predict(layer, c);
  EXPECT_NEAR(seconds(estimate.time), layer.traffic() / 1500e9, 1e-11);
  EXPECT_GE(estimate.low, estimate.time - 1_ps);
}

TEST(LearnedModel, MarksWhatLiesOutsideAndWidens) {
  const DeviceModel on = model().on(device("a", 16, 500));
  const Estimate inside = *on.predict(add(5000, 1000));
  const Estimate outside = *on.predict(add(5'000'000, 1000));
  const auto width = [](const Estimate& e) { return std::log(seconds(e.high) / seconds(e.time)); };
  EXPECT_FALSE(inside.extrapolated);
  EXPECT_TRUE(outside.extrapolated);
  EXPECT_GT(width(outside), 1.2 * width(inside));
  EXPECT_LE(inside.low, inside.time);
}

// e^40 times the largest work is 10 halvings of the correction away: physics alone is left.
TEST(LearnedModel, ExtrapolatesAsPhysicsDoes) {
  const DeviceModel on = model().on(device("a", 16, 500));
  const auto answer = on.explain(add(5000 * std::exp(20), 1001 * std::exp(20)))->answer;
  EXPECT_GT(answer.outside, 35);
  EXPECT_NEAR(answer.seconds / answer.physics, 1, 1e-3);
}

TEST(LearnedModel, OfWhatItNeverSawItSaysNothing) {
  const DeviceFeatures a = device("a", 16, 500);
  EXPECT_FALSE(model().predict(row_features("ln", OpFamily::Norm, DataType::F32, 9, 9, 1, 1), a));
  EXPECT_FALSE(
      model().predict(row_features("add", OpFamily::Elementwise, DataType::F16, 9, 9, 2, 1), a));
  EXPECT_THROW(LearnedModel::learn({}), ConfigError);
}

TEST(LearnedModel, SaysWhatItsNumberIsMadeOf) {
  const DeviceModel on = model().on(device("b", 16, 900));
  const Explanation why = *on.explain(add(5000, 1001));
  EXPECT_EQ(why.branch, "stream f32");
  EXPECT_EQ(why.devices, std::vector<std::string>{"b"});
  EXPECT_EQ(why.nearest.size(), 3u);
  for (const Sample& sample : why.nearest) EXPECT_EQ(sample.device, "b");
  EXPECT_NEAR(std::accumulate(why.parts.begin(), why.parts.end(), 0.0), why.answer.correction,
              1e-6);
  EXPECT_NEAR(why.answer.seconds, why.answer.physics * std::exp(why.answer.faded), 1e-12);
}

TEST(LearnedModel, TheSameRowsGiveTheSameBytes) {
  EXPECT_EQ(LearnedModel::learn(measured()).to_json(), model().to_json());
  Observations changed = measured();
  changed.rows.front().seconds *= 1.001;
  EXPECT_NE(LearnedModel::learn(changed, {}, false).data_hash(), model().data_hash());
}

TEST(LearnedModel, AFileSaysTheSame) {
  const test::TextFile file("model.json", model().to_json());
  const LearnedModel read = LearnedModel::load(file.path());
  EXPECT_EQ(read.to_json(), model().to_json());
  const DeviceFeatures other = device("other", 24, 1200);
  EXPECT_EQ(read.predict(add(5000, 1001), other)->time,
            model().predict(add(5000, 1001), other)->time);
}

// A transpose has no operations, and so no logarithm of them.
TEST(LearnedModel, LayersThatOnlyMoveDataAreLearned) {
  Observations moves = measured();
  for (Observation& row : moves.rows) row.layer.flops = 0, row.layer.family = OpFamily::Movement;
  const LearnedModel mover = LearnedModel::learn(moves, {}, false);
  const test::TextFile file("model.json", mover.to_json());
  const LayerFeatures layer = moves.rows.front().layer;
  const Estimate estimate = *LearnedModel::load(file.path()).predict(layer, moves.devices.front());
  EXPECT_FALSE(estimate.extrapolated);
  EXPECT_NEAR(seconds(estimate.time), moves.rows.front().seconds, 0.1 * moves.rows.front().seconds);
}

TEST(LearnedModel, AFileOfAnotherFeatureSetIsRefused) {
  std::string text = model().to_json();
  text.replace(text.find(kFeatureSet), kFeatureSet.size(), "other-features");
  const test::TextFile file("model.json", text);
  EXPECT_EQ(test::complaint(file, [](const std::string& path) { LearnedModel::load(path); }),
            "model.json:3:17: error: feature_set: 'other-features' is not "
            "'tiles-rows-and-cores-2', which "
            "this program computes; learn the model again");
}

}  // namespace
}  // namespace partita::learn
