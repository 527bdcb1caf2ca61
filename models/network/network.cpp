#include "models/network/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <set>

#include "models/base/assert.h"
#include "models/network/work.h"

namespace partita {
namespace {

// No tensor of a real network comes near it; below it, sums over a network stay within 64 bits.
constexpr std::int64_t kLargestTensor = std::int64_t{1} << 50;

// Elements, or nothing where an extent is not positive or the bytes would pass kLargestTensor.
std::optional<std::int64_t> checked_elements(const Tensor& tensor) {
  Wide total = 1;
  for (const std::int64_t extent : tensor.shape) {
    if (extent < 1) return std::nullopt;
    total *= extent;
    if (total * info(tensor.type).bytes > kLargestTensor) return std::nullopt;
  }
  return static_cast<std::int64_t>(total);
}

template <class Item>
void sort_unique(std::vector<Item>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

bool contains(const std::vector<TensorId>& tensors, TensorId tensor) {
  return std::find(tensors.begin(), tensors.end(), tensor) != tensors.end();
}

std::string shape_text(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

std::string operand_text(const Tensor& tensor) {
  const char* prefix = tensor.kind == TensorKind::Weight     ? "w:"
                       : tensor.kind == TensorKind::Constant ? "c:"
                                                             : "";
  return fmt::format("{}{}[{}]", prefix, to_string(tensor.type), shape_text(tensor.shape));
}

std::string attribute_text(const Attribute& attribute) {
  struct Text {
    std::string operator()(std::int64_t value) const { return fmt::to_string(value); }
    std::string operator()(double value) const { return fmt::to_string(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const std::vector<std::int64_t>& values) const {
      return fmt::format("{}", fmt::join(values, ","));
    }
    std::string operator()(const std::vector<double>& values) const {
      return fmt::format("{}", fmt::join(values, ","));
    }
  };
  return std::visit(Text{}, attribute);
}

// Operands and attributes do not say what these make.
bool result_is_free(OpKind kind) {
  return kind == OpKind::Reshape || kind == OpKind::Expand || kind == OpKind::Cast;
}

}  // namespace

std::int64_t Tensor::elements() const {
  std::int64_t total = 1;
  for (const std::int64_t extent : shape) total *= extent;
  return total;
}

std::optional<LayerId> Network::layer_named(const std::string& name) const {
  for (const LayerId id : layers()) {
    if (layer(id).name == name) return id;
  }
  return std::nullopt;
}

std::string Network::signature(LayerId id) const {
  const Layer& of = layer(id);
  if (of.kind == OpKind::Opaque) return fmt::format("Opaque'{}'", of.name);

  std::vector<std::string> operands;
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    // Reading one tensor twice is less traffic than reading two.
    const auto first = std::find(of.inputs.begin(), of.inputs.end(), of.inputs[i]);
    const auto position = static_cast<std::size_t>(first - of.inputs.begin());
    operands.push_back(position < i ? fmt::format("@{}", position)
                                    : operand_text(tensor(of.inputs[i])));
  }
  std::string text =
      fmt::format("{}({}){{", to_string(of.kind), fmt::format("{}", fmt::join(operands, ",")));
  const char* separator = "";
  for (const auto& [name, value] : of.attributes) {
    text += fmt::format("{}{}={}", separator, name, attribute_text(value));
    separator = ";";
  }
  text += "}";
  if (result_is_free(of.kind)) text += "->" + operand_text(tensor(of.outputs.front()));
  return text;
}

Flops Network::total_flops() const {
  Wide total = 0;
  for (const LayerId id : layers()) total += layer(id).work.flops.value;
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  return {static_cast<std::int64_t>(std::min(total, kMost))};
}

Bytes Network::total_weights() const {
  Bytes total;
  for (const Tensor& tensor : tensors_) {
    if (tensor.kind == TensorKind::Weight) total += tensor.size;
  }
  return total;
}

std::int64_t Network::parameters() const {
  if (given_times_) return 0;  // a costed graph knows bytes, not elements
  std::int64_t total = 0;
  for (const Tensor& tensor : tensors_) {
    // Running statistics of a normalisation are not learnt by gradient, so nobody counts them.
    const bool learnt = tensor.role != WeightRole::Mean && tensor.role != WeightRole::Variance;
    if (tensor.kind == TensorKind::Weight && learnt) total += tensor.elements();
  }
  return total;
}

NetworkBuilder::NetworkBuilder(std::string name) : name_(std::move(name)) {}

TensorId NetworkBuilder::add_tensor(Tensor tensor) {
  tensor.producer.reset();
  tensor.consumers.clear();
  return tensors_.push_back(std::move(tensor));
}

void NetworkBuilder::add_layer(Layer layer) { layers_.push_back(std::move(layer)); }

void NetworkBuilder::add_output(TensorId tensor) {
  PARTITA_ASSERT(index(tensor) < tensors_.size(), "an output that was never added");
  if (!contains(outputs_, tensor)) outputs_.push_back(tensor);
}

void NetworkBuilder::set_given_times(std::vector<std::string> processors,
                                     std::vector<std::vector<std::optional<Time>>> times) {
  processors_ = std::move(processors);
  times_ = std::move(times);
}

namespace {

// Where each tensor is made and read, by the positions of the layers as they were added.
struct Uses {
  IdVector<TensorId, std::optional<std::size_t>> producer;
  IdVector<TensorId, std::vector<std::size_t>> consumers;
};

Uses uses_of(const IdVector<TensorId, Tensor>& tensors, const std::vector<Layer>& layers,
             const SourceLoc& where, Diagnostics& diagnostics) {
  Uses uses{IdVector<TensorId, std::optional<std::size_t>>(tensors.size()),
            IdVector<TensorId, std::vector<std::size_t>>(tensors.size())};
  for (std::size_t at = 0; at < layers.size(); ++at) {
    const Layer& layer = layers[at];
    for (const TensorId input : layer.inputs) {
      PARTITA_ASSERT(index(input) < tensors.size(), "an operand that was never added");
      auto& consumers = uses.consumers[input];
      if (consumers.empty() || consumers.back() != at) consumers.push_back(at);
    }
    for (const TensorId output : layer.outputs) {
      PARTITA_ASSERT(index(output) < tensors.size(), "a result that was never added");
      const Tensor& tensor = tensors[output];
      if (tensor.kind != TensorKind::Activation) {
        diagnostics.error(where,
                          fmt::format("layer '{}' makes tensor '{}', which is given from outside",
                                      layer.name, tensor.name));
      } else if (uses.producer[output]) {
        diagnostics.error(
            where, fmt::format("tensor '{}' is made twice: by layer '{}' and by layer '{}'",
                               tensor.name, layers[*uses.producer[output]].name, layer.name));
      } else {
        uses.producer[output] = at;
      }
    }
  }
  return uses;
}

void check_names(const IdVector<TensorId, Tensor>& tensors, const std::vector<Layer>& layers,
                 const SourceLoc& where, Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (const Layer& layer : layers) {
    if (!seen.insert(layer.name).second) {
      diagnostics.error(where, fmt::format("two layers have the name '{}'", layer.name));
    }
  }
  seen.clear();
  for (const Tensor& tensor : tensors) {
    if (!seen.insert(tensor.name).second) {
      diagnostics.error(where, fmt::format("two tensors have the name '{}'", tensor.name));
    }
  }
}

void check_tensors(const IdVector<TensorId, Tensor>& tensors, const std::vector<Layer>& layers,
                   const std::vector<TensorId>& outputs, const Uses& uses, const SourceLoc& where,
                   Diagnostics& diagnostics) {
  for (const TensorId id : ids<TensorId>(tensors.size())) {
    const Tensor& tensor = tensors[id];
    if (!checked_elements(tensor)) {
      diagnostics.error(
          where,
          fmt::format("tensor '{}' has the shape [{}]: every extent must be at least 1, and "
                      "all together at most {}",
                      tensor.name, shape_text(tensor.shape), to_string(Bytes{kLargestTensor})));
    }
    if (tensor.kind != TensorKind::Activation || uses.producer[id]) continue;
    const auto& readers = uses.consumers[id];
    diagnostics.error(where,
                      readers.empty()
                          ? fmt::format("tensor '{}' is made by no layer", tensor.name)
                          : fmt::format("tensor '{}', which layer '{}' reads, is made by no layer",
                                        tensor.name, layers[readers.front()].name));
  }
  for (const TensorId output : outputs) {
    if (tensors[output].kind != TensorKind::Activation) {
      diagnostics.error(where,
                        fmt::format("output '{}' is made by no layer: it is given from outside",
                                    tensors[output].name));
    }
  }
}

// The names along one cycle among the layers that could not be sorted, for the message.
std::string cycle_text(const std::vector<Layer>& layers, const Uses& uses,
                       const std::vector<int>& waits_for) {
  // From any layer that waits, go back to one that it waits for; the walk must bite its tail.
  std::size_t at = 0;
  while (waits_for[at] == 0) ++at;
  std::vector<std::size_t> walk;
  while (std::find(walk.begin(), walk.end(), at) == walk.end()) {
    walk.push_back(at);
    for (const TensorId input : layers[at].inputs) {
      const auto producer = uses.producer[input];
      if (producer && waits_for[*producer] > 0) {
        at = *producer;
        break;
      }
    }
  }
  const auto tail = std::find(walk.begin(), walk.end(), at);
  std::vector<std::string> names{fmt::format("'{}'", layers[at].name)};
  for (auto back = walk.end(); back != tail;) {
    names.push_back(fmt::format("'{}'", layers[*--back].name));
  }
  constexpr std::size_t kShown = 12;
  if (names.size() > kShown) {
    names.resize(kShown);
    names.emplace_back("...");
  }
  return fmt::format("{}", fmt::join(names, " -> "));
}

// Positions of the layers in topological order: of those that are ready, always the one added
// first.
std::vector<std::size_t> sorted_layers(const std::vector<Layer>& layers, const Uses& uses,
                                       const SourceLoc& where) {
  std::vector<int> waits_for(layers.size(), 0);
  std::vector<std::vector<std::size_t>> next(layers.size());
  for (const TensorId id : ids<TensorId>(uses.producer.size())) {
    if (!uses.producer[id]) continue;
    for (const std::size_t reader : uses.consumers[id]) {
      next[*uses.producer[id]].push_back(reader);
      ++waits_for[reader];
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t at = 0; at < layers.size(); ++at) {
    if (waits_for[at] == 0) ready.push(at);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t at = ready.top();
    ready.pop();
    order.push_back(at);
    for (const std::size_t reader : next[at]) {
      if (--waits_for[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() < layers.size()) {
    throw ConfigError(where, "layers form a cycle: " + cycle_text(layers, uses, waits_for));
  }
  return order;
}

}  // namespace

Network NetworkBuilder::build(const SourceLoc& where) {
  PARTITA_ASSERT(times_.empty() || times_.size() == layers_.size(), "given times: a row a layer");
  Diagnostics diagnostics;
  if (layers_.empty()) diagnostics.error(where, "the network has no layers");
  check_names(tensors_, layers_, where, diagnostics);
  const Uses uses = uses_of(tensors_, layers_, where, diagnostics);
  check_tensors(tensors_, layers_, outputs_, uses, where, diagnostics);
  diagnostics.throw_if_any();
  const std::vector<std::size_t> order = sorted_layers(layers_, uses, where);

  std::vector<LayerId> number(layers_.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    number[order[rank]] = static_cast<LayerId>(rank);
  }

  Network network;
  network.name_ = name_;
  network.outputs_ = outputs_;
  network.tensors_ = tensors_;
  for (const TensorId id : ids<TensorId>(tensors_.size())) {
    Tensor& tensor = network.tensors_[id];
    if (tensor.kind == TensorKind::Input) network.inputs_.push_back(id);
    if (uses.producer[id]) tensor.producer = number[*uses.producer[id]];
    for (const std::size_t reader : uses.consumers[id]) {
      tensor.consumers.push_back(number[reader]);
    }
    sort_unique(tensor.consumers);
    tensor.is_output = contains(outputs_, id);
    const auto opaque = [&](std::size_t at) { return layers_[at].kind == OpKind::Opaque; };
    const bool of_costed_graph =
        (uses.producer[id] && opaque(*uses.producer[id])) ||
        std::any_of(uses.consumers[id].begin(), uses.consumers[id].end(), opaque);
    // What an opaque layer exchanges may be known by its bytes alone.
    const bool size_is_given =
        of_costed_graph && (tensor.size.value > 0 || tensor.shape.empty() || tensor.transfer_time);
    if (!size_is_given) tensor.size = Bytes{tensor.elements() * info(tensor.type).bytes};
  }

  network.graph_ = Network::Graph(layers_.size());
  network.predecessors_.resize(layers_.size());
  network.successors_.resize(layers_.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    Layer layer = layers_[order[rank]];
    if (layer.kind != OpKind::Opaque) layer.work = work_of(layer, network.tensors_);
    network.graph_[rank] = std::move(layer);
  }
  for (const TensorId id : ids<TensorId>(tensors_.size())) {
    const Tensor& tensor = network.tensors_[id];
    if (!tensor.producer) continue;
    for (const LayerId consumer : tensor.consumers) {
      boost::add_edge(index(*tensor.producer), index(consumer), Network::Flow{id}, network.graph_);
      network.successors_[*tensor.producer].push_back(consumer);
      network.predecessors_[consumer].push_back(*tensor.producer);
    }
  }
  for (const LayerId id : network.layers()) {
    sort_unique(network.predecessors_[id]);
    sort_unique(network.successors_[id]);
  }

  if (!processors_.empty()) {
    GivenTimes given{processors_, {}};
    for (const std::size_t at : order) {
      PARTITA_ASSERT(times_[at].size() == processors_.size(), "given times: a column a processor");
      given.times.push_back(times_[at]);
    }
    network.given_times_ = std::move(given);
  }
  return network;
}

}  // namespace partita
