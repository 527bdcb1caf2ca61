#include "exec/profile/subgraphs.h"

#include <algorithm>
#include <set>

namespace partita::exec {
namespace {

OpFamily family_of(const Network& network, LayerId layer) {
  return info(network.layer(layer).kind).family;
}
bool starts_chain(OpFamily family) {
  return family == OpFamily::Conv || family == OpFamily::Matmul;
}
bool goes_on(OpFamily family) {
  return family == OpFamily::Elementwise || family == OpFamily::Norm;
}

// The layer that a chain goes on with; absent: it ends.
std::optional<LayerId> next_in_chain(const Network& network, LayerId layer) {
  if (network.layer(layer).outputs.size() != 1 || network.successors(layer).size() != 1) return {};
  if (network.tensor(network.layer(layer).outputs[0]).is_output) return {};
  const LayerId next = network.successors(layer)[0];
  const bool alone = network.predecessors(next).size() == 1;
  return alone && goes_on(family_of(network, next)) ? std::optional(next) : std::nullopt;
}

Subgraph subgraph_of(const Network& network, bool chain, std::vector<LayerId> layers) {
  std::string signature;
  for (const LayerId layer : layers) {
    signature += (signature.empty() ? "" : " + ") + network.signature(layer);
  }
  return {chain, std::move(layers), std::move(signature)};
}

std::vector<Subgraph> chains(const Network& network) {
  std::vector<Subgraph> found;
  for (const LayerId head : network.layers()) {
    if (!starts_chain(family_of(network, head))) continue;
    std::vector<LayerId> layers{head};
    while (const auto next = next_in_chain(network, layers.back())) layers.push_back(*next);
    if (layers.size() > 1) found.push_back(subgraph_of(network, true, std::move(layers)));
  }
  return found;
}

std::vector<Subgraph> blocks(const Network& network, const IdVector<LayerId, double>& position) {
  std::vector<LayerId> order;
  for (const LayerId layer : network.layers()) order.push_back(layer);
  std::sort(order.begin(), order.end(),
            [&](LayerId a, LayerId b) { return position[a] < position[b]; });
  std::vector<Subgraph> found;
  std::vector<LayerId> since_cut;
  std::set<TensorId> crossing;  // made, and still to be read
  IdVector<TensorId, std::size_t> readers_left(network.tensors().size());
  for (const LayerId layer : order) {
    since_cut.push_back(layer);
    for (const TensorId output : network.layer(layer).outputs) {
      readers_left[output] = network.tensor(output).consumers.size();
      if (readers_left[output] > 0) crossing.insert(output);
    }
    const std::vector<TensorId>& inputs = network.layer(layer).inputs;
    for (const TensorId input : std::set<TensorId>(inputs.begin(), inputs.end())) {
      if (network.tensor(input).producer && --readers_left[input] == 0) crossing.erase(input);
    }
    if (crossing.size() > 1) continue;
    if (since_cut.size() > 1 && since_cut.size() <= kMostInBlock) {
      found.push_back(subgraph_of(network, false, since_cut));
    }
    since_cut.clear();
  }
  return found;
}

}  // namespace

std::vector<Subgraph> subgraphs(const Network& network) {
  std::vector<Subgraph> found = chains(network);
  std::vector<Subgraph> more = blocks(network, order_keeping(network, found));
  found.insert(found.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  return found;
}

IdVector<LayerId, double> order_keeping(const Network& network,
                                        const std::vector<Subgraph>& subgraphs) {
  // All but the first of a chain read nobody else, so they can follow it at once, whatever was
  // between. A block is a piece of such an order already.
  IdVector<LayerId, double> position(network.layer_count());
  for (const LayerId layer : network.layers()) position[layer] = static_cast<double>(index(layer));
  for (const Subgraph& each : subgraphs) {
    if (!each.chain) continue;
    const double head = position[each.layers.front()];
    for (std::size_t i = 1; i < each.layers.size(); ++i) {
      position[each.layers[i]] =
          head + static_cast<double>(i) / static_cast<double>(each.layers.size());
    }
  }
  return position;
}

}  // namespace partita::exec
