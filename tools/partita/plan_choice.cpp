#include "tools/partita/plan_choice.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "partition/methods/methods.h"
#include "partition/methods/zero_copy.h"
#include "tools/partita/console.h"
#include "tools/partita/kept_parts.h"

namespace partita::command {

CLI::Option* add_method_option(CLI::App& app, std::string& method) {
  std::vector<std::string> names;
  std::string help = "how to search:";
  for (const auto* table : {&methods(), &rank_methods()}) {
    for (const Method& each : *table) {
      names.emplace_back(each.name);
      help += fmt::format("\n{}: {}", each.name, each.description);
    }
  }
  return app.add_option("--method", method, help)->check(CLI::IsMember(names));
}

void add_plan_options(CLI::App& app, PlanChoice& choice) {
  constexpr std::int64_t kMostSteps = 1'000'000'000;
  app.add_option("--plan", choice.file, "the plan to run (partita partition)")->type_name("FILE");
  std::string methods =
      "instead of a plan: choose one first, for latency, as partita partition does\n";
  CLI::Option* method = add_method_option(app, choice.method);
  method->description(methods + method->get_description());
  app.add_option("--steps", choice.steps, "with --method: plans that a search may evaluate")
      ->check(CLI::Range(std::int64_t{1}, kMostSteps))
      ->capture_default_str();
}

std::variant<ChosenPlan, Infeasible> chosen_plan(const PlanChoice& choice, const Network& network,
                                                 const Hardware& hardware, const CostTable& costs,
                                                 std::uint64_t seed) {
  if (choice.file.empty() == choice.method.empty()) {
    throw ConfigError({"arguments", 0, 0},
                      choice.file.empty()
                          ? "--plan is missing (or --method, which chooses one)"
                          : "--plan and --method exclude each other: there is one plan");
  }
  if (!choice.file.empty()) return ChosenPlan{load_plan(choice.file, network, hardware), ""};
  input_is_read();
  const Problem problem{network, hardware, costs};
  SearchOptions search;
  search.seed = seed;
  search.steps = choice.steps;
  Step step("partition");
  Outcome outcome = method_named(choice.method)->solve(problem, search);
  if (choice.zero_copy && has_load_store(hardware)) {
    outcome = with_zero_copy(problem, std::move(outcome), search.steps);
  }
  if (auto* no = std::get_if<Infeasible>(&outcome)) {
    step.done("no plan");
    return std::move(*no);
  }
  auto& solution = std::get<Solution>(outcome);
  step.done(fmt::format("{} by {}", to_string(solution.cost.latency), solution.plan.method()));
  const std::string found_by(solution.plan.method());
  return ChosenPlan{std::move(solution.plan), found_by};
}

}  // namespace partita::command
