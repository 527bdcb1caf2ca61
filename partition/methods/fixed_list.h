// The order of layers whose processors are given.
#pragma once

#include "models/plan/plan.h"
#include "partition/problem/delays.h"
#include "partition/problem/problem.h"

namespace partita {

// A list schedule over idle routes: a processor that is free takes, of the layers whose inputs have
// come, the one with the most behind it (its own time, transfers and all, on the processors given).
// Left out: contention, memory, and, on a processor with several streams, all but one.
Placement fixed_list(const Problem& problem, const Delays& delays,
                     const IdVector<LayerId, ProcessorId>& processor);

}  // namespace partita
