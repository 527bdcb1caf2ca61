#include "sim/network_facts.h"

#include "models/plan/plan.h"

namespace partita::sim {

void NetworkFacts::load(const Network& the_network, const Hardware& the_hardware) {
  network = &the_network;
  hardware = &the_hardware;
  memory_of.clear();
  for (const ProcessorSpec& processor : hardware->processors()) {
    memory_of.push_back(processor.memory);
  }
  tensors.clear();
  consumers.clear();
  read_by.assign(network->layer_count(), {});
  weights.clear();
  for (const TensorId id : ids<TensorId>(network->tensors().size())) {
    const Tensor& tensor = network->tensor(id);
    tensors.push_back({tensor.size, tensor.producer, tensor.transfer_time, tensor.is_output,
                       tensor.stays, content_of(tensor)});
    for (const LayerId consumer : tensor.consumers) consumers.add(consumer);
    consumers.finish_list();
    const bool moves = tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
    if (!moves) {
      weights.push_back(id);
      continue;
    }
    for (const LayerId consumer : tensor.consumers) read_by[consumer].push_back(id);
  }
  layers.clear();
  results.clear();
  for (const LayerId id : network->layers()) {
    const Layer& layer = network->layer(id);
    LayerFact fact{layer.work.workspace, Bytes{}};
    for (const TensorId result : layer.outputs) {
      results.add(result);
      fact.results += network->tensor(result).size;
    }
    results.finish_list();
    layers.push_back(fact);
  }
}

}  // namespace partita::sim
