#include "partition/problem/cost_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/evaluate/reads_in_place.h"
#include "partition/problem/constraint_violations.h"

namespace partita {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

// The problem with other costs, and who judges plans of it. Constraints are those of the nominal
// times.
struct CostModel::Sample {
  Problem problem;
  CostModel model;

  Sample(const Problem& nominal, const CostTable& costs)
      : problem{nominal.network, nominal.hardware, costs, nominal.objective, {}, nullptr},
        model(problem) {}
};

CostModel::CostModel(const Problem& problem)
    : problem_(problem),
      evaluator_(problem.network, problem.hardware, problem.costs),
      constraints_(problem) {
  if (needs(Term::EnergyUse) || needs(Term::EnergyDelay)) {
    energy_.emplace(problem.network, problem.hardware, problem.costs);
  }
  if (needs(Term::Period)) period_.emplace(problem);
  if (problem.uncertainty == nullptr) return;
  for (const CostTable& costs : problem.uncertainty->samples) {
    samples_.push_back(std::make_unique<Sample>(problem, costs));
  }
}

CostModel::~CostModel() = default;

bool CostModel::needs(Term term) const {
  const auto& limits = problem_.constraints.limits;
  return problem_.objective.weighs(term) ||
         std::any_of(limits.begin(), limits.end(),
                     [&](const Constraints::Limit& limit) { return limit.term == term; });
}

Judgement CostModel::judge(const Plan& plan, std::optional<std::size_t> in_flight) {
  plan_ = &plan;
  timeline_ = &evaluator_.run(plan);
  Judgement found;
  found.cost.latency = timeline_->makespan;
  found.finishes = !timeline_->unfinished;
  if (period_ && found.finishes) {
    const auto steady = in_flight ? period_->of(plan, *in_flight) : period_->of(plan);
    found.finishes = steady.has_value();
    if (steady) found.cost.period = steady->period, found.in_flight = steady->in_flight;
  }
  if (found.finishes) fill(found.cost, plan);
  cost_ = found.cost;
  found.excess_ppm = beyond_capacity() + beyond_limits(found.cost);
  if (!problem_.constraints.none()) {
    found.excess_ppm += constraints_.of(plan.placement().processor);
  }
  found.value = problem_.objective.value(found.cost);
  if (!samples_.empty() && found.finishes) {
    const std::optional<double> value = value_of_samples(plan, in_flight);
    found.finishes = value.has_value();
    found.value = value.value_or(0);
  }
  return found;
}

double CostModel::least_value(const Plan& plan) const {
  PlanCost least;
  if (period_ && samples_.empty()) least.period = period_->largest_load(plan);
  return problem_.objective.value(least);
}

void CostModel::fill(PlanCost& cost, const Plan& plan) {
  if (energy_) cost.energy = whole_nanojoules(energy_->of(plan, *timeline_));
  if (needs(Term::Imbalance)) cost.imbalance = imbalance();
  if (needs(Term::Transfers)) cost.transfers = moved();
}

// A processor of several streams works as long as its layers take, over its streams.
Time CostModel::imbalance() const {
  const auto& processors = problem_.hardware.processors();
  IdVector<ProcessorId, std::int64_t> work(processors.size());
  for (const LayerSpan& span : timeline_->layers) {
    work[span.processor] += (span.finish - span.start).count();
  }
  std::int64_t most = 0;
  Wide all = 0;
  for (const ProcessorId p : ids<ProcessorId>(work.size())) {
    work[p] /= processors[p].streams;
    most = std::max(most, work[p]);
    all += work[p];
  }
  return Time{most - static_cast<std::int64_t>(all / static_cast<Wide>(work.size()))};
}

// What is staged on the way is moved once for each leg, what is read in place once for each reader.
Bytes CostModel::moved() const {
  Bytes sum;
  for (const LegSpan& leg : timeline_->legs) {
    sum += problem_.network.tensor(plan_->transfers()[leg.transfer].tensor).size;
  }
  if (plan_->in_place().empty()) return sum;
  for (const LayerId layer : problem_.network.layers()) {
    for (const ReadInPlace& read :
         reads_in_place(problem_.network, problem_.hardware, *plan_, layer)) {
      sum += read.size;
    }
  }
  return sum;
}

std::int64_t CostModel::beyond_capacity() const {
  std::int64_t sum = 0;
  for (const MemoryId memory : ids<MemoryId>(timeline_->memory_peak.size())) {
    const std::int64_t capacity = problem_.hardware.memories()[memory].capacity.value;
    const Wide over = timeline_->memory_peak[memory].value - capacity;
    if (over > 0) sum += static_cast<std::int64_t>(over * kMillion / capacity) + 1;
  }
  return sum;
}

std::int64_t CostModel::beyond_limits(const PlanCost& cost) const {
  constexpr double kMost = 1e12;  // ppm; sums stay far from overflow
  std::int64_t sum = 0;
  for (const Constraints::Limit& limit : problem_.constraints.limits) {
    const double over = number(cost, limit.term) - limit.most;
    if (over <= 0) continue;
    const double ppm = limit.most > 0 ? over / limit.most * static_cast<double>(kMillion) : kMost;
    sum += static_cast<std::int64_t>(std::min(ppm, kMost)) + 1;
  }
  return sum;
}

std::optional<double> CostModel::value_of_samples(const Plan& plan,
                                                  std::optional<std::size_t> in_flight) {
  std::vector<double> values;
  for (const auto& sample : samples_) {
    const Judgement found = sample->model.judge(plan, in_flight);
    if (!found.finishes) return std::nullopt;
    values.push_back(found.value);
  }
  return statistic_of(std::move(values), problem_.uncertainty->statistic);
}

std::string CostModel::why_infeasible() const {
  std::string reason = partita::why_infeasible(*timeline_, problem_.network, problem_.hardware);
  if (!reason.empty()) return reason;
  const std::vector<std::string> broken = constraint_violations(*plan_, problem_);
  if (!broken.empty()) return broken.front();
  for (const Constraints::Limit& limit : problem_.constraints.limits) {
    const double has = number(cost_, limit.term);
    if (has > limit.most) {
      return fmt::format("{} is {:.6g}, more than the {:.6g} that are allowed",
                         to_string(limit.term), has, limit.most);
    }
  }
  return {};
}

}  // namespace partita
