// Elements of constants as numbers: reading and writing them in any data type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/base/data_type.h"

namespace partita {

constexpr bool is_floating(DataType type) {
  return type == DataType::F32 || type == DataType::F16 || type == DataType::BF16 ||
         type == DataType::F64;
}

// `at` points to one element, little endian, not aligned. Reading a floating-point element as an
// integer truncates; writing rounds to nearest even (F16, BF16) and keeps the low bits (integers).
double load_number(DataType type, const std::byte* at);
std::int64_t load_integer(DataType type, const std::byte* at);
void store_number(DataType type, double value, std::byte* at);
void store_integer(DataType type, std::int64_t value, std::byte* at);

// The double that a person would have written for this float: 0.1f gives 0.1, not
// 0.100000001490116.
double as_written(float value);

}  // namespace partita
