#include "exec/values/tensor_value.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "exec/values/half.h"
#include "models/base/assert.h"

namespace partita {
namespace {

std::int64_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>{});
}

// Calls use(count, read) where read(i) is element i as a number of its own kind: double, float or
// integer.
template <class Use>
void with_reader(const TensorValue& value, Use use) {
  const auto plain = [&]<class T>() {
    const std::span<const T> from = value.as<T>();
    use(from.size(), [from](std::size_t i) { return from[i]; });
  };
  const std::span<const std::uint16_t> halves = value.as<std::uint16_t>();
  switch (value.type) {
    case DataType::F32: return plain.template operator()<float>();
    case DataType::F64: return plain.template operator()<double>();
    case DataType::F16:
      return use(halves.size(), [=](std::size_t i) { return from_half(halves[i]); });
    case DataType::BF16:
      return use(halves.size(), [=](std::size_t i) { return from_bfloat(halves[i]); });
    case DataType::I8: return plain.template operator()<std::int8_t>();
    case DataType::U8: return plain.template operator()<std::uint8_t>();
    case DataType::I32: return plain.template operator()<std::int32_t>();
    case DataType::I64: return plain.template operator()<std::int64_t>();
    case DataType::Bool: return plain.template operator()<std::uint8_t>();
  }
}

template <class To, class From>
To cut(From value) {
  if constexpr (std::is_floating_point_v<From>) {
    if (std::isnan(value)) return 0;
    // 2^63 is a double, the largest int64 is not: compare with the power of two.
    if (value >= std::ldexp(1.0, std::numeric_limits<To>::digits)) {
      return std::numeric_limits<To>::max();
    }
    if (value <= static_cast<double>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
  }
  return static_cast<To>(
      value);  // between whole numbers: the low bits, as ONNX Runtime and numpy do
}

}  // namespace

TensorValue::TensorValue(DataType type_, Shape shape_)
    : type(type_),
      shape(std::move(shape_)),
      bytes(static_cast<std::size_t>(product(shape) * info(type).bytes)) {}

std::int64_t TensorValue::elements() const { return product(shape); }

std::vector<double> numbers(const TensorValue& value) {
  std::vector<double> result;
  with_reader(value, [&](std::size_t count, auto read) {
    result.resize(count);
    for (std::size_t i = 0; i < count; ++i) result[i] = static_cast<double>(read(i));
  });
  return result;
}

TensorValue converted(const TensorValue& value, DataType type) {
  if (value.type == type) return value;
  TensorValue result(type, value.shape);
  with_reader(value, [&](std::size_t count, auto read) {
    const auto write = [&]<class To>(auto convert) {
      const std::span<To> to = result.as<To>();
      for (std::size_t i = 0; i < count; ++i) to[i] = convert(read(i));
    };
    const auto whole = [&]<class To>() {
      write.template operator()<To>([](auto x) { return cut<To>(x); });
    };
    switch (type) {
      case DataType::F32:
        return write.template operator()<float>([](auto x) { return static_cast<float>(x); });
      case DataType::F64:
        return write.template operator()<double>([](auto x) { return static_cast<double>(x); });
      case DataType::F16:
        return write.template operator()<std::uint16_t>(
            [](auto x) { return to_half(static_cast<float>(x)); });
      case DataType::BF16:
        return write.template operator()<std::uint16_t>(
            [](auto x) { return to_bfloat(static_cast<float>(x)); });
      case DataType::I8: return whole.template operator()<std::int8_t>();
      case DataType::U8: return whole.template operator()<std::uint8_t>();
      case DataType::I32: return whole.template operator()<std::int32_t>();
      case DataType::I64: return whole.template operator()<std::int64_t>();
      case DataType::Bool:
        return write.template operator()<std::uint8_t>(
            [](auto x) { return static_cast<std::uint8_t>(x != 0); });
    }
  });
  return result;
}

Difference compare(const TensorValue& a, const TensorValue& reference) {
  PARTITA_ASSERT(a.shape == reference.shape, "tensors of different shapes are compared");
  Difference difference;
  double magnitude = 0;
  with_reader(a, [&](std::size_t count, auto read_a) {
    with_reader(reference, [&](std::size_t, auto read_reference) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto x = static_cast<double>(read_a(i));
        const auto y = static_cast<double>(read_reference(i));
        if (std::isfinite(x) && std::isfinite(y)) {
          difference.absolute = std::max(difference.absolute, std::abs(x - y));
          magnitude = std::max(magnitude, std::abs(y));
          continue;
        }
        difference.finite = difference.finite && std::isfinite(x);
        difference.reference_finite = difference.reference_finite && std::isfinite(y);
        const bool same = x == y || (std::isnan(x) && std::isnan(y));
        if (!same) difference.absolute = std::numeric_limits<double>::infinity();
      }
    });
  });
  if (difference.absolute > 0) difference.relative = difference.absolute / magnitude;
  return difference;
}

}  // namespace partita
