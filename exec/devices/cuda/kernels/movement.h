// Operators that move elements, and conversions.
#pragma once

#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"
#include "models/base/data_type.h"

namespace partita::exec::cuda {

// What lies outside the operand along an axis.
enum class Outside : std::uint8_t { Nothing, Repeats, Edge, Reflects, Fill };

// Result coordinate o of an axis comes from operand coordinate start + o * step.
struct MoveAxis {
  Divisor extent;  // of the result
  Index start = 0, step = 1;
  Index operand_extent = 1;
  Index from = 0, to = 0;  // strides
};

// Slice, Split, Concat, Transpose, Expand, Tile and Pad are all one of these, or several.
struct Move {
  int bytes = 4;  // of one element
  Index count = 1;
  int axes = 0;
  MoveAxis axis[kMostAxes];
  Outside outside = Outside::Nothing;
  std::uint64_t fill = 0;  // the element's bits
  Index from_start = 0, to_start = 0;
  const void* x = nullptr;
  void* y = nullptr;
};
void launch(const Queue& queue, const Move& move);

// y[outer, n, inner] = x[outer, indices[n], inner]; a negative index counts from the end.
struct Gather {
  int bytes;
  Divisor inner, indices_count;
  Index outer, extent;
  DataType index_type;  // I32 or I64
  const void* x;
  const void* indices;
  void* y;
};
void launch(const Queue& queue, const Gather& gather);

// y = x, then the slices that rows of indices name are replaced or increased, in the order of the
// rows: one thread an element of a slice does it for all rows, so the same input gives the same
// bits.
struct Scatter {
  DataType type;
  bool add;
  Index count, slice, rows;  // elements of the data, of one slice; rows of indices
  int named;                 // axes that a row names
  Index extent[kMostAxes], stride[kMostAxes];
  const void* x;
  const std::int64_t* indices;
  const void* updates;
  void* y;
};
void launch(const Queue& queue, const Scatter& scatter);

struct Conversion {  // Cast
  DataType from, to;
  Index count;
  const void* x;
  void* y;
};
void launch(const Queue& queue, const Conversion& conversion);

}  // namespace partita::exec::cuda
