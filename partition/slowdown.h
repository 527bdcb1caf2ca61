// How much slower a processor runs than expected, from measured layer times.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "models/base/units.h"

namespace partita {

// Model: of one inference, the median of measured / expected over the processor's layers, each
//   weighted by its expected time; of the processor, the median of that over the last `window`
//   inferences in which it ran. A spike in one layer, or one whole inference that was disturbed,
//   moves neither. Less than half a window of inferences says nothing: 1. Readings older than
//   `forget_after` inferences say nothing either: a processor that nobody uses is taken to be well
//   again.
// Left out: that a disturbance may hit operators differently.
class Slowdown {
 public:
  Slowdown(std::size_t window, std::size_t forget_after)
      : window_(window), forget_after_(forget_after) {}

  struct Sample {
    Time measured, expected;  // expected > 0
  };
  // One inference; no samples: the processor ran nothing in it.
  void observe(std::vector<Sample> samples);

  double value() const;

 private:
  std::size_t window_, forget_after_;
  std::deque<double> recent_;
  std::size_t unseen_ = 0;  // inferences since the last sample
};

}  // namespace partita
