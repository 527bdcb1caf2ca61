#include "models/network/part.h"

#include <algorithm>
#include <map>
#include <set>

#include "models/base/assert.h"

namespace partita {
namespace {

// Layers are numbered in a topological order: one pass from the last to the first finds them.
std::set<LayerId> needed_layers(const Network& network, const std::set<TensorId>& from,
                                const std::vector<TensorId>& to) {
  std::set<TensorId> wanted(to.begin(), to.end());
  std::set<LayerId> needed;
  for (std::size_t at = network.layer_count(); at-- > 0;) {
    const auto id = static_cast<LayerId>(at);
    const Layer& layer = network.layer(id);
    if (std::none_of(layer.outputs.begin(), layer.outputs.end(), [&](TensorId output) {
          return wanted.count(output) != 0 && from.count(output) == 0;
        })) {
      continue;
    }
    needed.insert(id);
    wanted.insert(layer.inputs.begin(), layer.inputs.end());
  }
  return needed;
}

}  // namespace

Network part_of(const Network& network, const std::string& name, const std::vector<TensorId>& from,
                const std::vector<TensorId>& to) {
  PARTITA_ASSERT(!network.given_times(), "given times are of the whole network");
  const std::set<TensorId> given(from.begin(), from.end());
  const std::set<LayerId> layers = needed_layers(network, given, to);
  std::set<TensorId> read;
  for (const LayerId id : layers) {
    read.insert(network.layer(id).inputs.begin(), network.layer(id).inputs.end());
  }

  NetworkBuilder builder(name);
  std::map<TensorId, TensorId> numbers;
  const auto add = [&](TensorId id) {
    if (const auto found = numbers.find(id); found != numbers.end()) return found->second;
    Tensor tensor = network.tensor(id);
    if (given.count(id) != 0) tensor.kind = TensorKind::Input;
    tensor.producer.reset();
    tensor.consumers.clear();
    tensor.is_output = false;
    return numbers.emplace(id, builder.add_tensor(std::move(tensor))).first->second;
  };
  for (const TensorId id : network.inputs()) {
    if (read.count(id) != 0) add(id);
  }
  for (const TensorId id : from) {
    if (read.count(id) != 0) add(id);
  }
  for (const LayerId id : layers) {
    Layer layer = network.layer(id);
    for (TensorId& input : layer.inputs) input = add(input);
    for (TensorId& output : layer.outputs) output = add(output);
    builder.add_layer(std::move(layer));
  }
  for (const TensorId id : to) {
    PARTITA_ASSERT(given.count(id) == 0 && network.tensor(id).producer,
                   "a part makes what it is asked for: " + network.tensor(id).name);
    builder.add_output(numbers.at(id));
  }
  return builder.build({name});
}

std::optional<TensorId> tensor_named(const Network& network, const std::string& name) {
  for (const TensorId id : ids<TensorId>(network.tensors().size())) {
    if (network.tensor(id).name == name) return id;
  }
  return std::nullopt;
}

}  // namespace partita
