// Steps between neighbours, along rows and down columns, and across the borders of 8 x 8 blocks.
#pragma once

#include <cstdint>
#include <span>

#include "partition/analyze/elements.h"

namespace partita::analyze {

// The side of JPEG's blocks, ITU-T T.81, A.3.1.
inline constexpr std::int64_t kBlockSide = 8;

// Pairs of neighbours, and sums of |their difference|; pairs with something that is not finite are
// left out.
struct Steps {
  double sum = 0;
  std::int64_t pairs = 0;

  void merge(const Steps& other) {
    sum += other.sum;
    pairs += other.pairs;
  }
  double mean() const { return pairs == 0 ? 0 : sum / static_cast<double>(pairs); }
};

struct Gradients {
  Steps x, y;
  Steps borders;  // those of x and y that cross a border of blocks; counted where `blocks` is asked

  void merge(const Gradients& other) {
    x.merge(other.x);
    y.merge(other.y);
    borders.merge(other.borders);
  }
  // (B - A) / (B + A), see features.h; 0 where nothing differs, NaN without a border.
  double blockiness() const;
};

// Of the elements of `range` (whole items), each with its left and upper neighbour, which may stand
// before the range. T: any of elements.h.
template <class T>
Gradients gradients_of(std::span<const T> all, const Layout& layout, Range range, bool blocks);

}  // namespace partita::analyze
