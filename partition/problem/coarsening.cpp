#include "partition/problem/coarsening.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <map>
#include <tuple>
#include <utility>

namespace partita {
namespace {

constexpr std::size_t kLeastGain = 10;  // one layer in so many must go

struct Edge {
  LayerId from, to;
  bool only = false;  // it is all that the one sends and the other gets
  Bytes size;
};

class Coarsener {
 public:
  Coarsener(const Problem& problem, Time longest)
      : problem_(problem),
        longest_(longest),
        layers_(problem.network.layer_count()),
        processors_(problem.hardware.processors().size()),
        partner_(layers_) {}

  std::optional<Coarsening> run() {
    match();
    while (take_apart()) {
    }
    number_clusters();
    if (clusters_ + std::max<std::size_t>(1, layers_ / kLeastGain) > layers_) return std::nullopt;
    return build();
  }

 private:
  std::vector<Edge> heaviest_first() const {
    const Network& network = problem_.network;
    std::vector<Edge> edges;
    for (const LayerId from : network.layers()) {
      for (const LayerId to : network.successors(from)) {
        Edge edge{from,
                  to,
                  network.successors(from).size() == 1 && network.predecessors(to).size() == 1,
                  {}};
        for (const TensorId tensor : network.layer(from).outputs) {
          const auto& consumers = network.tensor(tensor).consumers;
          if (std::binary_search(consumers.begin(), consumers.end(), to))
            edge.size += network.tensor(tensor).size;
        }
        edges.push_back(edge);
      }
    }
    std::stable_sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
      return std::tie(a.only, a.size) > std::tie(b.only, b.size);
    });
    return edges;
  }

  void match() {
    const Network& network = problem_.network;
    IdVector<LayerId, std::size_t> level(layers_, 0);
    for (const LayerId layer : network.layers()) {
      for (const LayerId before : network.predecessors(layer))
        level[layer] = std::max(level[layer], level[before] + 1);
    }
    for (const Edge& edge : heaviest_first()) {
      if (partner_[edge.from] || partner_[edge.to]) continue;
      if (level[edge.to] != level[edge.from] + 1 || !share_a_processor(edge)) continue;
      partner_[edge.from] = edge.to;
      partner_[edge.to] = edge.from;
    }
  }

  bool share_a_processor(const Edge& edge) const {
    std::optional<Time> fastest;
    for (const ProcessorId p : ids<ProcessorId>(processors_)) {
      if (const auto cost = together(edge.from, edge.to, p))
        fastest = std::min(fastest.value_or(Time::max()), cost->time);
    }
    return fastest && *fastest <= longest_;
  }

  std::optional<LayerCost> alone(LayerId layer, ProcessorId p) const {
    std::optional<LayerCost> cost = problem_.costs(layer, p);
    if (!cost) return std::nullopt;
    cost->time += cost->launch_overhead(problem_.hardware.processors()[p]);
    cost->launched = false;
    return cost;
  }
  std::optional<LayerCost> together(LayerId a, LayerId b, ProcessorId p) const {
    std::optional<LayerCost> first = alone(a, p);
    const std::optional<LayerCost> second = alone(b, p);
    if (!first || !second) return std::nullopt;
    first->time += second->time;
    first->traffic += second->traffic;
    return first;
  }

  LayerId head(LayerId layer) const {
    return partner_[layer] ? std::min(layer, *partner_[layer]) : layer;
  }

  // Pairs that wait for each other are pairs no more. False: there were none.
  bool take_apart() {
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(layers_);
    for (const LayerId from : problem_.network.layers()) {
      for (const LayerId to : problem_.network.successors(from)) {
        if (head(from) != head(to)) boost::add_edge(index(head(from)), index(head(to)), graph);
      }
    }
    std::vector<std::size_t> component(layers_);
    const std::size_t count = boost::strong_components(
        graph, boost::make_iterator_property_map(component.begin(),
                                                 boost::get(boost::vertex_index, graph)));
    std::vector<std::uint32_t> size(count, 0);
    for (const LayerId layer : problem_.network.layers()) {
      if (head(layer) == layer) ++size[component[index(layer)]];
    }
    bool apart = false;
    for (const LayerId layer : problem_.network.layers()) {
      if (!partner_[layer] || head(layer) != layer || size[component[index(layer)]] == 1) continue;
      partner_[*partner_[layer]].reset();
      partner_[layer].reset();
      apart = true;
    }
    return apart;
  }

  void number_clusters() {
    cluster_.resize(layers_);
    for (const LayerId layer : problem_.network.layers()) {
      cluster_[layer] = head(layer) == layer ? clusters_++ : cluster_[head(layer)];
    }
  }

  Coarsening build() {
    const Network& fine = problem_.network;
    NetworkBuilder builder(fine.name());
    std::vector<Layer> coarse(clusters_);
    for (std::size_t c = 0; c < clusters_; ++c) coarse[c].name = fmt::format("cluster{}", c);
    std::vector<Bytes> weights(clusters_);
    for (const LayerId layer : fine.layers()) {
      Bytes& workspace = coarse[cluster_[layer]].work.workspace;
      workspace = std::max(workspace, fine.layer(layer).work.workspace);
    }
    for (const TensorId id : ids<TensorId>(fine.tensors().size())) {
      const Tensor& tensor = fine.tensor(id);
      const std::vector<std::size_t> readers = readers_of(tensor);
      const bool constant =
          tensor.kind == TensorKind::Weight || tensor.kind == TensorKind::Constant;
      if (constant && readers.size() == 1)
        weights[readers.front()] += tensor.size;
      else if (tensor.is_output || constant || tensor.kind == TensorKind::Input ||
               tensor.transfer_time)
        add(builder, coarse, tensor, tensor.size, readers);
      else if (!readers.empty())
        sums_[{cluster_[*tensor.producer], readers}].push_back(id);
    }
    for (const auto& [way, tensors] : sums_) {
      Bytes size;
      for (const TensorId id : tensors) size += fine.tensor(id).size;
      add(builder, coarse, fine.tensor(tensors.front()), size, way.second);
    }
    for (std::size_t c = 0; c < clusters_; ++c) {
      if (weights[c] == Bytes{}) continue;
      Tensor tensor = bytes(fmt::format("weights of cluster{}", c), weights[c]);
      tensor.kind = TensorKind::Weight;
      coarse[c].inputs.push_back(builder.add_tensor(std::move(tensor)));
    }
    for (Layer& layer : coarse) builder.add_layer(std::move(layer));
    Network network = builder.build({fine.name(), 0, 0});
    IdVector<LayerId, LayerId> numbered = with_numbers_of(network);
    CostTable costs = costs_on(network, numbered);
    return {std::move(network), std::move(costs), std::move(numbered)};
  }

  // Clusters that read it and do not make it, ascending.
  std::vector<std::size_t> readers_of(const Tensor& tensor) const {
    std::vector<std::size_t> readers;
    for (const LayerId consumer : tensor.consumers) {
      if (!tensor.producer || cluster_[consumer] != cluster_[*tensor.producer])
        readers.push_back(cluster_[consumer]);
    }
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    return readers;
  }

  static Tensor bytes(std::string name, Bytes size) {
    Tensor tensor;
    tensor.name = std::move(name);
    tensor.type = DataType::U8;
    tensor.size = size;
    if (size.value > 0) tensor.shape = {size.value};
    return tensor;
  }

  void add(NetworkBuilder& builder, std::vector<Layer>& coarse, const Tensor& like, Bytes size,
           const std::vector<std::size_t>& readers) const {
    Tensor tensor = bytes(like.name, size);
    tensor.kind = like.kind;
    tensor.transfer_time = like.transfer_time;
    const TensorId id = builder.add_tensor(std::move(tensor));
    if (like.producer) coarse[cluster_[*like.producer]].outputs.push_back(id);
    for (const std::size_t reader : readers) coarse[reader].inputs.push_back(id);
    if (like.is_output) builder.add_output(id);
  }

  // build() has sorted them.
  IdVector<LayerId, LayerId> with_numbers_of(const Network& network) const {
    std::vector<LayerId> number(clusters_);
    for (const LayerId id : network.layers())
      number[std::stoul(network.layer(id).name.substr(std::string("cluster").size()))] = id;
    IdVector<LayerId, LayerId> numbered;
    for (const LayerId layer : problem_.network.layers())
      numbered.push_back(number[cluster_[layer]]);
    return numbered;
  }

  CostTable costs_on(const Network& network, const IdVector<LayerId, LayerId>& numbered) const {
    CostTable costs(network.layer_count(), processors_);
    for (const LayerId layer : problem_.network.layers()) {
      if (head(layer) != layer) continue;
      for (const ProcessorId p : ids<ProcessorId>(processors_)) {
        costs.set(numbered[layer], p,
                  partner_[layer] ? together(layer, *partner_[layer], p) : alone(layer, p));
      }
    }
    return costs;
  }

  const Problem& problem_;
  Time longest_;
  std::size_t layers_, processors_, clusters_ = 0;
  IdVector<LayerId, std::optional<LayerId>> partner_;
  IdVector<LayerId, std::size_t> cluster_;
  std::map<std::pair<std::size_t, std::vector<std::size_t>>, std::vector<TensorId>> sums_;
};

}  // namespace

std::optional<Coarsening> coarsen(const Problem& problem, Time longest) {
  return Coarsener(problem, longest).run();
}

}  // namespace partita
