// Sums over the values of an input from which its statistics follow.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "partition/analyze/elements.h"

namespace partita::analyze {

// Model: of one block, sums of x - K and its square, where K is a value of the block, which keeps
//   what is subtracted no larger than the result; of 8-bit types, exact sums of integers. Blocks are
//   merged as pairs: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The
//   American Statistician 37 (1983), eq. 2.1.
// Left out: integers above 2^53 are rounded to doubles first.
struct Moments {
  std::int64_t elements = 0;  // of which:
  std::int64_t finite = 0, zeros = 0, nans = 0;
  double mean = 0;
  double squares = 0;     // sum (x - mean)^2
  double magnitudes = 0;  // sum |x|
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  void merge(const Moments& other);
};

// T: any of elements.h; instantiated there for each. At most 2^16 elements: sums of 8-bit types are
// of 32 bits.
template <class T>
Moments moments_of(std::span<const T> block);

}  // namespace partita::analyze
