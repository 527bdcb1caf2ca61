// How well repeated measurements tell their median.
#pragma once

#include <optional>
#include <vector>

#include "models/base/units.h"

namespace partita {

// From which to which value the median lies, at a confidence of 95 %.
struct MedianInterval {
  Time low{0}, high{0};

  // As a part of `median`: 0.01 is +-1 %.
  double half_width(Time median) const { return 0.5 * seconds(high - low) / seconds(median); }
  friend bool operator==(const MedianInterval&, const MedianInterval&) = default;
};

// Model: of n sorted values the k-th from either end, with the largest k for which the median lies
//   outside with a probability 2 P(B < k) of at most 5 %, B binomial (n, 1/2): no distribution of
//   the values is assumed, but that they are independent. Le Boudec, "Performance Evaluation of
//   Computer and Communication Systems" (2010), theorem 2.1. Fewer than 6 values tell nothing.
std::optional<MedianInterval> median_interval(std::vector<Time> values);

}  // namespace partita
