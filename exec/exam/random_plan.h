// Plans drawn at random, to fit a machine on and to judge the fit by: nobody optimised them, so
// they visit what good plans avoid (many copies, poor processors, waiting).
#pragma once

#include <cstdint>

#include "models/cost/cost_table.h"
#include "models/plan/plan.h"

namespace partita::exec {

// Cuts the layers, in their numbering, into blocks of random length (geometric, `mean_block` layers
// on average) and puts each block on a random processor that can run all of it (else layer by
// layer). Same seed, same plan.
// Precondition: every layer has a cost on some processor.
Plan random_plan(const Network& network, const Hardware& hardware, const CostTable& costs,
                 double mean_block, std::uint64_t seed, std::string name);

}  // namespace partita::exec
