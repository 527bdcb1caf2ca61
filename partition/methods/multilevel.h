// A search that solves a coarse problem first, for networks of many layers.
#pragma once

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Model: the network is made coarser (problem/coarsening.h) until it has some hundreds of layers, or
//   cannot be made coarser. The coarsest problem is solved by a portfolio. From there each level
//   takes over the processors of the one above it, orders layers by a list schedule
//   (fixed_list.h), and is refined by annealing, cold. Levels share the budget: half goes to the
//   coarsest, the rest in equal parts.
// The best plan of the finest level is the answer, or a quick method's where that is better.
// Left out: constraints above the finest level.
Outcome solve_multilevel(const Problem& problem, const SearchOptions& options);

// The same, with some plans to beat.
Outcome multilevel_from(const Groundwork& ground, const SearchOptions& options,
                        const std::vector<Plan>& starts);

}  // namespace partita
