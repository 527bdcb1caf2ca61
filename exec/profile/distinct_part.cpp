#include "exec/profile/distinct_part.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "partition/predict/footprint.h"

namespace partita::exec {
namespace {

// Which layers of one network are wanted, and which come along.
struct Choice {
  IdVector<LayerId, bool> wanted, taken;
  std::vector<Subgraph> subgraphs;
};

class Chooser {
 public:
  explicit Chooser(const Known& known) : known_(known) {}

  Choice choose(const Network& network) {
    Choice choice{IdVector<LayerId, bool>(network.layer_count(), false),
                  IdVector<LayerId, bool>(network.layer_count(), false),
                  {}};
    for (Subgraph& each : subgraphs(network)) {
      if (!is_new("subgraph", each.signature)) continue;
      for (const LayerId layer : each.layers) want(choice, network, layer);
      choice.subgraphs.push_back(std::move(each));
    }
    for (const LayerId layer : network.layers()) {
      if (is_new("layer", network.signature(layer))) want(choice, network, layer);
    }
    return choice;
  }

 private:
  bool is_new(const std::string& kind, const std::string& signature) {
    return !known_(kind, signature) && seen_.emplace(kind, signature).second;
  }
  static void want(Choice& choice, const Network& network, LayerId layer) {
    choice.wanted[layer] = choice.taken[layer] = true;
    for (const LayerId before : network.predecessors(layer)) choice.taken[before] = true;
  }

  const Known& known_;
  std::set<std::pair<std::string, std::string>> seen_;
};

// Puts the chosen layers of networks together.
class Joiner {
 public:
  explicit Joiner(bool several) : several_(several) {}

  void add(const Network& network, const Choice& choice, std::size_t number) {
    const std::string prefix = several_ ? fmt::format("{}:", number) : "";
    std::map<TensorId, TensorId> there;
    for (const LayerId id : network.layers()) {
      if (!choice.taken[id]) continue;
      Layer layer = network.layer(id);
      layer.name = prefix + layer.name;
      for (auto* operands : {&layer.inputs, &layer.outputs}) {
        for (TensorId& tensor : *operands) {
          const auto [place, is_new] = there.try_emplace(tensor);
          if (is_new) place->second = add_tensor(network, choice, tensor, prefix);
          tensor = place->second;
        }
      }
      builder_.add_layer(std::move(layer));
    }
  }

  Network build() { return builder_.build({"profile"}); }

 private:
  TensorId add_tensor(const Network& network, const Choice& choice, TensorId id,
                      const std::string& prefix) {
    Tensor tensor = network.tensor(id);
    tensor.name = prefix + tensor.name;
    const bool made = tensor.producer && choice.taken[*tensor.producer];
    if (tensor.producer && !made) tensor.kind = TensorKind::Input;
    bool read = false;
    for (const LayerId reader : tensor.consumers) read = read || choice.taken[reader];
    const bool result = made && (tensor.is_output || !read);
    const TensorId added = builder_.add_tensor(std::move(tensor));
    if (result) builder_.add_output(added);
    return added;
  }

  const bool several_;
  NetworkBuilder builder_{"distinct layers"};
};

ProfileRow row_of(const Network& network, const std::string& kind, const std::string& signature,
                  const std::vector<LayerId>& layers) {
  ProfileRow row;
  row.kind = kind;
  row.signature = signature;
  row.flops = Flops{};
  for (const LayerId layer : layers) {
    row.size += network.layer(layer).work.traffic();
    row.flops->value += network.layer(layer).work.flops.value;
  }
  row.footprint = footprint_of(network, layers);
  return row;
}

}  // namespace

IdVector<LayerId, double> DistinctPart::order() const {
  std::vector<Subgraph> all;
  for (const Whole& each : subgraphs) all.push_back(each.subgraph);
  return order_keeping(network, all);
}

std::optional<DistinctPart> distinct_part(const std::vector<const Network*>& networks,
                                          const Known& known) {
  Chooser chooser(known);
  Joiner joiner(networks.size() > 1);
  std::vector<Choice> choices;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    choices.push_back(chooser.choose(*networks[i]));
    joiner.add(*networks[i], choices.back(), i);
    for (const bool one : choices.back().taken) taken += one ? 1 : 0;
  }
  if (taken == 0) return std::nullopt;

  DistinctPart part{joiner.build(), {}, {}};
  part.rows.resize(taken);
  // Layers came in topological order, which the builder keeps.
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const Network& network = *networks[i];
    std::map<LayerId, LayerId> here;
    for (const LayerId layer : network.layers()) {
      if (!choices[i].taken[layer]) continue;
      const LayerId id{next++};
      here.emplace(layer, id);
      if (!choices[i].wanted[layer]) continue;
      part.rows[id] = row_of(network, "layer", network.signature(layer), {layer});
    }
    for (Subgraph& each : choices[i].subgraphs) {
      ProfileRow row = row_of(network, "subgraph", each.signature, each.layers);
      for (LayerId& layer : each.layers) layer = here.at(layer);
      part.subgraphs.push_back({std::move(each), std::move(row)});
    }
  }
  return part;
}

}  // namespace partita::exec
