// The network as a worker knows it: layers and tensors by number, weights as recipes, or as
// they were trained.
#pragma once

#include <cstdint>
#include <vector>

#include "exec/values/recipe.h"
#include "exec/values/values.h"
#include "models/network/network.h"

namespace partita::exec {

struct Model {
  IdVector<LayerId, Layer> layers;
  IdVector<TensorId, Tensor> tensors;
  IdVector<TensorId, Recipe> recipes;  // of weights
};

Model model_of(const Network& network, std::uint64_t seed);

}  // namespace partita::exec
