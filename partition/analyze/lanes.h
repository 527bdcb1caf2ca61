// Sums side by side: the compiler may not reorder one sum of doubles, so that the order is written
// here once, as loops that it makes vectors of, and the result is the same everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "partition/analyze/elements.h"

namespace partita::analyze {

// Too many to be unrolled: GCC 12 would make single sums of them again.
inline constexpr std::size_t kLanes = 32;

template <class T>
using Lanes = std::array<T, kLanes>;

// What comparisons of elements can be done in: a Half has no order of its own.
template <class T>
using Comparable = std::conditional_t<std::is_same_v<T, Half>, float, T>;

template <class T>
[[gnu::always_inline]] inline Comparable<T> comparable(T value) {
  if constexpr (std::is_same_v<T, Half>) {
    return to_float(value);
  } else {
    return value;
  }
}

[[gnu::always_inline]] inline double sum_of(Lanes<double> lanes) {
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  }
  return lanes[0];
}

}  // namespace partita::analyze
