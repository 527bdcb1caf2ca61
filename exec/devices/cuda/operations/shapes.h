// From shapes to the walks and lines that kernels follow.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "exec/devices/cuda/kernels/rows.h"
#include "exec/devices/cuda/kernels/walk.h"
#include "exec/devices/cuda/operations/operation.h"

namespace partita::exec::cuda {

inline Index index_of(std::int64_t value) {
  if (value < std::numeric_limits<Index>::min() || value > std::numeric_limits<Index>::max()) {
    unsupported("no CUDA kernel for tensors of more than 2^31 - 1 elements");
  }
  return static_cast<Index>(value);
}

inline std::int64_t volume_of(const Shape& shape, std::size_t first, std::size_t last) {
  std::int64_t product = 1;
  for (std::size_t axis = first; axis < last; ++axis) product *= shape[axis];
  return product;
}
inline Index elements_of(const Shape& shape) { return index_of(volume_of(shape, 0, shape.size())); }

// Elements between neighbours along each axis.
inline Shape row_major(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  return strides;
}

// As an operand is read that is broadcast to `result`: aligned at the last axis, extent 1 repeats.
inline Shape repeated(const Shape& operand, const Shape& result) {
  const Shape own = row_major(operand);
  Shape strides(result.size(), 0);
  for (std::size_t i = 1; i <= operand.size(); ++i) {
    if (operand[operand.size() - i] != 1) strides[result.size() - i] = own[operand.size() - i];
  }
  return strides;
}

// Axes that are one to all operands become one.
template <std::size_t K>
Walk<static_cast<int>(K)> walk_of(const Shape& extents, const std::array<Shape, K>& strides) {
  Walk<static_cast<int>(K)> walk;
  walk.count = elements_of(extents);
  Shape merged;
  std::array<Shape, K> steps;
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    if (extents[axis] == 1) continue;
    bool goes_on = !merged.empty();
    for (std::size_t k = 0; k < K && goes_on; ++k) {
      goes_on = steps[k].back() == strides[k][axis] * extents[axis];
    }
    if (goes_on) {
      merged.back() *= extents[axis];
      for (std::size_t k = 0; k < K; ++k) steps[k].back() = strides[k][axis];
    } else {
      merged.push_back(extents[axis]);
      for (std::size_t k = 0; k < K; ++k) steps[k].push_back(strides[k][axis]);
    }
  }
  if (merged.size() > kMostAxes) {
    unsupported(fmt::format("no CUDA kernel for {} axes that cannot be joined (at most {})",
                            merged.size(), kMostAxes));
  }
  walk.axes = static_cast<int>(merged.size());
  for (std::size_t axis = 0; axis < merged.size(); ++axis) {
    walk.extent[axis] = Divisor(index_of(merged[axis]));
    for (std::size_t k = 0; k < K; ++k) walk.stride[k][axis] = index_of(steps[k][axis]);
  }
  return walk;
}

// Lines along the axes first .. behind.
inline Lines lines_of(const Shape& shape, std::size_t first, std::size_t behind) {
  Lines lines;
  lines.count = index_of(volume_of(shape, first, behind));
  lines.step = Divisor(index_of(volume_of(shape, behind, shape.size())));
  lines.lines = elements_of(shape) / lines.count;
  return lines;
}

// Throws unless the tensor has a type that arithmetic kernels know.
inline void need_float(const Tensor& tensor) {
  if (!is_float(tensor.type)) {
    unsupported(fmt::format("no CUDA kernel for {}", to_string(tensor.type)));
  }
}
inline void need_number(const Tensor& tensor) {
  if (!is_number(tensor.type)) {
    unsupported(fmt::format("no CUDA kernel for {}", to_string(tensor.type)));
  }
}
inline void need_same(const Tensor& a, const Tensor& b) {
  if (a.type != b.type) {
    unsupported(
        fmt::format("no CUDA kernel for {} and {} together", to_string(a.type), to_string(b.type)));
  }
}

}  // namespace partita::exec::cuda
