// A genetic search over assignment and order.
#pragma once

#include <vector>

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Holland, "Adaptation in Natural and Artificial Systems", 1975; steady state (Whitley, "The GENITOR
// Algorithm", 1989): one child at a time takes the place of the worst.
//
// Model: an individual is a state as annealing has it (search_state.h): a processor for each layer
//   and a topological order. A child takes a part of the order, a downset of the graph or what lies
//   between two of them, with its processors from one parent, and all the rest, in its order, from
//   the other: so children are topological without repair. Then it may mutate, and climbs for a few
//   steps. Limits that it exceeds stretch its value, as in every walk.
// Left out: parents that are far apart on purpose; children equal to an individual are dropped.
Outcome solve_genetic(const Problem& problem, const SearchOptions& options);

// The same from given plans (at least one), instead of from the quick methods.
Outcome evolve_from(const Groundwork& ground, const SearchOptions& options,
                    const std::vector<Plan>& starts);

}  // namespace partita
