#include "exec/program/model.h"

namespace partita::exec {

Model model_of(const Network& network, std::uint64_t seed) {
  const SeededValues values(network, seed);
  Model model;
  for (const LayerId id : network.layers()) model.layers.push_back(network.layer(id));
  model.tensors = network.tensors();
  for (const TensorId id : ids<TensorId>(model.tensors.size())) {
    const bool made = model.tensors[id].kind == TensorKind::Weight;
    model.recipes.push_back(made ? values.recipe(id) : Recipe{});
  }
  return model;
}

}  // namespace partita::exec
