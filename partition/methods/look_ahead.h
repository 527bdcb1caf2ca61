// HEFT that looks ahead.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Bittencourt, Sakellariou, Madeira, "DAG Scheduling Using a Lookahead Variant of the Heterogeneous
// Earliest Finish Time Algorithm", PDP 2010. Layers by descending upward rank, as in HEFT; but each
// on the processor where the last of its children could end first, if they were placed next, by
// rank, each where it ends first. Inputs of a child whose producers are not placed yet do not
// count. Ties: where the layer itself ends first, then the lowest.
//
// A layer without children goes to where it ends first.
// Left out: what ListSchedule leaves out.
Outcome solve_look_ahead(const Problem& problem, const SearchOptions& options);

}  // namespace partita
