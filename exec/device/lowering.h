// A layer as plugins get it, and back: plain C on the way, our own types at both ends.
#pragma once

#include <vector>

#include "exec/device/abi.h"
#include "models/network/network.h"

namespace partita::exec {

constexpr bool is_constant(const Tensor& tensor) {
  return tensor.kind == TensorKind::Weight || tensor.kind == TensorKind::Constant;
}

// The tensor must outlive what is returned.
partita_tensor lowered(const Tensor& tensor);

// Holds what a partita_layer points to. Layer and tensors must outlive it.
class LoweredLayer {
 public:
  LoweredLayer(const Layer& layer, const IdVector<TensorId, Tensor>& tensors);
  LoweredLayer(const LoweredLayer&) = delete;
  LoweredLayer& operator=(const LoweredLayer&) = delete;
  const partita_layer* get() const { return &layer_; }

 private:
  std::vector<partita_tensor> inputs_, outputs_;
  std::vector<partita_attribute> attributes_;
  partita_layer layer_{};
};

// For plugins that are written in C++: a layer by itself, with operands and results as its tensors.
struct RaisedLayer {
  Layer layer;
  IdVector<TensorId, Tensor> tensors;
};
// Throws Error for an operator or a type that there is not.
RaisedLayer raised(const partita_layer& layer);
Tensor raised(const partita_tensor& tensor);

}  // namespace partita::exec
