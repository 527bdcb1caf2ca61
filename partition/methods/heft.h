// HEFT: Heterogeneous Earliest Finish Time.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Topcuoglu, Hariri, Wu, "Performance-Effective and Low-Complexity Task Scheduling for
// Heterogeneous Computing", IEEE TPDS 13(3), 2002. Layers by descending upward rank, each on the
// processor that ends it first, in a gap where one is long enough.
//
// Model: rank_u(i) = mean time of i
//                    + max over successors j of (mean transfer from i to j + rank_u(j)).
//   Mean time: over all processors that can run i, launch overhead included. Mean transfer: over
//   all ordered pairs of different processors with a way between them.
// Left out: what ListSchedule leaves out.
Outcome solve_heft(const Problem& problem, const SearchOptions& options);

// Its first plan, whether it fits the memories or not.
std::variant<Plan, Infeasible> heft_plan_of_any_size(const Problem& problem);

}  // namespace partita
