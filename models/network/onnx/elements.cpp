#include "models/network/onnx/elements.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace partita {
namespace {

static_assert(std::endian::native == std::endian::little, "constants are kept little endian");

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
void store(T value, std::byte* at) {
  std::memcpy(at, &value, sizeof value);
}

double from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int fraction = bits & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent == 0x1f) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  } else {
    value = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

// Rounds in whole units of the last place, ties to even, as the default rounding mode of nearbyint
// does.
std::uint16_t to_half(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return sign | 0x7e00;
  const double size = std::fabs(value);
  if (size >= 65520) return sign | 0x7c00;
  int exponent = 0;
  std::frexp(size, &exponent);  // size = f * 2^exponent, 0.5 <= f < 1
  exponent = std::max(exponent, -13);
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(size, 11 - exponent)));
  // A fraction that rounds up to 2048 carries into the exponent by the addition alone.
  const int biased = exponent + 14;
  return static_cast<std::uint16_t>(sign |
                                    (units < 0x400 ? units : (biased << 10) + units - 0x400));
}

std::uint16_t to_bfloat(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(bits >> 16 | 0x40);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace

double load_number(DataType type, const std::byte* at) {
  switch (type) {
    case DataType::F32: return load<float>(at);
    case DataType::F64: return load<double>(at);
    case DataType::F16: return from_half(load<std::uint16_t>(at));
    case DataType::BF16: return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(at)} << 16);
    default: return static_cast<double>(load_integer(type, at));
  }
}

std::int64_t load_integer(DataType type, const std::byte* at) {
  switch (type) {
    case DataType::I8: return load<std::int8_t>(at);
    case DataType::U8: return load<std::uint8_t>(at);
    case DataType::Bool: return load<std::uint8_t>(at) != 0 ? 1 : 0;
    case DataType::I32: return load<std::int32_t>(at);
    case DataType::I64: return load<std::int64_t>(at);
    default: {
      // What does not fit has no integer; the nearest end is as good as any and is defined.
      const double value = load_number(type, at);
      constexpr double kEdge = 9223372036854775808.0;
      if (std::isnan(value)) return 0;
      if (value >= kEdge) return std::numeric_limits<std::int64_t>::max();
      if (value < -kEdge) return std::numeric_limits<std::int64_t>::min();
      return static_cast<std::int64_t>(value);
    }
  }
}

void store_number(DataType type, double value, std::byte* at) {
  switch (type) {
    case DataType::F32: return store(static_cast<float>(value), at);
    case DataType::F64: return store(value, at);
    case DataType::F16: return store(to_half(value), at);
    case DataType::BF16: return store(to_bfloat(static_cast<float>(value)), at);
    default: {
      std::byte whole[sizeof(double)];
      store(value, whole);
      return store_integer(type, load_integer(DataType::F64, whole), at);
    }
  }
}

void store_integer(DataType type, std::int64_t value, std::byte* at) {
  switch (type) {
    case DataType::I8:
    case DataType::U8: return store(static_cast<std::uint8_t>(value), at);
    case DataType::Bool: return store<std::uint8_t>(value != 0 ? 1 : 0, at);
    case DataType::I32: return store(static_cast<std::int32_t>(value), at);
    case DataType::I64: return store(value, at);
    default: return store_number(type, static_cast<double>(value), at);
  }
}

double as_written(float value) {
  if (!std::isfinite(value)) return value;
  const std::string text = fmt::to_string(value);
  double written = value;
  std::from_chars(text.data(), text.data() + text.size(), written);
  return written;
}

}  // namespace partita
