// The energy that an inference takes at least, whatever the plan.
#pragma once

#include "partition/problem/candidates.h"
#include "partition/problem/plan_energy.h"

namespace partita {

// Model: a processor draws at least  rest = min(idle, asleep, active)  all the time, and
//   active - rest  more while it works; it works at least as long as its layers take alone, over
//   its streams. So a plan that puts layers at x and takes at least `latency` takes at least
//     (idle power of memories, links, switches + sum of rest) * latency
//     + sum over layers l:  (active - rest) * duration(l, x(l)) / streams + bytes(l, x(l))
//     + sum over tensors and the memories where they are read: bytes on the way.
//   The last two sums are least over x but for this: of the tensors that a layer reads, only the
//   largest that others made, and of the readers of a tensor, only the first, count. That leaves a
//   forest, on which one sweep from leaves to roots finds the minimum. Results on the way to the
//   host count with their layer.
// Left out: tensors that several layers read, rest that is not as deep as it gets, copies by
//   processors, the way of inputs from the host.
class EnergyBound {
 public:
  EnergyBound(const Problem& problem, const Candidates& candidates);

  // In fJ.
  Wide value(Time latency) const { return at_rest_ * latency.count() + of_work_; }
  // Whether more of it is drawn at rest than by work.
  bool is_rest(Time latency) const { return at_rest_ * latency.count() > of_work_; }

 private:
  Wide at_rest_ = 0;  // mW
  Wide of_work_ = 0;  // fJ
};

}  // namespace partita
