// Several methods that share a budget, and hand each other their plans.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Gomes and Selman, "Algorithm portfolios", Artificial Intelligence 126, 2001.
//
// Model: first every quick method; then rounds, in which searches take turns for a slice of the
//   budget, each from the best plans so far. A slice goes to the search that lately gained most for
//   each step; one that was not asked for a while gets a turn whatever it gained. Ends when the
//   budget does, or sooner: when the best plan is as good as the lower bound, or nothing is left to
//   try. The progress that it tells carries the bound.
// The answer is never worse than the best plan of any member, and carries its method's name.
Outcome solve_auto(const Problem& problem, const SearchOptions& options);

}  // namespace partita
