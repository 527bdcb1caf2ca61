#include "models/network/onnx/zoo_blocks.h"

#include "models/base/assert.h"

namespace partita {

Flow Blocks::input(const std::string& name, const Shape& shape) {
  return {writer_.input(name, type_, shape), shape};
}

Flow Blocks::index_input(const std::string& name, const Shape& shape) {
  return {writer_.input(name, DataType::I64, shape), shape};
}

Flow Blocks::weight(const std::string& name, const Shape& shape) {
  return {weights_.insert(name).second ? writer_.weight(name, type_, shape) : name, shape};
}

Flow Blocks::conv(const std::string& name, const Flow& x, const ConvShape& shape) {
  const std::int64_t k = shape.kernel, p = shape.padding;
  std::vector<std::string> operands{
      x.name, weight(name + ".weight", {shape.channels, x.shape[1] / shape.group, k, k}).name};
  if (shape.bias) operands.push_back(weight(name + ".bias", {shape.channels}).name);
  const std::string result = writer_.node("Conv", name, operands,
                                          {{"group", shape.group},
                                           {"kernel_shape", std::vector<std::int64_t>{k, k}},
                                           {"strides", std::vector<std::int64_t>(2, shape.stride)},
                                           {"pads", std::vector<std::int64_t>(4, p)}});
  const auto extent = [&](std::size_t axis) {
    return (x.shape[axis] + 2 * p - k) / shape.stride + 1;
  };
  return {result, {x.shape[0], shape.channels, extent(2), extent(3)}};
}

Flow Blocks::batch_norm(const std::string& name, const Flow& x, double epsilon) {
  const Shape each{x.shape[1]};
  return {writer_.node(
              "BatchNormalization", name,
              {x.name, weight(name + ".weight", each).name, weight(name + ".bias", each).name,
               weight(name + ".running_mean", each).name, weight(name + ".running_var", each).name},
              {{"epsilon", epsilon}}),
          x.shape};
}

Flow Blocks::max_pool(const std::string& name, const Flow& x, std::int64_t kernel,
                      std::int64_t stride, std::int64_t padding, bool round_up) {
  const std::string result = writer_.node("MaxPool", name, {x.name},
                                          {{"kernel_shape", std::vector<std::int64_t>(2, kernel)},
                                           {"strides", std::vector<std::int64_t>(2, stride)},
                                           {"pads", std::vector<std::int64_t>(4, padding)},
                                           {"ceil_mode", std::int64_t{round_up}}});
  const auto extent = [&](std::size_t axis) {
    return (x.shape[axis] + 2 * padding - kernel + (round_up ? stride - 1 : 0)) / stride + 1;
  };
  return {result, {x.shape[0], x.shape[1], extent(2), extent(3)}};
}

Flow Blocks::global_average_pool(const std::string& name, const Flow& x) {
  return {writer_.node("GlobalAveragePool", name, {x.name}), {x.shape[0], x.shape[1], 1, 1}};
}

Flow Blocks::flatten(const std::string& name, const Flow& x) {
  std::int64_t rest = 1;
  for (std::size_t axis = 1; axis < x.shape.size(); ++axis) rest *= x.shape[axis];
  return {writer_.node("Flatten", name, {x.name}, {{"axis", std::int64_t{1}}}), {x.shape[0], rest}};
}

Flow Blocks::linear(const std::string& name, const Flow& x, std::int64_t to, bool bias) {
  Shape shape = x.shape;
  const std::int64_t from = shape.back();
  shape.back() = to;
  if (shape.size() == 2) {
    std::vector<std::string> operands{x.name, weight(name + ".weight", {to, from}).name};
    if (bias) operands.push_back(weight(name + ".bias", {to}).name);
    return {writer_.node("Gemm", name, operands, {{"transB", std::int64_t{1}}}), shape};
  }
  const Flow kernel = weight(name + ".weight", {from, to});
  Flow product{writer_.node("MatMul", bias ? name + ".product" : name, {x.name, kernel.name}),
               shape};
  return bias ? map("Add", name, {product, weight(name + ".bias", {to})}) : product;
}

Flow Blocks::layer_norm(const std::string& name, const Flow& x, double epsilon,
                        const std::string& weights) {
  const Shape each{x.shape.back()};
  const std::string& of = weights.empty() ? name : weights;
  return map("LayerNormalization", name,
             {x, weight(of + ".weight", each), weight(of + ".bias", each)},
             {{"axis", std::int64_t{-1}}, {"epsilon", epsilon}});
}

Flow Blocks::map(const std::string& op_type, const std::string& name,
                 const std::vector<Flow>& operands, const Attributes& attributes) {
  std::vector<std::string> names;
  for (const Flow& operand : operands) names.push_back(operand.name);
  return {writer_.node(op_type, name, names, attributes), operands.front().shape};
}

Flow Blocks::concat(const std::string& name, const std::vector<Flow>& parts, std::int64_t axis) {
  Flow result = map("Concat", name, parts, {{"axis", axis}});
  auto& extent = result.shape[static_cast<std::size_t>(axis)];
  extent = 0;
  for (const Flow& part : parts) extent += part.shape[static_cast<std::size_t>(axis)];
  return result;
}

Flow Blocks::reshape(const std::string& name, const Flow& x, const Shape& shape) {
  return {writer_.node("Reshape", name, {x.name, writer_.integers(shape)}), shape};
}

Flow Blocks::transpose(const std::string& name, const Flow& x,
                       const std::vector<std::int64_t>& perm) {
  Shape shape;
  for (const std::int64_t axis : perm) shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  return {writer_.node("Transpose", name, {x.name}, {{"perm", perm}}), shape};
}

Flow Blocks::mat_mul(const std::string& name, const Flow& a, const Flow& b) {
  Flow result = map("MatMul", name, {a, b});
  result.shape.back() = b.shape.back();
  return result;
}

Flow Blocks::gather(const std::string& name, const Flow& data, const Flow& indices) {
  Shape shape = indices.shape;
  shape.insert(shape.end(), data.shape.begin() + 1, data.shape.end());
  return {writer_.node("Gather", name, {data.name, indices.name}, {{"axis", std::int64_t{0}}}),
          shape};
}

Flow Blocks::scaled(const std::string& name, const Flow& x, double factor) {
  return {writer_.node("Mul", name, {x.name, writer_.scalar(type_, factor)}), x.shape};
}

}  // namespace partita
