#include "partition/runtime/policies/one_class.h"

#include <algorithm>

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
    : classes_(problem.classes.size()), costs_(mean_costs(problem)) {}

std::variant<std::unique_ptr<OneClass>, Infeasible> OneClass::make(const PolicyProblem& problem,
                                                                   const Maker& maker) {
  std::unique_ptr<OneClass> made(new OneClass(problem));
  const auto most =
      std::max_element(problem.classes.begin(), problem.classes.end(),
                       [](const InputClass& a, const InputClass& b) { return a.share < b.share; });
  PolicyProblem mean = problem;
  mean.classes = {{most->network, &made->costs_, 1}};
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
      inner,
      std::make_shared<Configuration>(Configuration{
          inner->name, std::vector<std::shared_ptr<const Plan>>(classes_, inner->plans.front()),
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

void OneClass::observe(Time now, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) {
  layers_.assign(layers.begin(), layers.end());
  copies_.assign(copies.begin(), copies.end());
  for (LayerReading& each : layers_) each.input_class = 0;
  for (CopyReading& each : copies_) each.input_class = 0;
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
