// What a scenario will do, for a policy that knows the future.
#pragma once

#include <vector>

#include "models/scenario/scenario.h"
#include "models/scenario/scenario_requests.h"
#include "partition/runtime/policies/policy_problem.h"

namespace partita::command {

// Model: between two changes of load or mix nothing changes; where arrivals are bursts, time is cut
//   into kPieces as well. Slowdowns and shares on one processor multiply; a link with traffic has
//   what that leaves, or half where it wants more; classes and rates are those of the requests that
//   come.
// Left out: traffic in memories, and what an adversary will do, which depends on us.
std::vector<Segment> true_segments(const Scenario& scenario, const Hardware& hardware,
                                   const std::vector<ScenarioRequest>& requests);

}  // namespace partita::command
