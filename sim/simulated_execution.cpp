#include "sim/simulated_execution.h"

#include <algorithm>
#include <utility>

namespace partita::sim {

SimulatedExecution::SimulatedExecution(const Network& network, const Hardware& hardware,
                                       CostTable costs, Plan plan)
    : network_(network),
      hardware_(hardware),
      undisturbed_(costs),
      costs_(std::move(costs)),
      plan_(std::move(plan)),
      simulator_(std::make_unique<Simulator>(network_, hardware_, costs_)) {}

void SimulatedExecution::slow_down(ProcessorId processor, double ratio) {
  for (const LayerId layer : network_.layers()) {
    std::optional<LayerCost> cost = undisturbed_(layer, processor);
    if (!cost) continue;
    cost->time = std::max(Time{1}, scaled(cost->time, ratio));
    costs_.set(layer, processor, cost);
  }
  simulator_ = std::make_unique<Simulator>(network_, hardware_, costs_);
}

Timeline SimulatedExecution::infer() { return simulator_->run(plan_); }

Time SimulatedExecution::switch_to(const Plan& plan, const Migration& migration) {
  plan_ = plan;
  return migration.cost;
}

}  // namespace partita::sim
