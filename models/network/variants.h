// What networks have in common that are one network for several classes of inputs.
#pragma once

#include <vector>

#include "models/network/network.h"

namespace partita {

// Whether a plan for one is a plan for the other: the same layers, which read and make the same
// tensors, of the same kinds; outputs, weights and their sizes; and the same tensors have a time of
// their own. What activations weigh, how long those times are, and what layers do may differ.
bool same_structure(const Network& a, const Network& b);

// The same network for inputs that leave it early: layers in `skipped` do no work, and what they make
// is empty (0 bytes; where it has a time of its own, that is 1 ps). They stay in orders and are
// waited for, and their weights stay where they are. Costs: models/cost/variant.h.
Network without_layers(Network network, const std::vector<LayerId>& skipped);

}  // namespace partita
