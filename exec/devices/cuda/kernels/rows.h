// Operators that look at whole rows: softmax, layer normalisation, reductions, ArgMax, TopK.
#pragma once

#include "exec/devices/cuda/kernels/element.h"
#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"

namespace partita::exec::cuda {

// Lines of elements along neighbouring axes: element i of line n.
struct Lines {
  Index lines = 1, count = 1;
  Divisor step;  // between neighbours

  PARTITA_HOST_DEVICE Index at(Index n, Index i) const {
    Index outer = n;
    const Index inner = step.split(outer);
    return (outer * count + i) * step.by + inner;
  }
};

struct Softmax {
  DataType type;
  bool logarithm;
  Lines lines;
  const void* x;
  void* y;
};
void launch(const Queue& queue, const Softmax& softmax);

struct LayerNorm {
  DataType type;  // of operand and result
  Index rows, count;
  float epsilon;
  Walk<2> walk;  // of a row, in scale and bias
  const void* x;
  Parameters scale, bias;  // bias.values may be null
  void* y;
  SideResult mean, factor;  // may be null
};
void launch(const Queue& queue, const LayerNorm& norm);

enum class ReduceOp : std::uint8_t { Mean, Sum, Max };

struct Reduction {
  ReduceOp op;
  DataType type;
  Walk<1> rows;   // one a result: where its operands start
  Walk<1> terms;  // where they lie from there
  const void* x;
  void* y;
};
void launch(const Queue& queue, const Reduction& reduction);

struct LargestIndex {  // ArgMax
  DataType type;
  bool last;  // of equals
  Lines lines;
  const void* x;
  std::int64_t* y;
};
void launch(const Queue& queue, const LargestIndex& largest);

// Each element counts how many of its line come before it: best without any exchange between
// threads where lines are short, as they are where experts are picked. count^2 comparisons a line.
struct TopK {
  DataType type;
  bool largest;
  Lines from, to;
  const void* x;
  void* values;
  std::int64_t* indices;  // may be null
};
void launch(const Queue& queue, const TopK& top);

}  // namespace partita::exec::cuda
