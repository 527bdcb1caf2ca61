#include "partition/methods/single.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "partition/problem/candidates.h"

namespace partita {
namespace {

std::variant<Solution, std::string> all_on_one(const Problem& problem, CostModel& model,
                                               ProcessorId p) {
  const std::string& name = problem.hardware.processors()[p].name;
  for (const LayerId layer : problem.network.layers()) {
    if (!problem.costs(layer, p)) {
      return fmt::format("'{}' cannot run layer '{}' ({})", name, problem.network.layer(layer).name,
                         to_string(problem.network.layer(layer).kind));
    }
  }
  auto made = make_plan(problem.network, problem.hardware,
                        all_on(problem.network, problem.hardware, p), "single");
  if (const auto* bad = std::get_if<BadPlan>(&made)) {
    return fmt::format("'{}': {}", name, bad->reason);
  }
  const Judgement found = model.judge(std::get<Plan>(made));
  if (!found.feasible()) return fmt::format("'{}': {}", name, model.why_infeasible());
  return Solution{std::move(std::get<Plan>(made)), found.cost, found.value};
}

}  // namespace

// Processors, those with the least work first: no plan on one of them takes less.
std::vector<std::pair<Time, ProcessorId>> by_work(const Problem& problem) {
  std::vector<std::pair<Time, ProcessorId>> all;
  for (const ProcessorId p : ids<ProcessorId>(problem.hardware.processors().size())) {
    Time work{0};
    for (const LayerId layer : problem.network.layers()) {
      if (problem.costs(layer, p)) work += duration(problem, layer, p);
    }
    all.emplace_back(work / problem.hardware.processors()[p].streams, p);
  }
  std::sort(all.begin(), all.end());
  return all;
}

Outcome solve_single(const Problem& problem, const SearchOptions& options) {
  CostModel model(problem);
  std::optional<Solution> best;
  IdVector<ProcessorId, std::string> why_not(problem.hardware.processors().size());
  const bool latency_only =
      problem.objective.is_only(Term::Latency) && problem.uncertainty == nullptr;
  for (const auto& [work, p] : by_work(problem)) {
    if (options.quick_until.passed()) break;
    if (best && latency_only && work >= best->cost.latency) break;
    auto outcome = all_on_one(problem, model, p);
    if (auto* solution = std::get_if<Solution>(&outcome)) {
      if (!best || solution->value < best->value) best = std::move(*solution);
    } else {
      why_not[p] = std::get<std::string>(outcome);
    }
  }
  if (best) return std::move(*best);
  std::string reasons;
  for (const std::string& reason : why_not) {
    if (!reason.empty()) reasons += (reasons.empty() ? "" : "; ") + reason;
  }
  if (reasons.empty()) return Infeasible{"no plan was found in the time there was"};
  return Infeasible{"no processor can run the whole network: " + reasons};
}

}  // namespace partita
