// How much slower a processor runs than expected, from measured layer times.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "models/base/units.h"

namespace partita {

// Model: of one inference, measured / expected over the sums of the processor's layers; of the
//   processor, the median of that over the last `window` inferences in which it ran. Sums, since
//   somebody who shares a core by turns stops a few layers for long and the others not at all. One
//   inference that was disturbed moves nothing. With less than half a window of
//   inferences it is 1, and so it is after `forget_after` inferences without a reading: a processor
//   that nobody uses is taken to be well again.
// Left out: that a disturbance may hit operators differently.
class Slowdown {
 public:
  Slowdown(std::size_t window, std::size_t forget_after)
      : window_(window), forget_after_(forget_after) {}

  struct Sample {
    Time measured, expected;  // expected > 0
  };
  // One inference; no samples: the processor ran nothing in it.
  void observe(const std::vector<Sample>& samples);

  double value() const;

 private:
  std::size_t window_, forget_after_;
  std::deque<double> recent_;
  std::size_t unseen_ = 0;  // inferences since the last sample
};

}  // namespace partita
