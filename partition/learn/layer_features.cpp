#include "partition/learn/layer_features.h"

#include <algorithm>
#include <utility>

namespace partita::learn {
namespace {

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

}  // namespace

LayerFeatures product_features(std::string op, DataType type, double batch, double rows,
                               double columns, double depth, bool shared) {
  const double bytes = info(type).bytes;
  LayerFeatures features{.op = std::move(op), .family = OpFamily::Matmul, .type = type};
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
  features.rows = rows;
  features.columns = columns;
  features.flops = rows * columns;
  features.read = bytes * operands * rows * columns;
  features.written = bytes * results * rows * columns;
  return features;
}

bool may_rename(OpKind kind) { return kind == OpKind::Reshape || kind == OpKind::Identity; }

LayerFeatures features_of(const Network& network, LayerId id) {
  const Layer& layer = network.layer(id);
  LayerFeatures features{.op = std::string{to_string(layer.kind)},
                         .family = info(layer.kind).family};
  if (!layer.inputs.empty()) features.type = network.tensor(layer.inputs.front()).type;
  features.flops = static_cast<double>(layer.work.flops.value);
  features.read = static_cast<double>(layer.work.read.value);
  features.weights = static_cast<double>(layer.work.weights.value);
  features.written = static_cast<double>(layer.work.written.value);
  if (layer.outputs.empty()) return features;
  if (features.is_product()) {
    set_product(features, network, layer);
  } else {
    const Tensor& tensor = network.tensor(layer.outputs.front());
    features.columns = extent(tensor.shape, 0);
    features.rows = static_cast<double>(tensor.elements()) / features.columns;
  }
  return features;
}

}  // namespace partita::learn
