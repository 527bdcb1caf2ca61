// Walking operands of different shapes together, as ONNX (numpy) broadcasting has it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace partita::exec {

// The result's axes, merged as far as all operands allow, with each operand's step along them (0:
// repeated).
//
// Model: the walk visits rows of the last axis; along it every operand steps by 0 or 1.
template <std::size_t N>
class BroadcastWalk {
 public:
  BroadcastWalk(const std::array<Shape, N>& operands, const Shape& result) {
    const std::size_t rank = result.size();
    std::array<Shape, N> steps;
    for (std::size_t n = 0; n < N; ++n) steps[n] = aligned_steps(operands[n], rank);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (result[axis] == 1) continue;
      std::array<std::int64_t, N> step;
      for (std::size_t n = 0; n < N; ++n) step[n] = steps[n][axis];
      if (!extents_.empty() && merges(step, result[axis])) {
        extents_.back() *= result[axis];
        steps_.back() = step;
      } else {
        extents_.push_back(result[axis]);
        steps_.push_back(step);
      }
    }
    if (extents_.empty()) {
      extents_.push_back(1);
      steps_.push_back({});
    }
  }

  std::int64_t row_length() const { return extents_.back(); }
  std::int64_t row_step(std::size_t operand) const { return steps_.back()[operand]; }

  // Calls visit(offsets of the operands' rows) for every row of the result, in row-major order.
  template <class Visit>
  void rows(Visit visit) const {
    std::array<std::int64_t, N> offset{};
    std::vector<std::int64_t> at(extents_.size() - 1, 0);
    while (true) {
      visit(offset);
      std::size_t axis = at.size();
      while (axis > 0) {
        --axis;
        for (std::size_t n = 0; n < N; ++n) offset[n] += steps_[axis][n];
        if (++at[axis] < extents_[axis]) break;
        for (std::size_t n = 0; n < N; ++n) offset[n] -= steps_[axis][n] * extents_[axis];
        at[axis] = 0;
        if (axis == 0) return;
      }
      if (at.empty()) return;
    }
  }

 private:
  static Shape aligned_steps(const Shape& shape, std::size_t rank) {
    Shape steps(rank, 0);
    std::int64_t step = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const std::size_t from = shape.size() - 1 - i;
      if (shape[from] != 1) steps[rank - 1 - i] = step;
      step *= shape[from];
    }
    return steps;
  }

  // The axis before continues this one in every operand: repeated in both, or one long run.
  bool merges(const std::array<std::int64_t, N>& step, std::int64_t extent) const {
    for (std::size_t n = 0; n < N; ++n) {
      if (steps_.back()[n] != step[n] * extent) return false;
    }
    return true;
  }

  std::vector<std::int64_t> extents_;
  std::vector<std::array<std::int64_t, N>> steps_;
};

}  // namespace partita::exec
