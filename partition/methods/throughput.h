// Plans for inferences that stream through: the busiest resource decides.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Model: searches the assignment with the least largest load (loads/load_search.h), from those of
//   single, greedy and heft; layers are ordered by their numbering. Where activations do not fit beside
//   the weights, capacities are lowered by what lacks, and the search goes on. Then a few steps of
//   annealing, judged by the simulated stream.
// `steps` counts plans: a hundred moves between assignments are one. Never worse than its starts.
Outcome solve_throughput(const Problem& problem, const SearchOptions& options);

}  // namespace partita
