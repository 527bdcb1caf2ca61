// Round robin: every processor in turn.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// A baseline that looks at nothing: layers in the network's order, each on the next processor that
// can run it and has room for its weights.
Outcome solve_round_robin(const Problem& problem, const SearchOptions& options);

}  // namespace partita
