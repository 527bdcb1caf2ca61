// What a plan needs of memories before anything runs.
#pragma once

#include <string>

#include "models/plan/plan.h"

namespace partita {

// Bytes of the weights of each memory's layers: each distinct weight once for each memory that a
// layer reads it in. Weights of a cold start come later, and do not count.
IdVector<MemoryId, Bytes> resident_weights(const Network& network, const Hardware& hardware,
                                           const Plan& plan);

// The first memory that is smaller than its weights, as a sentence with the bytes missing; empty:
// none.
std::string exceeded_by_weights(const Network& network, const Hardware& hardware, const Plan& plan);

}  // namespace partita
