#include "models/network/onnx/elements.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace partita {
namespace {

std::uint16_t bits_of(DataType type, double value) {
  std::byte bytes[2];
  store_number(type, value, bytes);
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

double value_of(DataType type, std::uint16_t bits) {
  std::byte bytes[2];
  std::memcpy(bytes, &bits, sizeof bits);
  return load_number(type, bytes);
}

// IEEE 754 binary16: one sign bit, five of exponent (bias 15), ten of fraction.
TEST(ElementsTest, Halves) {
  EXPECT_EQ(bits_of(DataType::F16, 1), 0x3c00);
  EXPECT_EQ(bits_of(DataType::F16, -2), 0xc000);
  EXPECT_EQ(bits_of(DataType::F16, 65504), 0x7bff);
  EXPECT_EQ(bits_of(DataType::F16, 65519), 0x7bff);
  EXPECT_EQ(bits_of(DataType::F16, 65520), 0x7c00);
  EXPECT_EQ(bits_of(DataType::F16, std::ldexp(1, -24)), 0x0001);
  EXPECT_EQ(bits_of(DataType::F16, std::ldexp(1, -25)), 0x0000);  // a tie, to even
  EXPECT_EQ(bits_of(DataType::F16, std::ldexp(3, -25)), 0x0002);  // a tie, to even
  EXPECT_EQ(bits_of(DataType::F16, std::ldexp(1, -14)), 0x0400);
  EXPECT_EQ(bits_of(DataType::F16, 1 + std::ldexp(1, -11)), 0x3c00);
  EXPECT_EQ(bits_of(DataType::F16, 1 + std::ldexp(3, -11)), 0x3c02);
  EXPECT_EQ(bits_of(DataType::F16, 2 - std::ldexp(1, -11)), 0x4000);  // carries into the exponent
}

TEST(ElementsTest, EveryHalfAndEveryBfloatComesBack) {
  for (const DataType type : {DataType::F16, DataType::BF16}) {
    for (int bits = 0; bits < 65536; ++bits) {
      const double value = value_of(type, static_cast<std::uint16_t>(bits));
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(value_of(type, bits_of(type, value))));
      } else {
        ASSERT_EQ(bits_of(type, value), bits) << to_string(type) << " " << value;
      }
    }
  }
}

// A bfloat is the upper half of a float, rounded to even.
TEST(ElementsTest, Bfloats) {
  EXPECT_EQ(bits_of(DataType::BF16, 1), 0x3f80);
  EXPECT_EQ(bits_of(DataType::BF16, 1 + std::ldexp(1, -8)), 0x3f80);
  EXPECT_EQ(bits_of(DataType::BF16, 1 + std::ldexp(3, -8)), 0x3f82);
}

TEST(ElementsTest, IntegersOfEveryWidth) {
  std::byte bytes[8];
  store_integer(DataType::I8, -3, bytes);
  EXPECT_EQ(load_integer(DataType::I8, bytes), -3);
  EXPECT_EQ(load_integer(DataType::U8, bytes), 253);
  store_integer(DataType::I64, std::numeric_limits<std::int64_t>::min(), bytes);
  EXPECT_EQ(load_integer(DataType::I64, bytes), std::numeric_limits<std::int64_t>::min());
  store_integer(DataType::Bool, 17, bytes);
  EXPECT_EQ(load_integer(DataType::Bool, bytes), 1);
  store_number(DataType::I32, -2.9, bytes);
  EXPECT_EQ(load_integer(DataType::I32, bytes), -2);
  store_number(DataType::F64, 1e300, bytes);
  EXPECT_EQ(load_integer(DataType::F64, bytes), std::numeric_limits<std::int64_t>::max());
  store_number(DataType::F64, std::nan(""), bytes);
  EXPECT_EQ(load_integer(DataType::F64, bytes), 0);
}

TEST(ElementsTest, FloatsAreWhatSomebodyWrote) {
  EXPECT_EQ(as_written(0.1f), 0.1);
  EXPECT_EQ(as_written(1e-5f), 1e-5);
  EXPECT_EQ(as_written(-0.75f), -0.75);
  EXPECT_EQ(static_cast<float>(as_written(0.3333333f)), 0.3333333f);
  EXPECT_EQ(as_written(std::numeric_limits<float>::infinity()),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace partita
