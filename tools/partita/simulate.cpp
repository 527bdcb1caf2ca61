#include "sim/simulate.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "models/evaluate/evaluate.h"
#include "models/timeline/chrome_trace.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/timeline_text.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string plan, out, trace;
  bool json = false;
};

int simulate(const Options& options) {
  const Inputs inputs = load_inputs(options.inputs);
  const Plan plan = load_plan(options.plan, inputs.network, inputs.hardware);
  require_costs(plan, inputs, options.plan);
  Step step("simulate");
  sim::Simulator simulator(inputs.network, inputs.hardware, inputs.costs);
  const Timeline timeline = simulator.run(plan);
  step.done(to_string(timeline.makespan));
  print_timeline(timeline, inputs.network, inputs.hardware, plan);
  const std::string too_large = exceeded_capacity(timeline, inputs.hardware);
  if (!too_large.empty()) fmt::print("infeasible: {}\n", too_large);
  if (!options.out.empty()) {
    write_file(options.out, to_json(timeline, inputs.network, inputs.hardware, plan));
    fmt::print("wrote {}\n", options.out);
  }
  if (!options.trace.empty()) {
    write_file(options.trace,
               chrome_trace({{"simulated", timeline, inputs.network, inputs.hardware, plan}}));
    fmt::print("wrote {} (open it at ui.perfetto.dev)\n", options.trace);
  }
  if (options.json) {
    fmt::print("{}\n", nlohmann::json{{"simulated_ps", timeline.makespan.count()},
                                      {"feasible", too_large.empty()}}
                           .dump());
  }
  return too_large.empty() ? kDone : kNo;
}

}  // namespace

Run add_simulate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, false);
  add_profile_option(app, options->inputs);
  app.add_option("--plan", options->plan, "the plan to run (partita partition)")
      ->required()
      ->type_name("FILE");
  app.add_option("--out", options->out, "write the timeline")->type_name("FILE");
  app.add_option("--trace", options->trace, "write a Chrome trace")->type_name("FILE");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return simulate(*options); };
}

}  // namespace partita::command
