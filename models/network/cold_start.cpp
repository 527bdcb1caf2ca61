#include "models/network/network.h"

namespace partita {

Network with_cold_weights(Network network) {
  network.inputs_.clear();
  for (const TensorId id : ids<TensorId>(network.tensors_.size())) {
    Tensor& tensor = network.tensors_[id];
    if (tensor.kind == TensorKind::Weight || tensor.kind == TensorKind::Constant) {
      tensor.kind = TensorKind::Input;
      tensor.stays = true;
    }
    if (tensor.kind == TensorKind::Input) network.inputs_.push_back(id);
  }
  return network;
}

}  // namespace partita
