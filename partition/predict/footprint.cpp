#include "partition/predict/footprint.h"

#include <algorithm>
#include <map>
#include <set>

namespace partita {

Footprint footprint_of(const Network& network, const std::vector<LayerId>& layers) {
  const auto position_of = [&](LayerId layer) {
    return static_cast<std::size_t>(std::find(layers.begin(), layers.end(), layer) -
                                    layers.begin());
  };
  // From and to which position each activation lives, both included.
  struct Life {
    std::size_t from, to;
  };
  std::map<TensorId, Life> lives;
  std::set<TensorId> constants;
  const std::size_t last = layers.size() - 1;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = network.layer(layers[i]);
    for (const TensorId input : layer.inputs) {
      const TensorKind kind = network.tensor(input).kind;
      if (kind == TensorKind::Weight || kind == TensorKind::Constant) {
        constants.insert(input);
      } else {
        lives.try_emplace(input, Life{0, last});
      }
    }
    for (const TensorId output : layer.outputs) {
      const Tensor& tensor = network.tensor(output);
      std::size_t until = tensor.is_output ? last : i;
      // position_of() someone outside is behind the last.
      for (const LayerId reader : tensor.consumers) {
        until = std::min(last, std::max(until, position_of(reader)));
      }
      lives.insert_or_assign(output, Life{i, until});
    }
  }
  Footprint footprint;
  for (const TensorId constant : constants) footprint.weights += network.tensor(constant).size;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Bytes live;
    for (const auto& [tensor, life] : lives) {
      if (life.from <= i && i <= life.to) live += network.tensor(tensor).size;
    }
    const Bytes workspace = network.layer(layers[i]).work.workspace;
    footprint.activations = std::max(footprint.activations, live);
    footprint.workspace = std::max(footprint.workspace, workspace);
    footprint.peak = std::max(footprint.peak, footprint.weights + live + workspace);
  }
  return footprint;
}

}  // namespace partita
