// One network for inputs of several classes.
#pragma once

#include <vector>

#include "models/cost/cost_table.h"

namespace partita {

// How the network is for one class of inputs: sizes of its tensors (short and long texts), work that
// is left out (early exits), and what its layers cost then. All variants of a network have the same
// structure (models/network/variants.h), so that a plan for one is a plan for all.
struct Variant {
  const Network* network = nullptr;
  const CostTable* costs = nullptr;
};

// Of models/network/variants.h: a layer that is skipped takes 1 ps wherever it can run, as a part of
// what runs there, without traffic.
CostTable without_layers(CostTable costs, const std::vector<LayerId>& skipped);

}  // namespace partita
