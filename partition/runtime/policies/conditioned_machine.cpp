#include "partition/runtime/policies/conditioned_machine.h"

#include <algorithm>
#include <cmath>

#include "models/workload/statistics.h"

namespace partita {
namespace {

Bandwidth slower(Bandwidth rate, double factor) {
  const double slow = static_cast<double>(rate.value) / factor;
  return {std::max(std::int64_t{1}, static_cast<std::int64_t>(std::llround(slow)))};
}

LayerCost stretched(LayerCost cost, const ProcessorSpec& processor, double factor) {
  const Time overhead = cost.launch_overhead(processor);
  // The machine keeps its own overhead, so the rest goes into the layer.
  cost.time = std::max(1_ps, scaled(overhead + cost.time, factor) - overhead);
  return cost;
}

}  // namespace

Hardware without_load(const Hardware& hardware) {
  HardwareParts parts = hardware.parts();
  parts.load.clear();
  return HardwareBuilder::build(std::move(parts));
}

Hardware with_slower_links(const Hardware& hardware, const IdVector<LinkId, double>& slowdown) {
  HardwareParts parts = hardware.parts();
  parts.load.clear();
  for (const LinkId id : ids<LinkId>(parts.links.size())) {
    if (slowdown[id] == 1) continue;
    LinkSpec& link = parts.links[id];
    link.bandwidth = slower(link.bandwidth, slowdown[id]);
    for (Regime& regime : link.regimes) {
      regime.bandwidth = slower(regime.bandwidth, slowdown[id]);
      regime.time = scaled(regime.time, slowdown[id]);
    }
  }
  return HardwareBuilder::build(std::move(parts));
}

ConditionedMachine::ConditionedMachine(const PolicyProblem& problem)
    : undisturbed_(without_load(*problem.hardware)), hardware_(&undisturbed_) {
  for (const InputClass& each : problem.classes) {
    networks_.push_back(each.network);
    expected_.push_back(each.costs);
    costs_.push_back(*each.costs);
  }
  set(Conditions::undisturbed(undisturbed_));
}

void ConditionedMachine::set(const Conditions& conditions, const Factor& factor) {
  evaluators_.clear();  // they refer to what changes now
  if (conditions.link_slowdown != conditions_.link_slowdown) {
    const auto& links = conditions.link_slowdown;
    const bool any = std::any_of(links.begin(), links.end(), [](double s) { return s != 1; });
    slower_ = any ? std::make_unique<Hardware>(with_slower_links(undisturbed_, links)) : nullptr;
    hardware_ = any ? slower_.get() : &undisturbed_;
  }
  conditions_ = conditions;
  for (std::size_t c = 0; c < costs_.size(); ++c) {
    for (const LayerId layer : networks_[c]->layers()) {
      for (const ProcessorId p : ids<ProcessorId>(undisturbed_.processors().size())) {
        std::optional<LayerCost> cost = (*expected_[c])(layer, p);
        if (!conditions.present[p]) cost.reset();
        if (cost) {
          cost = stretched(*cost, undisturbed_.processors()[p],
                           factor ? factor(c, layer, p) : conditions.slowdown[p]);
        }
        costs_[c].set(layer, p, cost);
      }
    }
    evaluators_.emplace_back(*networks_[c], *hardware_, costs_[c]);
  }
}

bool ConditionedMachine::can_run(std::size_t input_class, const Plan& plan) const {
  for (const LayerId layer : networks_[input_class]->layers()) {
    if (!costs_[input_class](layer, plan.processor(layer))) return false;
  }
  return true;
}

double ConditionedMachine::period(std::size_t input_class, const Plan& plan,
                                  std::size_t in_flight) {
  const Workload stream = Workload::always(plan, requests_of_period(in_flight), in_flight);
  const WorkloadTimeline& record = evaluators_[input_class].run(stream);
  const SteadyPeriod steady = steady_period(record);
  return steady.requests > 0
             ? steady.seconds_each()
             : seconds(record.makespan) / static_cast<double>(requests_of_period(in_flight));
}

const Timeline& ConditionedMachine::run(std::size_t input_class, const Plan& plan) {
  return evaluators_[input_class].run(plan);
}

}  // namespace partita
