#include "partition/methods/single.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

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

Outcome solve_single(const Problem& problem, const SearchOptions&) {
  CostModel model(problem);
  std::optional<Solution> best;
  std::string reasons;
  for (const ProcessorId p : ids<ProcessorId>(problem.hardware.processors().size())) {
    auto outcome = all_on_one(problem, model, p);
    if (auto* solution = std::get_if<Solution>(&outcome)) {
      if (!best || solution->value < best->value) best = std::move(*solution);
    } else {
      reasons += (reasons.empty() ? "" : "; ") + std::get<std::string>(outcome);
    }
  }
  if (best) return std::move(*best);
  return Infeasible{"no processor can run the whole network: " + reasons};
}

}  // namespace partita
