// An explanation of a plan as people and machines read it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "partition/bounds/lower_bound.h"
#include "partition/explain/explain.h"

namespace partita::command {

void print_explanation(const Problem& problem, const Plan& plan, const Explanation& explanation,
                       const LowerBound& bound);
nlohmann::json explanation_json(const Problem& problem, const Plan& plan,
                                const Explanation& explanation, const LowerBound& bound);

}  // namespace partita::command
