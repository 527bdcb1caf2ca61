// Greedy: layers in topological order, each on the processor that ends it first.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// What most people would write first; it looks neither ahead nor back.
Outcome solve_greedy(const Problem& problem, const SearchOptions& options);

}  // namespace partita
