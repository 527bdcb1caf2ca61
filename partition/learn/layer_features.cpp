#include "partition/learn/layer_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace partita::learn {
namespace {

// Of operands that come from outside: whatever wrote them, caches hold other things by now.
constexpr double kLongAgo = 1e8;  // bytes, and FLOP

double extent(const Shape& shape, std::size_t from_back) {
  return from_back < shape.size() ? static_cast<double>(shape[shape.size() - 1 - from_back]) : 1.0;
}

// From the work, which knows padding, groups and broadcasts, and from the shape of the result.
void set_product(LayerFeatures& features, const Network& network, const Layer& layer) {
  const Tensor& result = network.tensor(layer.outputs.front());
  const auto elements = static_cast<double>(result.elements());
  if (layer.kind == OpKind::Conv || layer.kind == OpKind::ConvTranspose) {
    const auto groups = static_cast<double>(layer.attributes.integer("group"));
    const double channels = result.shape.size() > 1 ? static_cast<double>(result.shape[1]) : 1;
    features.batch = groups;
    features.columns = channels / groups;
    features.rows = elements / channels;
    for (const std::int64_t each : layer.attributes.integers("kernel_shape")) {
      features.taps *= static_cast<double>(each);
    }
  } else {
    features.columns = extent(result.shape, 0);
    features.rows = extent(result.shape, 1);
    // A batch that shares its second operand is one tall product.
    const bool shared = features.weights > 0;
    const double others = elements / (features.columns * features.rows);
    (shared ? features.rows : features.batch) *= others;
  }
  features.depth = std::max(1.0, features.flops / (2 * elements));
}

// What it computes with: of a choice or a look-up, its result, not what it goes by; of a comparison, what it
// compares.
DataType type_of(const Network& network, const Layer& layer) {
  for (const auto& tensors : {layer.outputs, layer.inputs}) {
    if (tensors.empty()) continue;
    const DataType type = network.tensor(tensors.front()).type;
    if (type != DataType::Bool) return type;
  }
  return DataType::Bool;
}

// Operands that are repeated, products of two activations, ways to approximate and orders of axes run
// other kernels than their like.
std::string kernel_of(const LayerFeatures& features, const Network& network, const Layer& layer) {
  if (features.family == OpFamily::Matmul && features.weights <= 0) {
    return features.op + " of activations";
  }
  if (layer.kind == OpKind::Gelu && layer.attributes.has("approximate")) {
    return fmt::format("{} {}", features.op, layer.attributes.text("approximate"));
  }
  if (layer.kind == OpKind::Transpose && layer.attributes.has("perm")) {
    return fmt::format("{} {}", features.op, fmt::join(layer.attributes.integers("perm"), ","));
  }
  if (features.family != OpFamily::Elementwise || layer.outputs.empty()) return features.op;
  const std::int64_t elements = network.tensor(layer.outputs.front()).elements();
  const bool repeats = std::any_of(layer.inputs.begin(), layer.inputs.end(), [&](TensorId input) {
    return network.tensor(input).elements() < elements;
  });
  return repeats ? features.op + " of a smaller operand" : features.op;
}

// Whether kernels write the result where an operand was: no other memory goes by.
bool lies_over_operand(OpKind kind) {
  return info(kind).family == OpFamily::Elementwise || kind == OpKind::BatchNormalization;
}

}  // namespace

LayerFeatures product_features(std::string op, DataType type, double batch, double rows,
                               double columns, double depth, bool shared) {
  const double bytes = info(type).bytes;
  LayerFeatures features{.op = std::move(op), .family = OpFamily::Matmul, .type = type};
  features.kernel = features.op;
  features.batch = shared ? 1 : batch;
  features.rows = shared ? batch * rows : rows;
  features.columns = columns;
  features.depth = depth;
  features.flops = 2 * batch * rows * columns * depth;
  features.read = bytes * batch * rows * depth;
  (shared ? features.weights : features.read) += bytes * (shared ? 1 : batch) * depth * columns;
  features.written = bytes * batch * rows * columns;
  return features;
}

LayerFeatures row_features(std::string op, OpFamily family, DataType type, double rows,
                           double columns, double operands, double results) {
  const double bytes = info(type).bytes;
  LayerFeatures features{.op = std::move(op), .family = family, .type = type};
  features.kernel = features.op;
  features.rows = rows;
  features.columns = columns;
  features.flops = rows * columns;
  features.read = bytes * operands * rows * columns;
  features.written = bytes * results * rows * columns;
  return features;
}

bool may_rename(OpKind kind) { return kind == OpKind::Reshape || kind == OpKind::Identity; }

NetworkFeatures::NetworkFeatures(const Network& network)
    : network_(network), before_(network.layer_count()), first_(network.layer_count()) {
  Passed sum;
  std::unordered_map<std::string, LayerId> seen;
  for (const LayerId layer : network.layers()) {
    before_[layer] = sum;
    first_[layer] = seen.emplace(network.signature(layer), layer).first->second;
    const Work& work = network.layer(layer).work;
    const Bytes passed =
        lies_over_operand(network.layer(layer).kind) ? work.read + work.weights : work.traffic();
    sum.bytes += static_cast<double>(passed.value);
    sum.flops += static_cast<double>(work.flops.value);
  }
}

std::vector<LayerFeatures::Operand> NetworkFeatures::operands_of(LayerId asked) const {
  const LayerId layer = first_[asked];
  std::vector<LayerFeatures::Operand> operands;
  double size = 0;
  for (const TensorId input : network_.layer(layer).inputs) {
    const Tensor& operand = network_.tensor(input);
    if (operand.kind == TensorKind::Weight || operand.kind == TensorKind::Constant) continue;
    std::optional<LayerId> last = operand.producer;
    for (const LayerId reader : operand.consumers) {
      if (reader < layer && (!last || *last < reader)) last = reader;
    }
    Passed passed{kLongAgo, kLongAgo};
    if (last) {
      passed = {before_[layer].bytes - before_[*last].bytes,
                before_[layer].flops - before_[*last].flops};
    }
    const auto bytes = static_cast<double>(operand.size.value);
    size += bytes;
    operands.push_back({bytes, passed.bytes, passed.flops});
  }
  for (LayerFeatures::Operand& each : operands) each.share = size > 0 ? each.share / size : 0;
  return operands;
}

LayerFeatures NetworkFeatures::of(LayerId id) const {
  const Layer& layer = network_.layer(id);
  LayerFeatures features{.op = std::string{to_string(layer.kind)},
                         .family = info(layer.kind).family};
  features.type = type_of(network_, layer);
  features.flops = static_cast<double>(layer.work.flops.value);
  features.read = static_cast<double>(layer.work.read.value);
  features.weights = static_cast<double>(layer.work.weights.value);
  features.written = static_cast<double>(layer.work.written.value);
  features.operands = operands_of(id);
  features.over_operand = lies_over_operand(layer.kind);
  features.kernel = kernel_of(features, network_, layer);
  if (layer.outputs.empty()) return features;
  if (features.is_product()) {
    set_product(features, network_, layer);
  } else {
    const Tensor& tensor = network_.tensor(layer.outputs.front());
    features.columns = extent(tensor.shape, 0);
    features.rows = static_cast<double>(tensor.elements()) / features.columns;
  }
  return features;
}

LayerFeatures features_of(const Network& network, LayerId layer) {
  return NetworkFeatures(network).of(layer);
}

}  // namespace partita::learn
