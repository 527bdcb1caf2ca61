// A search for large networks that looks at one part of the order at a time.
#pragma once

#include <vector>

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Annealing in windows of the order of all layers, as in rolling horizons (Sidney and others; for job
// shops: Singer, "Decomposition methods for large job shops", Computers & OR 28, 2001).
//
// Model: windows follow one another from the first layers to the last, again and again. Within one,
//   layers go to other processors and places; a move costs what it changes of the window, not of the
//   network (queue_schedule.h), so a search of 10^5 layers tries as many moves a second as one of
//   10^3. After each window all is worked out anew, and what the window gained is kept only if the
//   whole gains. That is a guess of contention: now and then the evaluator judges the plan.
// Left out: constraints, and objectives other than latency: there the best start is the answer.
// Never worse than its starts. Same seed and steps: the same plan.
Outcome windows_from(const Groundwork& ground, const SearchOptions& options,
                     const std::vector<Plan>& starts);

Outcome solve_windows(const Problem& problem, const SearchOptions& options);

}  // namespace partita
