// Processors that are slow and well in turn: what holds now may be over before it is of use.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "partition/runtime/policy.h"

namespace partita {

// Model: a processor turns when its slowdown goes back by kTurn (of its logarithm) from the furthest
//   it went since the last turn; so who gets slow step by step does not turn. What it is now, it stays
//   as long as in the mean of its turns, or as long as it has stayed already, and then is again what
//   it was before. Whoever decides by readings is late by D: the time between two tellings, and how
//   old what they tell is. So of the time that a decision is in force, the part
//     late = min(D / mean stay now, what the other stays take of all time)
//   runs under what was before, and the processor does as much as one that is
//     1 / ((1 - late) / slowdown now + late / slowdown before)
//   times slower. Where it turns slowly, that is what it is now; where it turns faster than anybody
//   could follow, what it is in the mean.
// Nothing is taken to end that has not ended before: until there were stays of both kinds, what it
// is now counts.
// That is how much work gets done, which counts where requests wait for each other or last as long as a
//   stay. Where a request is alone and short, its mean time is longer: what it is in the mean of its
//   slowdowns.
// Left out: the latter; links; processors that are lost and come back, which is known at once.
// No allocation after construction.
class Turns {
 public:
  explicit Turns(std::size_t processors) : of_(processors) {}

  // Readings were told; those without a start are of no use here.
  void told(Time now, std::span<const LayerReading> layers);
  // So slow it is believed to be.
  void seen(Time now, ProcessorId processor, double slowdown);
  // As slow as it should count while a decision is in force.
  double lasting(ProcessorId processor, double slowdown) const;
  double late() const { return late_; }  // seconds

  static constexpr double kTurn = 0.25;
  static constexpr double kMemory = 4;  // of so many stays, or tellings

 private:
  struct Of {
    double furthest = 0, before = 0;  // logarithms of slowdowns; before: furthest of the last stay
    int direction = 0;                // 1: it is slow, -1: well; 0: it never turned
    double since = 0;
    double slow = 0, well = 0;  // mean stays, seconds; 0: there was none
  };
  std::vector<Of> of_;
  double now_ = 0, late_ = 0;
  double told_at_ = 0, age_ = 0;  // of the last readings with a start; age 0: there were none
};

}  // namespace partita
