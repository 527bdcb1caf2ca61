#include "tools/partita/robust.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tools/partita/console.h"
#include "tools/partita/value_text.h"

namespace partita::command {
namespace {

constexpr std::size_t kFreshSamples = 200;
constexpr std::uint64_t kFreshSeed = 0x9e3779b97f4a7c15;  // away from those of the search
constexpr std::size_t kDecidingSamples = 100;
constexpr std::uint64_t kDecidingSeed = 0xc2b2ae3d27d4eb4f;

double value_of(const Problem& problem, const CostTable& costs, const Plan& plan) {
  const Problem one{problem.network, problem.hardware, costs, problem.objective};
  const Judgement found = CostModel(one).judge(plan);
  // Load of others may be in the way with some times only.
  return found.finishes ? found.value : std::numeric_limits<double>::infinity();
}

std::vector<CostTable> fresh_samples(const Asked& asked, const Inputs& inputs, std::size_t count,
                                     std::uint64_t seed) {
  return sampled_costs(asked.ruled.costs, inputs.hardware.processors().size(),
                       asked.spread.value_or(0), count, seed);
}

}  // namespace

bool is_more_robust(const Asked& asked, const Inputs& inputs, const Plan& plan, const Plan& other,
                    std::uint64_t seed) {
  const Problem problem = asked.problem(inputs);
  const auto samples = fresh_samples(asked, inputs, kDecidingSamples, seed ^ kDecidingSeed);
  const auto value = [&](const Plan& of) {
    std::vector<double> values;
    for (const CostTable& costs : samples) values.push_back(value_of(problem, costs, of));
    return statistic_of(std::move(values), asked.uncertainty.statistic);
  };
  return value(plan) < value(other);
}

RobustComparison compare_robust(const Asked& asked, const Inputs& inputs, const Plan& nominal_plan,
                                const Plan& robust_plan, std::uint64_t seed) {
  const Problem problem = asked.problem(inputs);
  const auto samples = fresh_samples(asked, inputs, kFreshSamples, seed ^ kFreshSeed);
  const auto values_of = [&](const Plan& plan) {
    std::vector<double> values;
    for (const CostTable& costs : samples) values.push_back(value_of(problem, costs, plan));
    return RobustComparison::Values{value_of(problem, problem.costs, plan),
                                    statistic_of(values, Statistic::Expected),
                                    statistic_of(values, Statistic::P95)};
  };
  return {values_of(nominal_plan), values_of(robust_plan), samples.size()};
}

void print_comparison(const Objective& objective, const RobustComparison& comparison) {
  Table table({"plan", "times as known", "expected", "95 %"});
  const auto add = [&](const char* name, const RobustComparison::Values& values) {
    table.add({name, value_text(objective, values.nominal), value_text(objective, values.expected),
               value_text(objective, values.p95)});
  };
  const RobustComparison::Values& plain = comparison.of_nominal_plan;
  const RobustComparison::Values& robust = comparison.of_robust_plan;
  add("for known times", plain);
  add("robust", robust);
  table.print();
  fmt::print(
      "  robustness costs {} where all is as known; saves {} of what is expected and {} at 95 %\n"
      "  (over {} samples that no search has seen)\n",
      percent(robust.nominal / plain.nominal - 1, 2),
      percent(1 - robust.expected / plain.expected, 2), percent(1 - robust.p95 / plain.p95, 2),
      comparison.samples);
}

nlohmann::json comparison_json(const RobustComparison& comparison) {
  const auto values = [](const RobustComparison::Values& of) {
    return nlohmann::json{{"nominal", of.nominal}, {"expected", of.expected}, {"p95", of.p95}};
  };
  return {{"nominal_plan", values(comparison.of_nominal_plan)},
          {"robust_plan", values(comparison.of_robust_plan)},
          {"samples", comparison.samples}};
}

}  // namespace partita::command
