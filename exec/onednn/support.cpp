#include "exec/onednn/support.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace partita::exec {
namespace {

constexpr std::size_t kMostAxes = 6;  // what the oneDNN primitives in use take

using Types = std::vector<DataType>;

// Types of the first operand that a layer's kernel takes; empty: any, it moves values without
// looking at them.
Types types_of(OpKind kind) {
  switch (kind) {
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::Mul:
    case OpKind::Div:
    case OpKind::Min:
    case OpKind::Max:
    case OpKind::Greater:
    case OpKind::Less:
    case OpKind::ReduceMean:
    case OpKind::ReduceSum:
    case OpKind::ReduceMax:
    case OpKind::ArgMax:
    case OpKind::TopK:
    case OpKind::AllReduce:
    case OpKind::ReduceScatter:
    case OpKind::ScatterNd: return {DataType::F32, DataType::I32, DataType::I64};
    case OpKind::Equal: return {DataType::F32, DataType::I32, DataType::I64, DataType::Bool};
    case OpKind::Abs:
    case OpKind::Neg: return {DataType::F32, DataType::I64};
    case OpKind::And:
    case OpKind::Or:
    case OpKind::Not:
    case OpKind::Where: return {DataType::Bool};
    case OpKind::Cast:
      return {DataType::F32, DataType::F64, DataType::I8,  DataType::U8,
              DataType::I32, DataType::I64, DataType::Bool};
    case OpKind::Identity:
    case OpKind::Concat:
    case OpKind::Split:
    case OpKind::Slice:
    case OpKind::Pad:
    case OpKind::Reshape:
    case OpKind::Transpose:
    case OpKind::Expand:
    case OpKind::Tile:
    case OpKind::AllGather:
    case OpKind::AllToAll:
    case OpKind::Broadcast:
    case OpKind::GatherToOne:
    case OpKind::ScatterFromOne:
    case OpKind::Gather: return {};
    default: return {DataType::F32};
  }
}

bool is_constant(const Tensor& tensor) {
  return tensor.kind == TensorKind::Weight || tensor.kind == TensorKind::Constant;
}

std::string lstm_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  for (std::size_t i = 1; i < std::min<std::size_t>(layer.inputs.size(), 4); ++i) {
    if (!is_constant(tensors[layer.inputs[i]])) return "weights that are computed";
  }
  return "";
}

// Padding that oneDNN would count, although ceil mode added it and ONNX does not count it.
std::string average_pool_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  const Attributes& a = layer.attributes;
  const Shape& x = tensors[layer.inputs[0]].shape;
  const Shape& y = tensors[layer.outputs[0]].shape;
  const Shape& pads = a.integers("pads");
  for (std::size_t i = 0; i + 2 < x.size(); ++i) {
    const std::int64_t needed =
        (y[i + 2] - 1) * a.integers("strides")[i] + a.integers("kernel_shape")[i];
    const std::int64_t given = x[i + 2] + pads[i] + pads[i + pads.size() / 2];
    if (a.integer("count_include_pad") != 0 && needed > given) {
      return "ceil_mode with count_include_pad";
    }
  }
  return "";
}

std::string attribute_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  const auto shape = [&](std::size_t i) { return tensors[layer.inputs[i]].shape; };
  switch (layer.kind) {
    case OpKind::Opaque: return "a costed layer, which has no computation";
    case OpKind::Lstm: return lstm_gap(layer, tensors);
    case OpKind::AveragePool: return average_pool_gap(layer, tensors);
    case OpKind::MaxPool: return layer.outputs.size() > 1 ? "the result 'indices'" : "";
    case OpKind::BatchNormalization: return shape(0).size() < 2 ? "no channel axis" : "";
    case OpKind::LayerNormalization: {
      const auto axis = static_cast<std::size_t>(layer.attributes.integer("axis"));
      const Shape x = shape(0);
      std::int64_t row = 1, scale = 1;
      for (std::size_t i = axis; i < x.size(); ++i) row *= x[i];
      for (const std::int64_t extent : shape(1)) scale *= extent;
      return row != scale ? "a scale that is broadcast" : "";
    }
    case OpKind::Softmax:
    case OpKind::LogSoftmax: {
      const Shape& axes = layer.attributes.integers("axes");
      for (std::size_t i = 1; i < axes.size(); ++i) {
        if (axes[i] != axes[i - 1] + 1) return "axes that are no neighbours";
      }
      return "";
    }
    case OpKind::Gemm:
      return layer.inputs.size() > 2 && layer.attributes.number("beta") != 1 ? "beta that is not 1"
                                                                             : "";
    case OpKind::ScatterNd: {
      const std::string& reduction = layer.attributes.text("reduction");
      return reduction != "none" && reduction != "add" ? "reduction '" + reduction + "'" : "";
    }
    default: return "";
  }
}

}  // namespace

std::string kernel_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  if (std::string gap = attribute_gap(layer, tensors); !gap.empty()) return gap;
  const Types types = types_of(layer.kind);
  const DataType type = tensors[layer.inputs[0]].type;
  if (!types.empty() && std::find(types.begin(), types.end(), type) == types.end()) {
    return fmt::format("operands of type {}", to_string(type));
  }
  // Loops of our own take any number of axes; movement of f32 goes through oneDNN's reorder.
  const bool many_axes = tensors[layer.inputs[0]].shape.size() > kMostAxes;
  if (many_axes && (types.size() == 1 || layer.kind == OpKind::Transpose)) {
    return fmt::format("more than {} axes", kMostAxes);
  }
  return "";
}

std::vector<std::string> missing_kernels(const Network& network) {
  std::vector<std::string> missing;
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    const std::string gap = kernel_gap(layer, network.tensors());
    if (gap.empty()) continue;
    missing.push_back(
        fmt::format("layer '{}' ({}): no kernel for {}", layer.name, to_string(layer.kind), gap));
  }
  return missing;
}

}  // namespace partita::exec
