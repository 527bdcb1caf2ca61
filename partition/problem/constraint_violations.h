// The independent check of constraints.
#pragma once

#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "partition/problem/problem.h"

namespace partita {

// Everything in a plan that breaks a constraint on where its layers are, as sentences; empty when
// it keeps to all of them: each layer where the cost table has a time for it, groups on one
// processor, no path out of a processor's layers and back, shares of layer time.
// Shares no code with what searches (ConstraintExcess). Limits of terms depend on what happens, not
// on where layers are.
std::vector<std::string> constraint_violations(const Plan& plan, const Problem& problem);

}  // namespace partita
