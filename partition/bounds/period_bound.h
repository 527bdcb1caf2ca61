// A period that no stream of inferences can beat, whatever the plan.
#pragma once

#include <string>

#include "partition/problem/deadline.h"
#include "partition/problem/problem.h"

namespace partita {

struct PeriodBound {
  Time value{0};
  std::string limit;  // what it comes from
};

// Model: in each period, the work of one inference is done, in parts; work_bound.h says how long that
//   takes at least (with the best weights there are), and cut_bound.h with what is sent from the host's
//   memory and to it; a layer is done by some processor: t * max(1 / streams, share) at least. Weights
//   that do not fit are elsewhere (memory_fees.h).
// Left out: what is sent between other memories.
// From the deadline on, weights that do not fit are looked at no further.
PeriodBound period_bound(const Problem& problem, const Deadline& deadline = {});

}  // namespace partita
