#include "models/network/variants.h"

#include <algorithm>

namespace partita {
namespace {

bool are_alike(const Tensor& a, const Tensor& b) {
  // Constants that are no weights are indices and shapes, of as many entries as a text has tokens.
  const bool is_constant = a.kind == TensorKind::Weight || a.stays;
  return a.kind == b.kind && a.producer == b.producer && a.consumers == b.consumers &&
         a.is_output == b.is_output && a.stays == b.stays &&
         a.transfer_time.has_value() == b.transfer_time.has_value() &&
         (!is_constant || a.size == b.size);
}

}  // namespace

bool same_structure(const Network& a, const Network& b) {
  if (a.layer_count() != b.layer_count() || a.inputs() != b.inputs() ||
      a.outputs() != b.outputs()) {
    return false;
  }
  for (const LayerId id : a.layers()) {
    if (a.layer(id).inputs != b.layer(id).inputs) return false;
    if (a.layer(id).outputs != b.layer(id).outputs) return false;
  }
  return std::equal(a.tensors().begin(), a.tensors().end(), b.tensors().begin(), b.tensors().end(),
                    are_alike);
}

Network without_layers(Network network, const std::vector<LayerId>& skipped) {
  for (const LayerId id : skipped) {
    Layer& layer = network.graph_[index(id)];
    layer.work = {};
    for (const TensorId output : layer.outputs) {
      Tensor& tensor = network.tensors_[output];
      tensor.size = {};
      if (tensor.transfer_time) tensor.transfer_time = Time{1};
    }
  }
  return network;
}

}  // namespace partita
