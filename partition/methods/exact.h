// Branch and bound over all plans: for small networks, an optimum with its proof.
#pragma once

#include <vector>

#include "partition/methods/methods.h"

namespace partita {

constexpr std::size_t kMostExactLayers = 64;

// Which plans there are: a processor for each layer, an order for each processor, and an order of
// service with priorities for the transfers. Every plan is at least as long as it would be on an
// idle machine (problem/idle_machine.h), where the last of these three does not matter.
//
// 1. The shortest plan of the idle machine (schedule_search.h). No plan at all is shorter. Each
//    better one on the way is judged on the real machine, too. Where nothing can disturb anything
//    (IdleMachine::is_real: costed graphs with given transfer times), both are the same, and this
//    is the optimum.
// 2. Else all pairs of assignment and orders that are shorter on the idle machine than the best
//    plan known on the real one. Each is judged with transfers as make_plan() queues them. It is
//    settled where it takes as long as when idle, or where it sends nothing over engines or
//    processors, so that there is one way to execute it only. `bound` is the least of the best
//    plan, and of the idle times of pairs that are not settled.
// So: `value` is that of a real plan; `bound` holds for all plans, whatever their transfers'
// order; they meet where the optimum is proved.
//
// A step is 64 partial plans. Told to stop, or beyond SearchOptions::steps: the best plan and what
// is proved so far. Where the objective is not latency alone, or there are more layers than
// kMostExactLayers: annealing's plan, and lower_bound().
// Same seed and steps: the same plan and bound.
Outcome solve_exact(const Problem& problem, const SearchOptions& options);

// The same from given plans (may be none), instead of from annealing's. Preconditions: latency is
// the objective; at most kMostExactLayers layers.
Outcome exact_from(const Problem& problem, const SearchOptions& options,
                   const std::vector<Plan>& starts);

}  // namespace partita
