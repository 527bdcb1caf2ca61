#include "exec/values/tensor_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "exec/values/half.h"

namespace partita {
namespace {

using testing::ElementsAre;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TensorValue floats(const std::vector<float>& values) {
  return tensor_value<float>(DataType::F32, {static_cast<std::int64_t>(values.size())}, values);
}

TEST(TensorValue, IsZeroAtFirst) {
  const TensorValue value(DataType::I64, {2, 3});
  EXPECT_EQ(value.elements(), 6);
  EXPECT_EQ(value.bytes.size(), 48U);
  EXPECT_EQ(numbers(value), std::vector<double>(6, 0.0));
}

TEST(TensorValue, AScalarHasOneElement) { EXPECT_EQ(TensorValue(DataType::F32, {}).elements(), 1); }

// 1 = 0 01111 0^10; 65504 is the largest; 2^-24 the smallest; 1 + 2^-11 is a tie and goes to the
// even 1.
TEST(Half, KnownValues) {
  EXPECT_EQ(to_half(1.0F), 0x3c00);
  EXPECT_EQ(to_half(-2.0F), 0xc000);
  EXPECT_EQ(to_half(65504.0F), 0x7bff);
  EXPECT_EQ(to_half(65519.0F), 0x7bff);
  EXPECT_EQ(to_half(65520.0F), 0x7c00);
  EXPECT_EQ(to_half(kInfinity), 0x7c00);
  EXPECT_EQ(to_half(0x1p-24F), 0x0001);
  EXPECT_EQ(to_half(0x1p-25F), 0x0000);
  EXPECT_EQ(to_half(0x1.8p-25F), 0x0001);
  EXPECT_EQ(to_half(-0.0F), 0x8000);
  EXPECT_EQ(to_half(1 + 0x1p-11F), 0x3c00);
  EXPECT_EQ(to_half(1 + 0x1.8p-10F), 0x3c02);
  EXPECT_EQ(to_half(0x1.ff8p-15F), 0x03ff);
  EXPECT_TRUE(std::isnan(from_half(to_half(kNan))));
}

TEST(Half, EveryHalfSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_half(half);
    if (std::isnan(value)) {
      EXPECT_GT(half & 0x7fff, 0x7c00);
    } else {
      ASSERT_EQ(to_half(value), half);
    }
  }
}

// Between neighbours the nearer one wins: checked against the distances for every pair of
// neighbouring halves.
TEST(Half, RoundsToTheNearest) {
  for (std::uint16_t half = 0; half < 0x7bff; ++half) {
    const float low = from_half(half), high = from_half(half + 1);
    ASSERT_LT(low, high);
    const float middle = low + (high - low) / 2;
    ASSERT_EQ(to_half(std::nextafter(middle, 0.0F)), half);
    ASSERT_EQ(to_half(std::nextafter(middle, kInfinity)), half + 1);
    ASSERT_EQ(to_half(middle) & 1, 0) << "a tie goes to the even one";
  }
}

TEST(Bfloat, RoundsToTheNearest) {
  EXPECT_EQ(to_bfloat(1.0F), 0x3f80);
  EXPECT_EQ(to_bfloat(1 + 0x1p-8F), 0x3f80);  // a tie, to even
  EXPECT_EQ(to_bfloat(1 + 0x1.8p-7F), 0x3f82);
  EXPECT_EQ(to_bfloat(std::nextafter(1 + 0x1p-8F, 2.0F)), 0x3f81);
  EXPECT_EQ(to_bfloat(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(from_bfloat(to_bfloat(kNan))));
}

TEST(Converted, CutsTowardsZeroAndSaturates) {
  const TensorValue value = floats({1.9F, -1.9F, 300.0F, -300.0F, kNan, kInfinity});
  EXPECT_THAT(numbers(converted(value, DataType::I8)), ElementsAre(1, -1, 127, -128, 0, 127));
  EXPECT_THAT(numbers(converted(value, DataType::U8)), ElementsAre(1, 0, 255, 0, 0, 255));
  const TensorValue wide = converted(value, DataType::I64);
  EXPECT_EQ(wide.as<std::int64_t>()[4], 0);
  EXPECT_EQ(wide.as<std::int64_t>()[5], std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(numbers(converted(value, DataType::Bool)), ElementsAre(1, 1, 1, 1, 1, 1));
  EXPECT_THAT(numbers(converted(floats({0.0F, 0.5F}), DataType::Bool)), ElementsAre(0, 1));
}

TEST(Converted, WholeNumbersKeepAll64Bits) {
  const std::int64_t large = (std::int64_t{1} << 62) + 1;
  const TensorValue value = tensor_value<std::int64_t>(DataType::I64, {1}, {large});
  EXPECT_EQ(converted(converted(value, DataType::I64), DataType::I64).as<std::int64_t>()[0], large);
  EXPECT_EQ(converted(value, DataType::I32).as<std::int32_t>()[0], 1);
}

// |1.5 - 1| = 0.5 and |-4 + 3| = 1; the largest reference is 4.
TEST(Compare, FindsTheLargestDifference) {
  const Difference d = compare(floats({1.5F, -3.0F}), floats({1.0F, -4.0F}));
  EXPECT_EQ(d.absolute, 1);
  EXPECT_EQ(d.relative, 0.25);
  EXPECT_TRUE(d.finite);
  EXPECT_TRUE(d.reference_finite);
}

TEST(Compare, EqualTensorsDifferByNothing) {
  EXPECT_EQ(compare(floats({0, 0}), floats({0, 0})).relative, 0);
  EXPECT_EQ(compare(floats({kNan, kInfinity}), floats({kNan, kInfinity})).absolute, 0);
}

TEST(Compare, WhatIsNotFiniteIsSeen) {
  const Difference nan = compare(floats({1, kNan}), floats({1, 2}));
  EXPECT_EQ(nan.absolute, kInfinity);
  EXPECT_EQ(nan.relative, kInfinity);
  EXPECT_FALSE(nan.finite);
  EXPECT_TRUE(nan.reference_finite);
  const Difference reference = compare(floats({1, 2}), floats({1, -kInfinity}));
  EXPECT_EQ(reference.absolute, kInfinity);
  EXPECT_TRUE(reference.finite);
  EXPECT_FALSE(reference.reference_finite);
}

TEST(Compare, TypesMayDiffer) {
  EXPECT_EQ(compare(converted(floats({1, 2}), DataType::F16), floats({1, 2.5F})).absolute, 0.5);
}

}  // namespace
}  // namespace partita
