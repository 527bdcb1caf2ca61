// Moves of blocks of elements.
#pragma once

#include "exec/devices/cuda/kernels/movement.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {

// A block of `extents`: along each axis, from a start with a step in one tensor to another. Axes
// that are one to both become one.
struct Block {
  DataType type;
  Shape extents, from_strides, to_strides;
  std::int64_t from_start = 0, to_start = 0;
};
Move move_of(const Block& block);

// The part `first` .. first + extent along `axis` of a tensor of shape `whole`, to a tensor of its
// own; or from one.
Move cut_out(DataType type, const Shape& whole, std::size_t axis, std::int64_t first,
             std::int64_t extent);
Move put_in(DataType type, const Shape& whole, std::size_t axis, std::int64_t first,
            std::int64_t extent);
Move whole_copy(const Tensor& tensor);

}  // namespace partita::exec::cuda
