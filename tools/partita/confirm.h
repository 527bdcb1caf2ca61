// A plan is believed only when others agree: checker and SystemC, which share nothing with a search.
#pragma once

#include <optional>
#include <string>

#include "models/timeline/timeline.h"
#include "partition/methods/methods.h"

namespace partita::command {

// Checks the plan's constraints, executes it by the plain evaluator and by SystemC, checks both
// timelines, compares them to the picosecond, and counts again what the plan costs, energy by the
// analysis of the run. Throws Error with everything that disagrees.
// The simulated timeline; absent where the machine is larger than one simulation can hold: then only
// the evaluator's was checked, and `why_not` says why.
std::optional<Timeline> confirmed(const Problem& problem, const Plan& plan, const PlanCost& claimed,
                                  std::string& why_not);

}  // namespace partita::command
