#include "partition/runtime/plan_needs.h"

namespace partita {

bool needs(const Plan& plan, ProcessorId processor, const Network& network,
           const Hardware& hardware) {
  if (!plan.order(processor).empty()) return true;
  // Who makes a tensor has a layer; so what is left is to copy for others.
  for (const Transfer& transfer : plan.transfers()) {
    const Tensor& tensor = network.tensor(transfer.tensor);
    const Route* route = hardware.route(transfer.src, transfer.dst);
    if (tensor.transfer_time || route == nullptr) continue;
    for (const Leg& leg : *route) {
      if (leg.engine || leg.copier != processor) continue;
      const bool by_producer =
          tensor.producer &&
          hardware.processors()[plan.processor(*tensor.producer)].memory == leg.src;
      if (!by_producer) return true;
    }
  }
  return false;
}

}  // namespace partita
