#include "partition/runtime/policies/one_class.h"

#include <algorithm>

#include "partition/runtime/policies/estimates.h"

namespace partita {
namespace {

CostTable mean_costs(const PolicyProblem& problem) {
  const std::vector<double> shares = expected_shares(problem);
  CostTable mean(layer_count(problem), problem.hardware->processors().size());
  for (const LayerId layer : ids<LayerId>(mean.layers())) {
    for (const ProcessorId p : ids<ProcessorId>(mean.processors())) {
      double time = 0, traffic = 0;
      std::optional<LayerCost> cost;
      bool everywhere = true;
      for (std::size_t c = 0; c < shares.size(); ++c) {
        const auto& of = (*problem.classes[c].costs)(layer, p);
        everywhere = everywhere && of.has_value();
        if (!of) continue;
        const ProcessorSpec& spec = problem.hardware->processors()[p];
        time += shares[c] * static_cast<double>((of->launch_overhead(spec) + of->time).count());
        traffic += shares[c] * static_cast<double>(of->traffic.value);
        if (!cost || of->launched) cost = of;
      }
      if (!everywhere) continue;
      const Time overhead = cost->launch_overhead(problem.hardware->processors()[p]);
      cost->time = std::max(1_ps, Time{static_cast<std::int64_t>(time)} - overhead);
      cost->traffic = Bytes{static_cast<std::int64_t>(traffic)};
      mean.set(layer, p, cost);
    }
  }
  return mean;
}

}  // namespace

OneClass::OneClass(const PolicyProblem& problem)
    : classes_(when_known(problem).classes),
      costs_(mean_costs(problem)),
      hardware_(problem.hardware) {}

std::variant<std::unique_ptr<OneClass>, Infeasible> OneClass::make(const PolicyProblem& problem,
                                                                   const Maker& maker) {
  std::unique_ptr<OneClass> made(new OneClass(problem));
  const auto most =
      std::max_element(problem.classes.begin(), problem.classes.end(),
                       [](const InputClass& a, const InputClass& b) { return a.share < b.share; });
  PolicyProblem mean = problem;
  mean.classes = {{most->network, &made->costs_, 1}};
  made->network_ = most->network;
  auto library = plan_library(mean, usual_occasions(mean));
  if (auto* no = std::get_if<Infeasible>(&library)) return std::move(*no);
  made->inner_ =
      maker(mean, std::make_shared<PlanLibrary>(std::move(std::get<PlanLibrary>(library))));
  return made;
}

std::shared_ptr<const Configuration> OneClass::outer(
    const std::shared_ptr<const Configuration>& inner) {
  for (const auto& [of, made] : known_) {
    if (of == inner) return made;
  }
  known_.emplace_back(
      inner, std::make_shared<Configuration>(Configuration{
                 inner->name,
                 std::vector<std::shared_ptr<const Plan>>(classes_.size(), inner->plans.front()),
                 inner->also}));
  return known_.back().second;
}

std::shared_ptr<const Configuration> OneClass::inner(
    const std::shared_ptr<const Configuration>& outer) {
  for (const auto& [of, made] : known_) {
    if (made == outer) return of;
  }
  return nullptr;
}

void OneClass::fold(LayerReading& reading) const {
  const std::size_t was = reading.input_class < classes_.size() ? reading.input_class : 0;
  reading.input_class = 0;
  if (index(reading.layer) >= costs_.layers() || index(reading.processor) >= costs_.processors())
    return;
  const auto& own = (*classes_[was].costs)(reading.layer, reading.processor);
  const auto& mean = costs_(reading.layer, reading.processor);
  if (!own || !mean) return;
  const ProcessorSpec& processor = hardware_->processors()[reading.processor];
  const Time usual = own->time + own->launch_overhead(processor);
  if (usual < Estimates::kLeastTime) {
    reading.measured = Time{0};  // this input does without that layer: nothing is learned
    return;
  }
  const Time expected = mean->time + mean->launch_overhead(processor);
  reading.measured = scaled(reading.measured, seconds(expected) / seconds(usual));
}

void OneClass::fold(CopyReading& reading) const {
  const std::size_t was = reading.input_class < classes_.size() ? reading.input_class : 0;
  reading.input_class = 0;
  if (index(reading.tensor) >= network_->tensors().size()) return;
  const auto own = static_cast<double>(classes_[was].network->tensor(reading.tensor).size.value);
  const auto mean = static_cast<double>(network_->tensor(reading.tensor).size.value);
  if (own > 0) reading.measured = scaled(reading.measured, mean / own);
}

void OneClass::observe(Time now, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) {
  layers_.assign(layers.begin(), layers.end());
  copies_.assign(copies.begin(), copies.end());
  for (LayerReading& each : layers_) fold(each);
  for (CopyReading& each : copies_) fold(each);
  inner_->observe(now, layers_, copies_);
}

Decision OneClass::decide(const Situation& situation) {
  Situation seen = situation;
  seen.in_force = inner(situation.in_force);
  seen.wanted = situation.wanted ? inner(situation.wanted) : nullptr;
  Decision decision = inner_->decide(seen);
  if (auto* change = std::get_if<Switch>(&decision)) change->to = outer(change->to);
  return decision;
}

}  // namespace partita
