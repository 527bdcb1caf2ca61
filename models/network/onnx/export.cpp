#include "models/network/onnx/export.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/assert.h"
#include "models/base/file.h"
#include "models/network/onnx/elements.h"
#include "models/network/onnx/graph_writer.h"

namespace partita {
namespace {

using Numbers = std::vector<std::int64_t>;

class Exporter {
 public:
  explicit Exporter(const Network& network) : network_(network), writer_(network.name()) {}

  onnx::ModelProto model() {
    for (const Tensor& tensor : network_.tensors()) writer_.reserve(tensor.name);
    for (const Tensor& tensor : network_.tensors()) {
      if (tensor.kind == TensorKind::Input) writer_.input(tensor.name, tensor.type, tensor.shape);
      if (tensor.kind == TensorKind::Weight) writer_.weight(tensor.name, tensor.type, tensor.shape);
      if (tensor.kind == TensorKind::Constant) {
        writer_.constant(tensor.name, tensor.type, tensor.shape, *tensor.values);
      }
    }
    for (const LayerId id : network_.layers()) write(network_.layer(id));
    for (const TensorId id : network_.outputs()) {
      const Tensor& output = network_.tensor(id);
      writer_.output(output.name, output.type, output.shape);
    }
    return writer_.model();
  }

 private:
  const Tensor& in(const Layer& layer, std::size_t i) const {
    return network_.tensor(layer.inputs.at(i));
  }
  const Tensor& out(const Layer& layer) const { return network_.tensor(layer.outputs.front()); }

  void add(const Layer& layer, const std::vector<std::string>& parameters,
           const Attributes& attributes) {
    std::vector<std::string> operands, results;
    for (const TensorId id : layer.inputs) operands.push_back(network_.tensor(id).name);
    for (const TensorId id : layer.outputs) results.push_back(network_.tensor(id).name);
    operands.insert(operands.end(), parameters.begin(), parameters.end());
    writer_.node(std::string{to_string(layer.kind)}, layer.name, operands, results, attributes);
  }

  // Attributes of the normal form that ONNX passes as operands.
  void write(const Layer& layer) {
    const Attributes& attributes = layer.attributes;
    switch (layer.kind) {
      case OpKind::Lstm: return write_lstm(layer);
      case OpKind::Softmax:
      case OpKind::LogSoftmax: return write_softmax(layer);
      case OpKind::Resize: return write_resize(layer);
      case OpKind::Clip: return write_clip(layer);
      case OpKind::Slice: return write_slice(layer);
      case OpKind::ReduceSum:
        return add(layer, {writer_.integers(attributes.integers("axes"))},
                   {{"keepdims", attributes.integer("keepdims")}});
      case OpKind::TopK:
        return add(layer, {writer_.integers({attributes.integer("k")})},
                   {{"axis", attributes.integer("axis")},
                    {"largest", attributes.integer("largest")},
                    {"sorted", attributes.integer("sorted")}});
      case OpKind::Split:
        return add(layer, {writer_.integers(attributes.integers("split"))},
                   {{"axis", attributes.integer("axis")}});
      case OpKind::Pad:
        return add(layer,
                   {writer_.integers(attributes.integers("pads")),
                    writer_.scalar(in(layer, 0).type, attributes.number("value"))},
                   {{"mode", attributes.text("mode")}});
      case OpKind::Reshape:
      case OpKind::Expand: return add(layer, {writer_.integers(out(layer).shape)}, {});
      case OpKind::Tile: return add(layer, {writer_.integers(attributes.integers("repeats"))}, {});
      case OpKind::Cast:
        return add(layer, {}, {{"to", std::int64_t{onnx_type_of(out(layer).type)}}});
      default: return add(layer, {}, attributes);
    }
  }

  // ONNX has the lengths of sequences between bias and state.
  void write_lstm(const Layer& layer) {
    std::vector<std::string> operands, results;
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      if (i == 4) operands.emplace_back();
      // A bias with values is the importer's own, of zeros, for one that was left out.
      const bool is_left_out = i == 3 && in(layer, i).kind == TensorKind::Constant;
      operands.push_back(is_left_out ? "" : in(layer, i).name);
    }
    for (const TensorId id : layer.outputs) results.push_back(network_.tensor(id).name);
    writer_.node("LSTM", layer.name, operands, results, layer.attributes);
  }

  void write_softmax(const Layer& layer) {
    const Numbers& axes = layer.attributes.integers("axes");
    if (axes.size() == 1) return add(layer, {}, {{"axis", axes.front()}});
    // Several axes are always the last ones, but for extents of 1 in between.
    const Shape& shape = in(layer, 0).shape;
    Shape flat(shape.begin(), shape.begin() + axes.front());
    flat.push_back(1);
    for (std::size_t axis = flat.size() - 1; axis < shape.size(); ++axis)
      flat.back() *= shape[axis];
    const std::string rows = writer_.unused_name(layer.name + ".rows");
    writer_.node("Reshape", rows, {in(layer, 0).name, writer_.integers(flat)});
    const std::string normal = writer_.unused_name(layer.name + ".normal");
    writer_.node(std::string{to_string(layer.kind)}, normal, {rows}, {{"axis", std::int64_t{-1}}});
    writer_.node("Reshape", layer.name, {normal, writer_.integers(shape)}, {out(layer).name}, {});
  }

  void write_resize(const Layer& layer) {
    const Attributes& attributes = layer.attributes;
    const std::vector<double>& scales = attributes.numbers("scales");
    const Shape &from = in(layer, 0).shape, &to = out(layer).shape;
    // Scales that came from sizes are no 32-bit numbers, or would round to another extent.
    bool is_exact = true;
    std::vector<std::byte> values(scales.size() * sizeof(float));
    for (std::size_t axis = 0; axis < scales.size(); ++axis) {
      const auto single = static_cast<float>(scales[axis]);
      store_number(DataType::F32, single, values.data() + axis * sizeof(float));
      is_exact = is_exact && as_written(single) == scales[axis] &&
                 std::floor(static_cast<double>(from[axis]) * scales[axis]) ==
                     static_cast<double>(to[axis]);
    }
    std::vector<std::string> parameters{""};
    if (is_exact) {
      const std::string name = writer_.unused_name(layer.name + ".scales");
      parameters.push_back(writer_.constant(name, DataType::F32,
                                            {static_cast<std::int64_t>(scales.size())}, values));
    } else {
      parameters.insert(parameters.end(), {"", writer_.integers(to)});
    }
    add(layer, parameters,
        {{"mode", attributes.text("mode")},
         {"coordinate_transformation_mode", attributes.text("coordinate")},
         {"nearest_mode", attributes.text("nearest")}});
  }

  void write_clip(const Layer& layer) {
    const DataType type = in(layer, 0).type;
    const auto bound = [&](const char* name) {
      return layer.attributes.has(name) ? writer_.scalar(type, layer.attributes.number(name)) : "";
    };
    std::vector<std::string> parameters{bound("min"), bound("max")};
    if (parameters.back().empty()) parameters.pop_back();
    add(layer, parameters, {});
  }

  void write_slice(const Layer& layer) {
    const Attributes& attributes = layer.attributes;
    Numbers ends = attributes.integers("ends");
    // -1 is in front of the first element here, the last one in ONNX.
    for (std::int64_t& end : ends) {
      if (end < 0) end = std::numeric_limits<std::int64_t>::min() + 1;
    }
    add(layer,
        {writer_.integers(attributes.integers("starts")), writer_.integers(ends),
         writer_.integers(attributes.integers("axes")),
         writer_.integers(attributes.integers("steps"))},
        {});
  }

  const Network& network_;
  GraphWriter writer_;
};

}  // namespace

onnx::ModelProto to_onnx(const Network& network) {
  for (const LayerId id : network.layers()) {
    if (network.layer(id).kind != OpKind::Opaque) continue;
    throw ConfigError({network.name(), 0, 0},
                      "a costed graph has no operators, so it cannot be written as ONNX");
  }
  return Exporter(network).model();
}

void export_onnx(const Network& network, const std::filesystem::path& file) {
  std::string bytes;
  if (!to_onnx(network).SerializeToString(&bytes)) {
    throw Error(fmt::format("{}: the network is too large for one ONNX file", file.string()));
  }
  write_file(file, bytes);
}

}  // namespace partita
