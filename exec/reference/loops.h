// Walking over tensors of any rank.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita::reference {

inline std::int64_t extent_of(const Shape& shape, std::size_t first, std::size_t last) {
  std::int64_t product = 1;
  for (std::size_t axis = first; axis < last; ++axis) product *= shape[axis];
  return product;
}
inline std::int64_t extent_of(const Shape& shape) { return extent_of(shape, 0, shape.size()); }

// Elements between neighbours along each axis of a row-major tensor.
inline Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis > 1; --axis) {
    strides[axis - 2] = strides[axis - 1] * shape[axis - 1];
  }
  return strides;
}

// Strides with which an operand is read when it is broadcast to `result` (aligned at the last axis,
// extent 1 repeats).
inline Shape broadcast_strides(const Shape& operand, const Shape& result) {
  const Shape own = strides_of(operand);
  Shape strides(result.size(), 0);
  const std::size_t lead = result.size() - operand.size();
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (operand[axis] != 1) strides[lead + axis] = own[axis];
  }
  return strides;
}

// Calls row(offsets, count, steps) for each run along the last axis of `shape`: offsets[k] is where
// the run starts in operand k, whose neighbours are steps[k] apart. Runs come in row-major order. A
// scalar is one run of one element.
template <std::size_t kOperands, class Row>
void for_each_row(const Shape& shape, const std::array<Shape, kOperands>& strides, Row row) {
  const std::size_t rank = shape.size();
  std::array<std::int64_t, kOperands> offsets{};
  std::array<std::int64_t, kOperands> steps{};
  if (rank == 0) return row(offsets, std::int64_t{1}, steps);
  if (extent_of(shape) == 0) return;
  for (std::size_t k = 0; k < kOperands; ++k) steps[k] = strides[k][rank - 1];
  Shape at(rank, 0);
  while (true) {
    row(offsets, shape[rank - 1], steps);
    std::size_t axis = rank - 1;
    while (axis > 0) {
      --axis;
      for (std::size_t k = 0; k < kOperands; ++k) offsets[k] += strides[k][axis];
      if (++at[axis] < shape[axis]) break;
      for (std::size_t k = 0; k < kOperands; ++k) offsets[k] -= strides[k][axis] * shape[axis];
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (rank == 1) return;
  }
}

// Calls use(T{}) with an unsigned type of the element's size: for operators that only move
// elements.
template <class Use>
void with_element_of(DataType type, Use use) {
  switch (info(type).bytes) {
    case 1: return use(std::uint8_t{});
    case 2: return use(std::uint16_t{});
    case 4: return use(std::uint32_t{});
    default: return use(std::uint64_t{});
  }
}

// Calls use(T{}) with the arithmetic type. Precondition: not F16 or BF16, which the caller has
// widened.
template <class Use>
void with_number_of(DataType type, Use use) {
  switch (type) {
    case DataType::F64: return use(double{});
    case DataType::I8: return use(std::int8_t{});
    case DataType::U8:
    case DataType::Bool: return use(std::uint8_t{});
    case DataType::I32: return use(std::int32_t{});
    case DataType::I64: return use(std::int64_t{});
    default: return use(float{});
  }
}

}  // namespace partita::reference
