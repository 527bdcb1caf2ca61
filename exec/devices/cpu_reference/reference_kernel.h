// A layer by the reference executor, on memory that somebody else owns.
#pragma once

#include <cstddef>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita::exec {

class ReferenceKernel {
 public:
  ReferenceKernel(Layer layer, IdVector<TensorId, Tensor> tensors)
      : layer_(std::move(layer)), tensors_(std::move(tensors)) {}

  // Row-major operands and results, one address for each.
  void bind(void* const* inputs, void* const* outputs);
  void run();
  const Layer& layer() const { return layer_; }

 private:
  Layer layer_;
  IdVector<TensorId, Tensor> tensors_;
  std::vector<const std::byte*> inputs_;
  std::vector<std::byte*> outputs_;
};

}  // namespace partita::exec
