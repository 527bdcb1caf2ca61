#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "partition/bounds/lower_bound.h"
#include "partition/explain/explain.h"
#include "partition/methods/annealing.h"
#include "partition/methods/methods.h"
#include "partition/methods/zero_copy.h"
#include "tools/partita/collectives.h"
#include "tools/partita/commands.h"
#include "tools/partita/confirm.h"
#include "tools/partita/console.h"
#include "tools/partita/count_option.h"
#include "tools/partita/explain.h"
#include "tools/partita/inputs.h"
#include "tools/partita/interrupt.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/objective_options.h"
#include "tools/partita/output_files.h"
#include "tools/partita/pareto.h"
#include "tools/partita/plan_choice.h"
#include "tools/partita/robust.h"
#include "tools/partita/run_figures.h"
#include "tools/partita/value_text.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string method = "auto", out, collectives;
  double time_limit = 0;  // s; 0: none
  SearchOptions search;
  ObjectiveOptions objective;
  ParetoCommand pareto;
  bool explain = false;
  bool json = false, zero_copy = true;
};

constexpr double kBoundPart = 0.125;     // of the time limit, for the bound that is printed
constexpr std::size_t kMovedParts = 12;  // that --explain moves elsewhere

double gap(double value, double bound) { return bound > 0 ? (value - bound) / bound : 0; }

// Of the plan with its collectives in steps, where it has any. The lower bound knows nothing of
// steps: it is for layers as they stand.
std::optional<Time> choose_collectives(const Options& options, const Inputs& inputs, Plan& plan) {
  if (options.collectives.empty()) return std::nullopt;
  Step step("collectives");
  plan = with_collectives_as(options.collectives, inputs, std::move(plan));
  std::map<std::string, std::size_t> counts;
  for (const auto& [layer, choice] : plan.collectives()) ++counts[to_string(choice)];
  Inputs expanded = inputs;
  Plan expanded_plan = plan;
  expand_collectives("--collectives", expanded, expanded_plan);
  Evaluator evaluator(expanded.network, expanded.hardware, expanded.costs);
  const Timeline& timeline = evaluator.run(expanded_plan);
  const Time makespan = timeline.makespan;
  step.done(to_string(makespan));
  const std::string too_large = exceeded_capacity(timeline, expanded.hardware);
  if (!too_large.empty()) fmt::print("  these steps do not fit: {}\n", too_large);
  for (const auto& [choice, count] : counts) fmt::print("  {} x {}\n", count, choice);
  if (counts.empty()) {
    fmt::print("  all central\n");
  } else {
    fmt::print("  the lower bound above is for central ones: steps may be faster\n");
  }
  return makespan;
}

// What a search has found by now.
void show(Step& step, const SearchOptions& search, const Problem& problem,
          const Progress& progress) {
  std::string text =
      fmt::format("{} {}", progress.method, value_text(problem.objective, progress.best));
  if (progress.best && progress.bound)
    text +=
        fmt::format(", at most {} from the optimum", percent(gap(*progress.best, *progress.bound)));
  if (search.seconds)
    step.progress(static_cast<std::int64_t>(1000 * step.seconds()),
                  static_cast<std::int64_t>(1000 * *search.seconds), text);
  else
    step.progress(progress.steps, search.steps, text);
}

SearchOptions search_of(const Options& options) {
  SearchOptions search = options.search;
  if (options.time_limit > 0) search.seconds = options.time_limit;
  return search;
}

// What a search finds, under a heading of its own. Ctrl-C ends it with its best.
Outcome watched(const Options& options, const Problem& problem, const char* title,
                const std::function<Outcome(const SearchOptions&)>& find) {
  const SearchOptions search = search_of(options);
  const Interrupt interrupt;
  Step step(title);
  SearchOptions shown = search;
  shown.progress = [&](const Progress& progress) {
    show(step, search, problem, progress);
    return !interrupt.asked();
  };
  Outcome outcome = find(shown);
  const auto* solution = std::get_if<Solution>(&outcome);
  step.done(solution == nullptr
                ? "no plan"
                : fmt::format("{} by {}", value_text(problem.objective, solution->value),
                              solution->plan.method()));
  return outcome;
}

// Searched again over samples, from the plan for known times. A search may fit its samples rather
// than all times: which plan is better is decided over others. Absent where neither finishes in all
// of them (load of others).
std::optional<RobustComparison> make_robust(const Options& options, const Asked& asked,
                                            const Inputs& inputs, Solution& solution) {
  Problem problem = asked.problem(inputs);
  problem.uncertainty = &asked.uncertainty;
  const Plan nominal = solution.plan;
  const Outcome outcome = watched(options, problem, "robust", [&](const SearchOptions& search) {
    return anneal_from(problem, search, {nominal});
  });
  const auto* robust = std::get_if<Solution>(&outcome);
  if (robust != nullptr &&
      is_more_robust(asked, inputs, robust->plan, nominal, options.search.seed))
    solution = *robust;
  const Judgement found = CostModel(problem).judge(solution.plan);
  if (!found.feasible()) return std::nullopt;
  solution.value = found.value;
  solution.bound.reset();
  return compare_robust(asked, inputs, nominal, solution.plan, options.search.seed);
}

// Before anybody sees it: checked, and executed by SystemC. Whether SystemC could.
bool confirm(const Problem& problem, const Solution& solution) {
  Step step("confirm");
  std::string why_not;
  const bool simulated = confirmed(problem, solution.plan, solution.cost, why_not).has_value();
  step.done(simulated ? "checked, and the same in SystemC" : "checked; not by SystemC: " + why_not);
  return simulated;
}

nlohmann::json figures_of_plan(const Problem& problem, const Plan& plan) {
  Evaluator evaluator(problem.network, problem.hardware, problem.costs);
  const Timeline& timeline = evaluator.run(plan);
  return figures_of({timeline, problem.network, problem.hardware, plan, problem.costs});
}

int partition(const Options& options) {
  const Method* method = method_named(options.method);
  const Inputs inputs = load_inputs(options.inputs);
  const Asked asked = asked_of(options.objective, inputs, options.search.seed);
  input_is_read();
  if (!options.pareto.terms.empty())
    return pareto(options.pareto, asked, inputs, *method, search_of(options), options.json);
  Problem problem = asked.problem(inputs);
  Outcome outcome = watched(options, problem, "partition", [&](const SearchOptions& search) {
    return method->solve(problem, search);
  });
  // Robust plans copy: a read in place is as uncertain as the layer.
  if (options.zero_copy && !asked.spread && has_load_store(inputs.hardware)) {
    outcome = with_zero_copy(problem, std::move(outcome), options.search.steps);
  }
  if (const auto* no = std::get_if<Infeasible>(&outcome)) {
    print_no_plan(why_no_plan(*no, asked, inputs), options.json);
    return kNo;
  }
  Solution solution = std::get<Solution>(std::move(outcome));
  std::optional<RobustComparison> comparison;
  if (asked.spread) {
    comparison = make_robust(options, asked, inputs, solution);
    if (!comparison) {
      print_no_plan({"no plan was found that finishes in all samples of uncertain times", {}},
                    options.json);
      return kNo;
    }
    problem.uncertainty = &asked.uncertainty;
  }
  const std::optional<double> for_bound =
      options.time_limit > 0 ? std::optional(options.time_limit * kBoundPart) : std::nullopt;
  LowerBound bound = lower_bound(problem, Deadline(for_bound));
  if (solution.bound && *solution.bound > bound.value) {
    bound = {*solution.bound, fmt::format("what {} proved", solution.plan.method())};
  }
  const bool simulated = confirm(problem, solution);
  const bool latency_only = problem.objective.is_only(Term::Latency);
  fmt::print("  predicted {}{}, lower bound {}{}, gap {}\n",
             value_text(problem.objective, solution.value),
             latency_only ? "" : fmt::format(" (latency {})", to_string(solution.cost.latency)),
             value_text(problem.objective, bound.value),
             bound.limit.empty() ? "" : fmt::format(" ({})", bound.limit),
             percent(gap(solution.value, bound.value)));
  if (const std::size_t reads = solution.plan.in_place().size(); reads > 0) {
    fmt::print("  {} operands are read in place, without a copy (--no-zero-copy: none)\n", reads);
  }
  if (comparison) print_comparison(problem.objective, *comparison);
  std::optional<Explanation> explanation;
  if (options.explain) {
    explanation = explain(problem, solution.plan, kMovedParts);
    print_explanation(problem, solution.plan, *explanation, bound);
  }
  std::optional<nlohmann::json> figures;
  if (options.json) figures = figures_of_plan(problem, solution.plan);
  const std::optional<Time> in_steps = choose_collectives(options, inputs, solution.plan);
  Table table({"processor", "layers"});
  for (const ProcessorId p : ids<ProcessorId>(inputs.hardware.processors().size())) {
    table.add(
        {inputs.hardware.processors()[p].name, std::to_string(solution.plan.order(p).size())});
  }
  table.print();
  if (!options.out.empty()) {
    write_file(options.out, to_json(solution.plan, inputs.network, inputs.hardware));
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) {
    nlohmann::json line{{"method", method->name},
                        {"found_by", solution.plan.method()},
                        {"objective", options.objective.objective},
                        {"predicted_ps", solution.cost.latency.count()},
                        {"value", solution.value},
                        {"lower_bound", bound.value},
                        {"limit", bound.limit},
                        {"gap", gap(solution.value, bound.value)},
                        {"confirmed", simulated},
                        {"layers", inputs.network.layer_count()}};
    line.update(*figures);
    if (comparison) line["robust"] = comparison_json(*comparison);
    if (explanation)
      line["explanation"] = explanation_json(problem, solution.plan, *explanation, bound);
    if (in_steps) line["predicted_with_collectives_ps"] = in_steps->count();
    fmt::print("{}\n", line.dump());
  }
  return kDone;
}

}  // namespace

Run add_partition(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, false);
  add_load_option(app, options->inputs);
  add_profile_option(app, options->inputs);
  add_learned_option(app, options->inputs);
  add_method_option(app, options->method)->capture_default_str();
  constexpr std::int64_t kMostSteps = 1'000'000'000;
  auto* steps = app.add_option("--steps", options->search.steps,
                               "plans that a search may evaluate; same seed and steps: same plan")
                    ->check(CLI::Range(std::int64_t{1}, kMostSteps))
                    ->capture_default_str();
  app.add_option("--time-limit", options->time_limit,
                 "seconds that a search may take; then steps do not limit it unless they are "
                 "given. Ctrl-C ends it sooner, with the best plan so far")
      ->check(above_zero);
  add_objective_options(app, options->objective);
  add_pareto_options(app, options->pareto);
  app.add_flag("--explain", options->explain,
               "why each part is where it is, what the time goes to, and which number of the "
               "machine would help most");
  app.add_flag("--ignore-contention", options->search.ignore_contention,
               "searches believe that nothing disturbs anything; their answer is judged by what "
               "really happens (to show what contention is worth)");
  add_collectives_option(app, options->collectives, "central");
  add_seed_option(app, options->search.seed);
  add_output_option(app, "--out", options->out, "the plan");
  app.add_flag("!--no-zero-copy", options->zero_copy,
               "copy all operands: otherwise some are read where they lie, across links that have "
               "load_store, where that is better");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options, steps] {
    if (options->time_limit > 0 && steps->count() == 0) options->search.steps = kMostSteps;
    return partition(*options);
  };
}

}  // namespace partita::command
