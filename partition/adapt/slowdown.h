// How much slower a processor runs than expected, from measured layer times.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "models/base/units.h"

namespace partita {

// Model: one inference says: measured / expected, over the sums of the processor's layers. Sums,
//   since somebody who shares a core by turns stops a few layers for long and the others not at
//   all. The estimate is the median of the latest inferences in which the processor ran, each
//   weighted with the time that was expected of it, as many as add up to `window` of the heaviest
//   of them: one inference that was disturbed moves nothing, and a processor that has been left
//   with little to do needs many inferences to prove itself well again (what runs for moments slips
//   through between the turns of others). While less than half of that has been seen, the last
//   estimate stands; 1 at first, and again after `forget_after` inferences without a reading: a
//   processor that nobody uses is taken to be well again.
//   Once bitten: when an estimate rises again that had fallen, the next fall waits for twice as
//   much evidence (the window anew, then three, seven, ... times), so that a disturbance that hides
//   while nobody looks moves the estimate back and forth a logarithmic number of times.
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

  double value() const { return value_; }

 private:
  struct Inference {
    Wide measured = 0, expected = 0;
    double ratio() const { return static_cast<double>(measured) / static_cast<double>(expected); }
  };
  void forget();
  void update(double median, Wide evidence, Wide window);
  double weighted_median() const;

  std::size_t window_, forget_after_;
  std::deque<Inference> recent_;
  std::size_t unseen_ = 0;  // inferences since the last sample
  double value_ = 1;
  std::int64_t caution_ = 1;  // falls wait for caution_ - 1 windows of evidence more
  Wide calm_ = 0;             // evidence since the median has been below the estimate
  Wide slow_window_ = 0;      // the window when it was not
  bool fell_ = false;         // and has not risen since
};

}  // namespace partita
