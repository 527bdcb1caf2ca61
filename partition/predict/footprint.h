// What must be in memory while layers run one after the other.
#pragma once

#include <vector>

#include "models/network/network.h"
#include "partition/predict/profile.h"

namespace partita {

// Model: weights and constants of all the layers, each once, are there all the time. So is what
//   they read of layers outside; what one of them makes lives from its start to its last reader's
//   end, or to the end where someone outside reads it. Workspace lives while its layer runs.
// Left out: layouts with padding, and what a library keeps for itself.
// `layers`: in the order in which they run.
Footprint footprint_of(const Network& network, const std::vector<LayerId>& layers);

}  // namespace partita
