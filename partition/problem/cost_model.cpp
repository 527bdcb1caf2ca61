#include "partition/problem/cost_model.h"

namespace partita {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

CostModel::CostModel(const Problem& problem)
    : problem_(problem), evaluator_(problem.network, problem.hardware, problem.costs) {}

Judgement CostModel::judge(const Plan& plan) {
  timeline_ = &evaluator_.run(plan);
  Judgement found;
  found.cost.latency = timeline_->makespan;
  found.finishes = !timeline_->unfinished;
  found.excess_ppm = excess(*timeline_);
  found.value = problem_.objective.value(found.cost);
  return found;
}

std::int64_t CostModel::excess(const Timeline& timeline) const {
  std::int64_t sum = 0;
  for (const MemoryId memory : ids<MemoryId>(timeline.memory_peak.size())) {
    const std::int64_t capacity = problem_.hardware.memories()[memory].capacity.value;
    const Wide over = timeline.memory_peak[memory].value - capacity;
    if (over > 0) sum += static_cast<std::int64_t>(over * kMillion / capacity) + 1;
  }
  return sum;
}

std::string CostModel::why_infeasible() const {
  return partita::why_infeasible(*timeline_, problem_.network, problem_.hardware);
}

}  // namespace partita
