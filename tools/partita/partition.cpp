#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "partition/lower_bound.h"
#include "partition/optimizer.h"
#include "partition/zero_copy.h"
#include "tools/partita/collectives.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string method = "annealing", out, collectives;
  SearchOptions search;
  bool json = false, zero_copy = true;
};

double gap(Time value, Time bound) {
  return bound.count() > 0
             ? static_cast<double>((value - bound).count()) / static_cast<double>(bound.count())
             : 0;
}

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

int partition(const Options& options) {
  const Method* method = method_named(options.method);
  const Inputs inputs = load_inputs(options.inputs);
  const Problem problem{inputs.network, inputs.hardware, inputs.costs};
  SearchOptions search = options.search;
  Step step(fmt::format("{}", method->name));
  search.progress = [&](std::int64_t done, Time best) {
    step.progress(done, options.search.steps, to_string(best));
    return true;
  };
  Outcome outcome = method->solve(problem, search);
  if (options.zero_copy && has_load_store(inputs.hardware)) {
    outcome = with_zero_copy(problem, std::move(outcome), search.steps);
  }
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
  step.done(to_string(solution.makespan));
  fmt::print("  predicted {}, lower bound {} ({}), gap {}\n", to_string(solution.makespan),
             to_string(bound.value), bound.limit, percent(gap(solution.makespan, bound.value)));
  if (const std::size_t reads = solution.plan.in_place().size(); reads > 0) {
    fmt::print("  {} operands are read in place, without a copy (--no-zero-copy: none)\n", reads);
  }
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
                        {"predicted_ps", solution.makespan.count()},
                        {"lower_bound_ps", bound.value.count()},
                        {"limit", bound.limit},
                        {"gap", gap(solution.makespan, bound.value)},
                        {"reads_in_place", solution.plan.in_place().size()}};
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
  app.add_option("--steps", options->search.steps, "plans that a search may evaluate")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  add_collectives_option(app, options->collectives, "central");
  add_seed_option(app, options->search.seed);
  add_output_option(app, "--out", options->out, "the plan");
  app.add_flag("!--no-zero-copy", options->zero_copy,
               "copy all operands: otherwise some are read where they lie, across links that have "
               "load_store, where that is better");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return partition(*options); };
}

}  // namespace partita::command
