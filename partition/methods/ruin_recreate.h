// A large-neighbourhood search: takes part of a plan away and schedules it anew.
#pragma once

#include <vector>

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Shaw, "Using Constraint Programming and Local Search Methods to Solve Vehicle Routing Problems",
// 1998; ruin and recreate with blinks: Christiaens and Vanden Berghe, "Slack Induction by String
// Removals", 2020; accepted as by Schrimpf et al., "Record Breaking Optimization Results Using the
// Ruin and Recreate Principle", 2000 (threshold accepting).
//
// Model: ruin removes layers that are joined in the graph, or that stand next to each other in the
//   order, half of the time around the critical path. Recreate goes through the whole order and
//   gives each layer that was removed to the processor where a list schedule (list_schedule.h)
//   delivers it first, now and then on purpose to another; the others stay where they are, and all
//   are ordered by their starts. The evaluator judges what comes out.
Outcome solve_ruin_recreate(const Problem& problem, const SearchOptions& options);

// The same from given plans (at least one), instead of from the quick methods.
Outcome recreate_from(const Groundwork& ground, const SearchOptions& options,
                      const std::vector<Plan>& starts);

}  // namespace partita
