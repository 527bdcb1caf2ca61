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
  std::string fidelity = "fluid";
  std::int64_t longest_train = sim::SimulatorOptions{}.longest_train;
  bool json = false;
};

int simulate(const Options& options) {
  const Inputs inputs = load_inputs(options.inputs);
  const Plan plan = load_plan(options.plan, inputs.network, inputs.hardware);
  require_costs(plan, inputs, options.plan);
  Step step("simulate");
  sim::SimulatorOptions how;
  how.fidelity = options.fidelity == "packet" ? Fidelity::Packet : Fidelity::Fluid;
  how.longest_train = options.longest_train;
  sim::Simulator simulator(inputs.network, inputs.hardware, inputs.costs, how);
  const Timeline timeline = simulator.run(plan);
  step.done(to_string(timeline.makespan));
  if (const std::int64_t longest = simulator.longest_train(); longest > 1) {
    fmt::print(
        "warning: packets of long copies travelled in trains of up to {} (--train 1: none)\n",
        longest);
  }
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
  app.add_option("--fidelity", options->fidelity,
                 "how copies travel: fluid (flows that share links) or packet")
      ->check(CLI::IsMember({"fluid", "packet"}))
      ->capture_default_str();
  app.add_option("--train", options->longest_train,
                 "fidelity packet: packets of a long copy that may travel as one")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--out", options->out, "write the timeline")->type_name("FILE");
  app.add_option("--trace", options->trace, "write a Chrome trace")->type_name("FILE");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return simulate(*options); };
}

}  // namespace partita::command
