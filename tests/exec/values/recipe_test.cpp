#include "exec/values/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "exec/values/tensor_value.h"

namespace partita {
namespace {

using Distribution = Recipe::Distribution;
using testing::Each;
using testing::ElementsAre;

TensorValue made(const Recipe& recipe, std::int64_t count) {
  TensorValue value(recipe.type, {count});
  fill(recipe, 0, value.bytes);
  return value;
}

struct Statistics {
  double mean = 0, variance = 0, least = 1e300, most = -1e300;
};

Statistics statistics(const std::vector<double>& values) {
  Statistics result;
  for (const double v : values) {
    result.mean += v / static_cast<double>(values.size());
    result.least = std::min(result.least, v);
    result.most = std::max(result.most, v);
  }
  for (const double v : values) {
    result.variance += (v - result.mean) * (v - result.mean) / static_cast<double>(values.size());
  }
  return result;
}

// SplitMix64 from state 0 gives these numbers first (Vigna, https://prng.di.unimi.it/splitmix64.c,
// published test vector); it adds the constant before mixing, so element 0 here, which mixes the
// bare key, is fed the constant as key.
TEST(Recipe, TheGeneratorIsSplitMix64) {
  const std::vector<std::uint64_t> published{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4,
                                             0x06c45d188009454f};
  const Recipe recipe{.key = 0x9e3779b97f4a7c15,
                      .type = DataType::I64,
                      .distribution = Distribution::Below,
                      .bound = (std::int64_t{1} << 32) - 1};
  const TensorValue value = made(recipe, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    // floor(upper half x (2^32 - 1) / 2^32) is one below the upper half, but 0 stays 0.
    EXPECT_EQ(value.as<std::int64_t>()[i], static_cast<std::int64_t>(published[i] >> 32) - 1) << i;
  }
}

// Computed apart from this code, with Python's integers, from the formulas in recipe.h and
// recipe.cpp.
TEST(Recipe, ValuesAreTheSameOnEveryMachine) {
  const Recipe recipe{.key = key_of("conv1.weight", 7), .centre = 1, .spread = 0.5F};
  const TensorValue value = made(recipe, 4);
  std::vector<std::uint32_t> bits(4);
  std::memcpy(bits.data(), value.bytes.data(), 16);
  EXPECT_THAT(bits, ElementsAre(0x3fa9128b, 0x3fa78048, 0x3f9bbd78, 0x3f0a3a35));
}

TEST(Recipe, AnyPartCanBeMadeAlone) {
  for (const DataType type : {DataType::F32, DataType::F16, DataType::F64, DataType::I8}) {
    const Recipe recipe{.key = 3, .type = type, .spread = 100};
    const TensorValue whole = made(recipe, 100);
    const auto size = static_cast<std::size_t>(info(type).bytes);
    TensorValue part(type, {20});
    fill(recipe, 37, part.bytes);
    EXPECT_EQ(std::memcmp(part.bytes.data(), whole.bytes.data() + 37 * size, 20 * size), 0)
        << to_string(type);
  }
}

TEST(Recipe, NamesAndSeedsGiveDifferentKeys) {
  EXPECT_EQ(key_of("a", 1), key_of("a", 1));
  EXPECT_NE(key_of("a", 1), key_of("b", 1));
  EXPECT_NE(key_of("a", 1), key_of("a", 2));
  EXPECT_NE(key_of("", 0), key_of("", 1));
}

// Uniform in centre +- spread has variance spread^2 / 3. With a million samples the standard error
// of the mean is 0.29 / 1000 of the width.
TEST(Recipe, UniformHasItsMoments) {
  const Statistics s = statistics(numbers(made({.key = 5, .centre = 2, .spread = 3}, 1'000'000)));
  EXPECT_NEAR(s.mean, 2, 0.01);
  EXPECT_NEAR(s.variance, 3, 0.02);
  EXPECT_GE(s.least, -1);
  EXPECT_LE(s.most, 5);
  EXPECT_LT(s.least, -0.99);
  EXPECT_GT(s.most, 4.99);
}

// About 68.3 % of a normal distribution is within one standard deviation, 95.4 % within two; a sum
// of four uniform numbers has 67.3 % and 96.0 %.
TEST(Recipe, NormalHasItsMomentsAndShape) {
  const std::vector<double> values = numbers(made(
      {.key = 6, .distribution = Distribution::Normal, .centre = -1, .spread = 0.5F}, 1'000'000));
  const Statistics s = statistics(values);
  EXPECT_NEAR(s.mean, -1, 0.005);
  EXPECT_NEAR(s.variance, 0.25, 0.002);
  double within_one = 0, within_two = 0;
  for (const double v : values) {
    within_one += std::abs(v + 1) < 0.5 ? 1e-6 : 0;
    within_two += std::abs(v + 1) < 1.0 ? 1e-6 : 0;
  }
  EXPECT_NEAR(within_one, 0.673, 0.005);
  EXPECT_NEAR(within_two, 0.960, 0.005);
}

TEST(Recipe, WholeNumbersBelowABoundAreEquallyLikely) {
  const TensorValue value = made(
      {.key = 8, .type = DataType::I64, .distribution = Distribution::Below, .bound = 10}, 100'000);
  std::vector<int> counts(10);
  for (const std::int64_t v : value.as<std::int64_t>()) ++counts.at(static_cast<std::size_t>(v));
  EXPECT_THAT(counts, Each(testing::AllOf(testing::Gt(9'500), testing::Lt(10'500))));
}

TEST(Recipe, MasksAreOneSevenTimesOutOfEight) {
  for (const DataType type : {DataType::Bool, DataType::I64}) {
    const Statistics s = statistics(
        numbers(made({.key = 9, .type = type, .distribution = Distribution::Mask}, 100'000)));
    EXPECT_NEAR(s.mean, 7.0 / 8, 0.01);
    EXPECT_EQ(s.least, 0);
    EXPECT_EQ(s.most, 1);
  }
}

TEST(Recipe, NeighboursAreUncorrelated) {
  const std::vector<double> v = numbers(made({.key = 10, .spread = 1}, 1'000'000));
  for (const std::size_t distance : {1, 2, 7, 64, 4096}) {
    double sum = 0;
    for (std::size_t i = distance; i < v.size(); ++i) sum += v[i] * v[i - distance];
    // Variance 1/3: the standard error of this correlation is 1 / 1000.
    EXPECT_NEAR(sum / 1e6 * 3, 0, 0.005) << distance;
  }
}

}  // namespace
}  // namespace partita
