#include "exec/devices/cpu_reference/reference_kernel.h"

#include <algorithm>

#include "exec/reference/reference.h"

namespace partita::exec {

void ReferenceKernel::bind(void* const* inputs, void* const* outputs) {
  inputs_.clear();
  outputs_.clear();
  for (std::size_t i = 0; i < layer_.inputs.size(); ++i) {
    inputs_.push_back(static_cast<const std::byte*>(inputs[i]));
  }
  for (std::size_t i = 0; i < layer_.outputs.size(); ++i) {
    outputs_.push_back(static_cast<std::byte*>(outputs[i]));
  }
}

void ReferenceKernel::run() {
  std::vector<TensorValue> operands;
  std::vector<const TensorValue*> pointers;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Tensor& tensor = tensors_[layer_.inputs[i]];
    TensorValue& operand = operands.emplace_back(tensor.type, tensor.shape);
    std::copy_n(inputs_[i], operand.bytes.size(), operand.bytes.begin());
  }
  for (const TensorValue& operand : operands) pointers.push_back(&operand);
  const std::vector<TensorValue> results = run_reference_layer(layer_, tensors_, pointers);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    std::copy(results[i].bytes.begin(), results[i].bytes.end(), outputs_[i]);
  }
}

}  // namespace partita::exec
