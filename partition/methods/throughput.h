// Plans for inferences that stream through: the busiest resource decides.
#pragma once

#include <vector>

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Model: searches the assignment with the least largest load (loads/load_search.h), from those of the
//   quick methods, then, within several margins above it, those that change the processor seldom: the
//   more often an inference waits for another processor, the more of them must be in flight to keep all
//   busy, and memories limit that. The simulated stream chooses among them. Layers are ordered by their
//   numbering. Where activations do not fit beside the weights, capacities are lowered by what lacks, and
//   the search goes on. Four fifths of the steps or of the time; the rest is annealing of the best plan,
//   judged by the simulated stream.
// `steps` counts plans: kMovesPerStep moves between assignments are one. Never worse than its starts.
Outcome solve_throughput(const Problem& problem, const SearchOptions& options);

// The same from given plans of the same problem (at least one).
Outcome throughput_from(const Groundwork& ground, const SearchOptions& options,
                        const std::vector<Plan>& starts);

}  // namespace partita
