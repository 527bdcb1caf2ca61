#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "partition/bounds/lower_bound.h"
#include "partition/methods/methods.h"
#include "tools/partita/collectives.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/interrupt.h"
#include "tools/partita/output_files.h"
#include "tools/partita/value_text.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string method = "auto", out, collectives;
  double time_limit = 0;  // s; 0: none
  SearchOptions search;
  bool json = false;
};

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
  if (counts.empty()) fmt::print("  all central\n");
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

int partition(const Options& options) {
  const Method* method = method_named(options.method);
  const Inputs inputs = load_inputs(options.inputs);
  const Problem problem{inputs.network, inputs.hardware, inputs.costs};
  SearchOptions search = options.search;
  if (options.time_limit > 0) search.seconds = options.time_limit;
  const Interrupt interrupt;
  Step step("partition");
  SearchOptions watched = search;
  watched.progress = [&](const Progress& progress) {
    show(step, search, problem, progress);
    return !interrupt.asked();
  };
  const Outcome outcome = method->solve(problem, watched);
  if (const auto* no = std::get_if<Infeasible>(&outcome)) {
    step.done("no plan");
    fmt::print("infeasible: {}\n", no->reason);
    if (options.json) {
      fmt::print("{}\n", nlohmann::json{{"infeasible", no->reason}}.dump());
    }
    return kNo;
  }
  Solution solution = std::get<Solution>(outcome);
  const LowerBound bound = lower_bound(problem);
  const std::string value = value_text(problem.objective, solution.value);
  step.done(fmt::format("{} by {}", value, solution.plan.method()));
  fmt::print("  predicted {}, lower bound {} ({}), gap {}\n", value,
             value_text(problem.objective, bound.value), bound.limit,
             percent(gap(solution.value, bound.value)));
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
                        {"predicted_ps", solution.cost.latency.count()},
                        {"value", solution.value},
                        {"lower_bound", bound.value},
                        {"limit", bound.limit},
                        {"gap", gap(solution.value, bound.value)}};
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
  std::vector<std::string> names;
  std::string help = "how to search:";
  for (const auto* table : {&methods(), &rank_methods()}) {
    for (const Method& method : *table) {
      names.emplace_back(method.name);
      help += fmt::format("\n{}: {}", method.name, method.description);
    }
  }
  app.add_option("--method", options->method, help)
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  constexpr std::int64_t kMostSteps = 1'000'000'000;
  auto* steps = app.add_option("--steps", options->search.steps,
                               "plans that a search may evaluate; same seed and steps: same plan")
                    ->check(CLI::Range(std::int64_t{1}, kMostSteps))
                    ->capture_default_str();
  app.add_option("--time-limit", options->time_limit,
                 "seconds that a search may take; then steps do not limit it unless they are "
                 "given. Ctrl-C ends it sooner, with the best plan so far")
      ->check(CLI::PositiveNumber);
  add_collectives_option(app, options->collectives, "central");
  add_seed_option(app, options->search.seed);
  add_output_option(app, "--out", options->out, "the plan");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options, steps] {
    if (options->time_limit > 0 && steps->count() == 0) options->search.steps = kMostSteps;
    return partition(*options);
  };
}

}  // namespace partita::command
