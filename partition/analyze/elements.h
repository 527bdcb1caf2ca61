// Elements of an input in their own type, and what their kernels share.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

#include "partition/analyze/input.h"

namespace partita::analyze {

// Elements [begin, end) of all; kernels look back at `data` before `begin`.
struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
};

template <class T>
inline constexpr bool kIsFloat = std::is_floating_point_v<T> || std::is_same_v<T, Half>;

// What blocks are converted to for arithmetic.
template <class T>
double number(T value) {
  return static_cast<double>(value);
}

// Without branches, so that loops stay vectors: the exponent is put right by one multiplication,
// which also makes subnormals normal. F. Giesen, "half to float done quic" (2012).
inline float to_float(Half half) {
  const std::uint32_t magnitude = half.bits & 0x7fffU;
  const float scaled =
      std::bit_cast<float>(magnitude << 13) * std::bit_cast<float>((254U - 15U) << 23);
  const std::uint32_t top = magnitude >= 0x7c00U ? 0x7f800000U : 0U;  // infinities and NaN
  const std::uint32_t sign = static_cast<std::uint32_t>(half.bits & 0x8000U) << 16;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | top | sign);
}
template <>
inline double number(Half value) {
  return static_cast<double>(to_float(value));
}

template <class T>
float small_number(T value) {
  return static_cast<float>(value);
}
template <>
inline float small_number(Half value) {
  return to_float(value);
}

// Calls `use` with a span of elements in their own type; bool is read as uint8.
template <class Use>
void with_elements(const Input& input, Use&& use) {
  const auto as = [&]<class T>(T /*type*/) {
    use(std::span<const T>{reinterpret_cast<const T*>(input.data.data()),
                           input.data.size() / sizeof(T)});
  };
  switch (input.type) {
    case ElementType::Bool:
    case ElementType::U8: return as(std::uint8_t{});
    case ElementType::I8: return as(std::int8_t{});
    case ElementType::U16: return as(std::uint16_t{});
    case ElementType::I16: return as(std::int16_t{});
    case ElementType::U32: return as(std::uint32_t{});
    case ElementType::I32: return as(std::int32_t{});
    case ElementType::U64: return as(std::uint64_t{});
    case ElementType::I64: return as(std::int64_t{});
    case ElementType::F16: return as(Half{});
    case ElementType::F32: return as(float{});
    case ElementType::F64: return as(double{});
  }
}

}  // namespace partita::analyze
