// From the number of an element to where it lies.
#pragma once

#include <cstdint>

#include "exec/devices/cuda/kernels/portable.h"

namespace partita::exec::cuda {

// Tensors have at most 2^31 - 1 elements here, so positions are 32 bits: a 64-bit division costs a
// GPU about a hundred instructions.
using Index = std::int32_t;

// Division by a number that is known beforehand: one multiplication (Granlund and Montgomery,
// "Division by invariant integers using multiplication", 1994, for 0 <= n < 2^31).
struct Divisor {
  Index by = 1;
  std::uint32_t multiplier = 0;
  std::uint32_t shift = 0;

  Divisor() = default;
  explicit Divisor(Index divisor) : by(divisor) {
    if (by == 1) return;
    std::uint32_t log = 0;  // of by, rounded up
    while ((std::int64_t{1} << log) < by) ++log;
    const std::uint32_t power = 31 + log;
    const auto d = static_cast<std::uint64_t>(by);
    multiplier = static_cast<std::uint32_t>(((std::uint64_t{1} << power) + d - 1) / d);
    shift = power - 32;
  }

  PARTITA_HOST_DEVICE Index quotient(Index n) const {
    if (by == 1) return n;
    const std::uint64_t product = static_cast<std::uint64_t>(n) * multiplier;
    return static_cast<Index>(static_cast<std::uint32_t>(product >> 32) >> shift);
  }
  // n becomes the quotient; the remainder is returned.
  PARTITA_HOST_DEVICE Index split(Index& n) const {
    const Index whole = quotient(n), rest = n - whole * by;
    n = whole;
    return rest;
  }
};

constexpr int kMostAxes = 8;

// Where element i of a row-major block lies in each of K operands with strides of their own.
template <int K>
struct Walk {
  Index count = 1;  // elements of the block
  int axes = 0;
  Divisor extent[kMostAxes];
  Index stride[K][kMostAxes] = {};

  PARTITA_HOST_DEVICE void find(Index i, Index (&at)[K]) const {
    for (int k = 0; k < K; ++k) at[k] = 0;
    for (int axis = axes - 1; axis >= 0; --axis) {
      const Index coordinate = axis > 0 ? extent[axis].split(i) : i;
      for (int k = 0; k < K; ++k) at[k] += coordinate * stride[k][axis];
    }
  }
};

}  // namespace partita::exec::cuda
