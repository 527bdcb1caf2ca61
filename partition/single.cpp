#include "partition/single.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "partition/candidates.h"

namespace partita {
namespace {

std::variant<Solution, std::string> all_on_one(const Problem& problem, Evaluator& evaluator,
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
  const Timeline& timeline = evaluator.run(std::get<Plan>(made));
  const std::string overflow = why_infeasible(timeline, problem.network, problem.hardware);
  if (!overflow.empty()) return fmt::format("'{}': {}", name, overflow);
  return Solution{std::move(std::get<Plan>(made)), timeline.makespan};
}

}  // namespace

Outcome solve_single(const Problem& problem, const SearchOptions&) {
  Evaluator evaluator(problem.network, problem.hardware, problem.costs);
  std::optional<Solution> best;
  std::string reasons;
  for (const ProcessorId p : ids<ProcessorId>(problem.hardware.processors().size())) {
    auto outcome = all_on_one(problem, evaluator, p);
    if (auto* solution = std::get_if<Solution>(&outcome)) {
      if (!best || solution->makespan < best->makespan) best = std::move(*solution);
    } else {
      reasons += (reasons.empty() ? "" : "; ") + std::get<std::string>(outcome);
    }
  }
  if (best) return std::move(*best);
  return Infeasible{"no processor can run the whole network: " + reasons};
}

}  // namespace partita
