// PEFT: Predict Earliest Finish Time.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Arabnejad, Barbosa, "List Scheduling Algorithm for Heterogeneous Systems by an Optimistic Cost
// Table", IEEE TPDS 25(3), 2014.
//
// Model: OCT(i, p) = max over successors j of
//                    min over q of (OCT(j, q) + time(j, q) + mean transfer from i to j, if q != p)
//   is what must follow layer i on p at best; for network outputs the way to the host counts, too.
//   Of the layers that are ready, the one with the highest mean OCT goes next, to the processor
//   with the least earliest finish + OCT (ties: the lowest), in a gap where one is long enough.
// Left out: what ListSchedule leaves out.
Outcome solve_peft(const Problem& problem, const SearchOptions& options);

}  // namespace partita
