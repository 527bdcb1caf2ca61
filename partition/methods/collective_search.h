// How to do the collectives of a plan.
#pragma once

#include "models/plan/plan.h"
#include "partition/methods/methods.h"

namespace partita {

// Every collective of the network done so; in_switch only those that add up, the others direct.
Plan::Collectives all_collectives(const Network& network, const CollectiveChoice& choice);

// The fastest way for each group of equal collectives (same kind, size and participants), judged by
// the plain evaluator on the whole plan: group by group in the layers' order, the others as they
// are, starting from central ones. Tried are direct, ring and tree in 1 to 8 pieces, in_switch in 1
// to 64; one that does not fit the memories, or that cannot be done here, is passed over.
Plan with_fastest_collectives(const Problem& problem, Plan plan);

}  // namespace partita
