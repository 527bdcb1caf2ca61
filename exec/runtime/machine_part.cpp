#include "exec/runtime/machine_part.h"

#include <algorithm>

#include "models/base/assert.h"

namespace partita::exec {

std::vector<ProcessorId> processors_with_layers(const Plan& plan) {
  std::vector<ProcessorId> found;
  for (const ProcessorId id : ids<ProcessorId>(plan.placement().order.size())) {
    if (!plan.order(id).empty()) found.push_back(id);
  }
  return found;
}

MachinePart part_of(const Hardware& whole, const std::vector<ProcessorId>& kept) {
  PARTITA_ASSERT(!kept.empty(), "a crew has a worker");
  HardwareParts parts = whole.parts();
  parts.load.clear();
  parts.calibrated.reset();
  parts.processors.clear();
  for (const ProcessorId id : kept) parts.processors.push_back(whole.processors()[id]);
  return {HardwareBuilder::build(std::move(parts)), kept};
}

Plan plan_for_part(const Plan& plan, const Network& network, const MachinePart& part) {
  Placement placement;
  placement.processor.resize(network.layer_count());
  for (const ProcessorId id : ids<ProcessorId>(part.in_whole.size())) {
    placement.order.push_back(plan.order(part.in_whole[index(id)]));
    for (const LayerId layer : placement.order[id]) placement.processor[layer] = id;
  }
  const auto made = [](std::variant<Plan, BadPlan> one) {
    PARTITA_ASSERT(std::holds_alternative<Plan>(one), "a plan is one for the part that it uses");
    return std::get<Plan>(std::move(one));
  };
  Plan same = made(make_plan(network, part.hardware, std::move(placement), plan.method()));
  if (!plan.in_place().empty()) {
    same = made(with_reads_in_place(network, part.hardware, same, plan.in_place()));
  }
  return with_transfer_order(network, std::move(same), plan.transfers());
}

bool is_same(const Plan& a, const Plan& b) {
  return a.placement().processor == b.placement().processor &&
         a.placement().order == b.placement().order && a.transfers() == b.transfers() &&
         a.in_place() == b.in_place();
}

}  // namespace partita::exec
