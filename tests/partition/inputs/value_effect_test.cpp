#include "partition/inputs/value_effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/base/diagnostics.h"
#include "models/base/random.h"

namespace partita::inputs {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::array kModels{ModelKind::Linear, ModelKind::Trees};

double share(Random& random) { return static_cast<double>(random.below(1000)) / 1000; }

// 100 inputs of two features, each measured once.
MeasuredInputs inputs_with(const std::function<double(const std::vector<double>&, Random&)>& cost) {
  MeasuredInputs measured;
  Random random(3);
  for (std::size_t i = 0; i < 100; ++i) {
    measured.features.push_back({share(random), share(random)});
    measured.measurements.push_back({.input = i, .cost = cost(measured.features[i], random)});
  }
  return measured;
}

EffectOptions quick(ModelKind model) { return {.model = model, .shuffles = 39}; }

TEST(ValueEffectTest, IsPresentWhereCostsFollowAFeature) {
  const MeasuredInputs measured = inputs_with(
      [](const auto& x, Random& random) { return 10 + 5 * x[0] + 0.2 * share(random); });
  for (const ModelKind model : kModels) {
    const ValueEffect effect = value_effect(measured, quick(model), "test");
    EXPECT_TRUE(effect.present) << in_words(effect);
    // No shuffle is as good: (1 + 0) / (1 + 39).
    EXPECT_DOUBLE_EQ(effect.p_value, 0.025);
    EXPECT_LT(effect.with, 0.04);
    // Uniform over 5: on average 1.25 from the mean, of 12.6.
    EXPECT_NEAR(effect.without, 0.1, 0.015);
    EXPECT_GT(effect.median_shuffled(), 0.09);
    EXPECT_EQ(effect.shuffled.size(), 39u);
    EXPECT_TRUE(std::is_sorted(effect.shuffled.begin(), effect.shuffled.end()));
  }
}

TEST(ValueEffectTest, IsAbsentWhereCostsAreNoise) {
  const MeasuredInputs measured =
      inputs_with([](const auto&, Random& random) { return 10 + share(random); });
  for (const ModelKind model : kModels) {
    const ValueEffect effect = value_effect(measured, quick(model), "test");
    EXPECT_FALSE(effect.present) << in_words(effect);
    EXPECT_GT(effect.p_value, 0.05);
  }
}

TEST(ValueEffectTest, IsAbsentWhereEverythingCostsTheSame) {
  const MeasuredInputs measured = inputs_with([](const auto&, Random&) { return 7.0; });
  for (const ModelKind model : kModels) {
    const ValueEffect effect = value_effect(measured, quick(model), "test");
    EXPECT_FALSE(effect.present) << in_words(effect);
    EXPECT_NEAR(effect.with, 0, 1e-6);
  }
}

// Every input is measured four times, and each has a level of its own that its values have nothing to
// do with: the state of the computer at that hour. With measurements of one input in different
// folds, its features name it: they help a lot, and so they do when they are those of another, as
// every input still has a name. Only the shuffles tell this from an effect.
MeasuredInputs leaking() {
  MeasuredInputs measured;
  Random random(4);
  for (std::size_t i = 0; i < 40; ++i) {
    measured.features.push_back({share(random), share(random)});
    const double level = 10 + 5 * share(random);
    for (std::size_t fold = 0; fold < 4; ++fold) {
      measured.measurements.push_back(
          {.input = i, .cost = level + 0.1 * share(random), .fold = fold});
    }
  }
  return measured;
}

TEST(ValueEffectTest, AFeatureThatOnlyNamesItsInputIsExposedByShuffling) {
  EffectOptions options = quick(ModelKind::Trees);
  options.folds = 4;
  const ValueEffect effect = value_effect(leaking(), options, "test");
  EXPECT_LT(effect.with, 0.7 * effect.without) << "the leak is what this test is about";
  EXPECT_LT(effect.median_shuffled(), 0.7 * effect.without);
  EXPECT_FALSE(effect.present) << in_words(effect);
}

TEST(ValueEffectTest, FoldsByInputKeepTheLeakOut) {
  MeasuredInputs measured = leaking();
  for (auto& each : measured.measurements) each.fold = MeasuredInputs::Measurement::kByInput;
  const ValueEffect effect = value_effect(measured, quick(ModelKind::Trees), "test");
  EXPECT_GT(effect.with, 0.9 * effect.without);
  EXPECT_FALSE(effect.present) << in_words(effect);
}

// The size of an input explains the cost; its values then have nothing to add.
TEST(ValueEffectTest, WhatIsKnownBesideTheValuesIsNoEffectOfThem) {
  MeasuredInputs measured = inputs_with([](const auto&, Random&) { return 0.0; });
  Random random(5);
  for (auto& each : measured.measurements) {
    each.known = {share(random)};
    each.cost = 1 + each.known[0];
  }
  const ValueEffect effect = value_effect(measured, quick(ModelKind::Linear), "test");
  EXPECT_LT(effect.without, 0.01);
  EXPECT_FALSE(effect.present) << in_words(effect);
}

TEST(ValueEffectTest, ClassesAreJudgedByTheirProbabilities) {
  MeasuredInputs measured = inputs_with([](const auto& x, Random&) {
    return x[0] < 0.3 ? 0.0 : x[0] < 0.7 ? 1.0 : 2.0;
  });
  measured.classes = 3;
  const ValueEffect effect = value_effect(measured, quick(ModelKind::Trees), "test");
  EXPECT_TRUE(effect.present) << in_words(effect);
  EXPECT_LT(effect.with, 0.25);
  // Shares 0.3, 0.4, 0.3, said of everyone: 1 - (0.09 + 0.16 + 0.09) = 0.66.
  EXPECT_NEAR(effect.without, 0.66, 0.04);
}

TEST(ValueEffectTest, TheSameSeedGivesTheSameAnswer) {
  const MeasuredInputs measured =
      inputs_with([](const auto&, Random& random) { return 10 + share(random); });
  EffectOptions options = quick(ModelKind::Linear);
  const ValueEffect first = value_effect(measured, options, "test");
  EXPECT_EQ(first.shuffled, value_effect(measured, options, "test").shuffled);
  options.seed = 2;
  EXPECT_NE(first.shuffled, value_effect(measured, options, "test").shuffled);
}

TEST(ValueEffectTest, RefusesWhatIsNoMeasurement) {
  MeasuredInputs measured;
  measured.features = {{1}, {2}, {3}};
  measured.measurements = {{.input = 0, .cost = 1},
                           {.input = 1, .cost = -2},
                           {.input = 2, .cost = std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_THAT([&] { value_effect(measured, {}, "here"); },
              ThrowsMessage<ConfigError>(
                  AllOf(HasSubstr("3 inputs are too few: 5 folds want one each"),
                        HasSubstr("here: error: measurement 1: the cost -2 is no time"),
                        HasSubstr("measurement 2: the cost nan is no time"))));
  measured.classes = 2;
  measured.measurements = {{.input = 0, .cost = 0.5}, {.input = 1, .cost = 2}};
  EXPECT_THAT([&] { value_effect(measured, {.folds = 3}, "here"); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("the cost 0.5 is no class"),
                                               HasSubstr("the cost 2 is no class"))));
  measured.measurements.clear();
  EXPECT_THAT([&] { value_effect(measured, {.folds = 3}, "here"); },
              ThrowsMessage<ConfigError>(HasSubstr("nothing was measured")));
}

}  // namespace
}  // namespace partita::inputs
