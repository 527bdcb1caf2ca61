#include "models/plan/resident_weights.h"

#include <fmt/format.h>

#include <utility>

namespace partita {

IdVector<MemoryId, Bytes> resident_weights(const Network& network, const Hardware& hardware,
                                           const Plan& plan) {
  IdVector<MemoryId, Bytes> held(hardware.memories().size());
  IdVector<MemoryId, TensorId> counted(hardware.memories().size(), TensorId{0xffff'ffff});
  for (const TensorId id : ids<TensorId>(network.tensors().size())) {
    const Tensor& tensor = network.tensor(id);
    if (tensor.kind != TensorKind::Weight && tensor.kind != TensorKind::Constant) continue;
    for (const LayerId reader : tensor.consumers) {
      const MemoryId there =
          plan.read_from(id, hardware.processors()[plan.processor(reader)].memory);
      if (std::exchange(counted[there], id) != id) held[there] += tensor.size;
    }
  }
  return held;
}

std::string exceeded_by_weights(const Network& network, const Hardware& hardware,
                                const Plan& plan) {
  const IdVector<MemoryId, Bytes> held = resident_weights(network, hardware, plan);
  for (const MemoryId id : ids<MemoryId>(held.size())) {
    const MemorySpec& memory = hardware.memories()[id];
    if (held[id] <= memory.capacity) continue;
    return fmt::format("the weights of memory {} need {}, {} more than its {}", memory.name,
                       to_string(held[id]), to_string(held[id] - memory.capacity),
                       to_string(memory.capacity));
  }
  return "";
}

}  // namespace partita
