// Simulated annealing over assignment and order, on top of the best of the other methods.
#pragma once

#include <vector>

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Kirkpatrick, Gelatt, Vecchi, "Optimization by Simulated Annealing", Science 220, 1983; Metropolis
// rule, re-heated from the best plan several times.
//
// Model: a state is a processor for each layer and one topological order of all layers; each
//   processor follows that order, so no state can wait for itself. Every step is judged by the
//   plain evaluator, contention and memory included. Moves: one layer, a connected block, a chain
//   of layers (a branch), a window of the order, two layers that change places, one layer earlier
//   or later; half of them begin on the critical path. A state that does not fit the memories costs
//   its makespan, stretched by the share of bytes that lack.
// Never worse than its start. Same seed and steps: the same plan.
Outcome solve_annealing(const Problem& problem, const SearchOptions& options);

// The same from given plans of the same problem (at least one), instead of from the other methods.
Outcome anneal_from(const Groundwork& ground, const SearchOptions& options,
                    const std::vector<Plan>& starts);

// The same where no groundwork has been laid yet.
Outcome anneal_from(const Problem& problem, const SearchOptions& options,
                    const std::vector<Plan>& starts);

}  // namespace partita
