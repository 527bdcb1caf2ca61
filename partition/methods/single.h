// The best single processor: the yardstick of every split.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

Outcome solve_single(const Problem& problem, const SearchOptions& options);

}  // namespace partita
