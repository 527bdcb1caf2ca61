// One operator, run by the reference executor on operands that a test writes down.
#pragma once

#include <string>
#include <vector>

#include "exec/reference/reference.h"

namespace partita {

using List = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

inline TensorValue floats(Shape shape, const Numbers& values) {
  return converted(tensor_value<double>(DataType::F64, std::move(shape), values), DataType::F32);
}
inline TensorValue of_type(DataType type, Shape shape, const Numbers& values) {
  return converted(tensor_value<double>(DataType::F64, std::move(shape), values), type);
}

struct Result {
  DataType type;
  Shape shape;
};

// All results. The operands are inputs of a network with this one layer.
inline std::vector<TensorValue> run_operator(OpKind kind, Attributes attributes,
                                             const std::vector<TensorValue>& operands,
                                             const std::vector<Result>& results) {
  NetworkBuilder builder("one layer");
  Layer layer;
  layer.name = "layer";
  layer.kind = kind;
  layer.attributes = std::move(attributes);
  std::map<TensorId, TensorValue> inputs;
  for (const TensorValue& operand : operands) {
    Tensor tensor;
    tensor.name = "operand " + std::to_string(layer.inputs.size());
    tensor.kind = TensorKind::Input;
    tensor.type = operand.type;
    tensor.shape = operand.shape;
    layer.inputs.push_back(builder.add_tensor(tensor));
    inputs.emplace(layer.inputs.back(), operand);
  }
  for (const Result& result : results) {
    Tensor tensor;
    tensor.name = "result " + std::to_string(layer.outputs.size());
    tensor.type = result.type;
    tensor.shape = result.shape;
    layer.outputs.push_back(builder.add_tensor(tensor));
    builder.add_output(layer.outputs.back());
  }
  const std::vector<TensorId> outputs = layer.outputs;
  builder.add_layer(std::move(layer));
  std::map<TensorId, TensorValue> values = run_reference(builder.build({"test"}), inputs, 0);
  std::vector<TensorValue> in_order;
  for (const TensorId output : outputs) in_order.push_back(std::move(values.at(output)));
  return in_order;
}

// The numbers of the one f32 result.
inline Numbers run_floats(OpKind kind, Attributes attributes,
                          const std::vector<TensorValue>& operands, Shape shape) {
  return numbers(
      run_operator(kind, std::move(attributes), operands, {{DataType::F32, std::move(shape)}})
          .front());
}

}  // namespace partita
