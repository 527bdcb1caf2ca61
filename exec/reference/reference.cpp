#include "exec/reference/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "exec/reference/kernel.h"
#include "exec/values/values.h"
#include "models/base/assert.h"

namespace partita {
namespace {

using reference::Call;
using reference::kernel_of;
using reference::KernelEntry;
using reference::Types;

constexpr bool is_half(DataType type) { return type == DataType::F16 || type == DataType::BF16; }

bool allowed(Types types, DataType type) {
  switch (types) {
    case Types::F32: return type == DataType::F32 || is_half(type);
    case Types::Numbers: return type != DataType::Bool;
    case Types::Bool: return type == DataType::Bool;
    default: return true;
  }
}

// Whether the layer slides a window, and over how many axes.
std::optional<std::size_t> window_axes(const Layer& layer,
                                       const IdVector<TensorId, Tensor>& tensors) {
  switch (layer.kind) {
    case OpKind::Conv:
    case OpKind::ConvTranspose:
    case OpKind::MaxPool:
    case OpKind::AveragePool: return tensors[layer.inputs.at(0)].shape.size() - 2;
    default: return std::nullopt;
  }
}

// 16-bit operands and results as f32, so that kernels need to know one format only.
std::vector<TensorValue> run_widened(const Call& narrow, const KernelEntry& kernel,
                                     std::vector<TensorValue> results) {
  std::vector<TensorValue> operands;
  std::vector<TensorValue> wide;
  for (const TensorValue* operand : narrow.inputs) {
    operands.push_back(is_half(operand->type) ? converted(*operand, DataType::F32) : *operand);
  }
  for (const TensorValue& result : results) {
    wide.emplace_back(is_half(result.type) ? DataType::F32 : result.type, result.shape);
  }
  Call call{.layer = narrow.layer, .inputs = {}, .outputs = {}};
  for (const TensorValue& operand : operands) call.inputs.push_back(&operand);
  for (TensorValue& result : wide) call.outputs.push_back(&result);
  kernel.run(call);
  for (std::size_t i = 0; i < wide.size(); ++i) results[i] = converted(wide[i], results[i].type);
  return results;
}

}  // namespace

std::string reference_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  const KernelEntry& kernel = kernel_of(layer.kind);
  if (kernel.run == nullptr) return "no reference kernel";
  const DataType type = tensors[layer.inputs.at(0)].type;
  if (layer.kind != OpKind::Where && !allowed(kernel.types, type)) {
    return fmt::format("no reference kernel for {}", to_string(type));
  }
  const std::optional<std::size_t> axes = window_axes(layer, tensors);
  if (axes && (*axes < 1 || *axes > 3)) {
    return fmt::format("no reference kernel for {} spatial axes (1 to 3)", *axes);
  }
  return "";
}

std::vector<TensorValue> run_reference_layer(const Network& network, LayerId layer,
                                             const std::vector<const TensorValue*>& operands) {
  return run_reference_layer(network.layer(layer), network.tensors(), operands);
}

std::vector<TensorValue> run_reference_layer(const Layer& layer,
                                             const IdVector<TensorId, Tensor>& tensors,
                                             const std::vector<const TensorValue*>& operands) {
  const KernelEntry& kernel = kernel_of(layer.kind);
  PARTITA_ASSERT(kernel.run != nullptr, "no reference kernel for layer " + layer.name);
  PARTITA_ASSERT(operands.size() == layer.inputs.size(), "operands of layer " + layer.name);
  std::vector<TensorValue> results;
  bool halves = false;
  for (const TensorId output : layer.outputs) {
    const Tensor& tensor = tensors[output];
    results.emplace_back(tensor.type, tensor.shape);
    halves = halves || is_half(tensor.type);
  }
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Tensor& tensor = tensors[layer.inputs[i]];
    PARTITA_ASSERT(operands[i]->type == tensor.type && operands[i]->shape == tensor.shape,
                   "type and shape of " + tensor.name);
    halves = halves || is_half(tensor.type);
  }
  Call call{.layer = layer, .inputs = operands, .outputs = {}};
  if (halves && kernel.types != Types::Moved) return run_widened(call, kernel, std::move(results));
  for (TensorValue& result : results) call.outputs.push_back(&result);
  kernel.run(call);
  return results;
}

std::map<TensorId, TensorValue> run_reference(const Network& network,
                                              const std::map<TensorId, TensorValue>& inputs,
                                              std::uint64_t seed, const ReferenceOptions& options) {
  const SeededValues seeded(network, seed);
  const std::size_t count = network.tensors().size();
  IdVector<TensorId, std::optional<TensorValue>> values(count);
  IdVector<TensorId, std::size_t> uses(count);
  for (const TensorId id : ids<TensorId>(count)) {
    const Tensor& tensor = network.tensor(id);
    uses[id] = tensor.consumers.size();
    const bool kept = options.keep_activations && tensor.kind == TensorKind::Activation;
    if (tensor.is_output || kept) ++uses[id];  // never falls to 0
  }
  const auto value_of = [&](TensorId id) -> const TensorValue& {
    if (!values[id]) {
      const bool given = network.tensor(id).kind == TensorKind::Input;
      PARTITA_ASSERT(!given || inputs.count(id) != 0, "no value for " + network.tensor(id).name);
      values[id] = given ? inputs.at(id) : seeded.value(id);
    }
    return *values[id];
  };

  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    std::vector<const TensorValue*> operands;
    for (const TensorId input : layer.inputs) operands.push_back(&value_of(input));
    std::vector<TensorValue> results = run_reference_layer(network, id, operands);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (uses[layer.outputs[i]] > 0) values[layer.outputs[i]] = std::move(results[i]);
    }
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      const TensorId input = layer.inputs[i];
      const auto begin = layer.inputs.begin();
      const bool repeated = std::find(begin, begin + static_cast<std::ptrdiff_t>(i), input) !=
                            begin + static_cast<std::ptrdiff_t>(i);
      if (!repeated && --uses[input] == 0) values[input].reset();
    }
  }

  std::map<TensorId, TensorValue> results;
  for (const TensorId output : network.outputs()) value_of(output);  // an input may be an output
  for (const TensorId id : ids<TensorId>(count)) {
    const Tensor& tensor = network.tensor(id);
    if (values[id] && (tensor.is_output || tensor.kind == TensorKind::Activation)) {
      results.emplace(id, std::move(*values[id]));
    }
  }
  return results;
}

std::vector<std::string> missing_reference_kernels(const Network& network) {
  std::vector<std::string> lines;
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    if (const std::string what = reference_gap(layer, network.tensors()); !what.empty()) {
      lines.push_back(fmt::format("layer '{}' ({}): {}", layer.name, to_string(layer.kind), what));
    }
  }
  return lines;
}

}  // namespace partita
