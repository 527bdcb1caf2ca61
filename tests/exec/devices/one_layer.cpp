#include "tests/exec/devices/one_layer.h"

#include <algorithm>

#include "exec/reference/reference.h"

namespace partita::exec {
namespace {

Network network_of(const OneLayer& one) {
  NetworkBuilder builder("one layer");
  Layer layer;
  layer.name = "layer";
  layer.kind = one.kind;
  layer.attributes = one.attributes;
  for (const Operand& operand : one.operands) {
    Tensor tensor;
    tensor.name = "operand " + std::to_string(layer.inputs.size());
    tensor.kind = operand.constant ? TensorKind::Constant : TensorKind::Input;
    tensor.type = operand.value.type;
    tensor.shape = operand.value.shape;
    if (operand.constant) {
      tensor.values = std::make_shared<const std::vector<std::byte>>(operand.value.bytes);
    }
    layer.inputs.push_back(builder.add_tensor(tensor));
  }
  for (const auto& [type, shape] : one.results) {
    Tensor tensor;
    tensor.name = "result " + std::to_string(layer.outputs.size());
    tensor.type = type;
    tensor.shape = shape;
    layer.outputs.push_back(builder.add_tensor(tensor));
    builder.add_output(layer.outputs.back());
  }
  builder.add_layer(std::move(layer));
  return builder.build({"test"});
}

}  // namespace

Judged judge(const OneLayer& one, const RunLayer& run) {
  const Network network = network_of(one);
  std::vector<const TensorValue*> operands;
  for (const Operand& operand : one.operands) operands.push_back(&operand.value);
  const auto expected = run_reference_layer(network, LayerId{0}, operands);
  Judged judged;
  judged.results = run(network, one, judged.implementation);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Difference difference = compare(judged.results[i], expected[i]);
    judged.difference = std::max(judged.difference, difference.relative);
  }
  return judged;
}

std::int64_t Draw::integer(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
}

TensorValue Draw::floats(Shape shape, double low, double high) {
  TensorValue value(DataType::F32, std::move(shape));
  for (float& x : value.as<float>()) {
    x = static_cast<float>(low + (high - low) * static_cast<double>(engine_()) / 4294967296.0);
  }
  return value;
}

TensorValue Draw::integers(DataType type, Shape shape, std::int64_t low, std::int64_t high) {
  TensorValue value(DataType::F64, std::move(shape));
  for (double& x : value.as<double>()) x = static_cast<double>(integer(low, high));
  return converted(value, type);
}

}  // namespace partita::exec
