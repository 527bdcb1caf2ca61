#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "models/hardware/load_hardware.h"
#include "tools/partita/commands.h"
#include "tools/partita/demo/job.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

int demo(const DemoOptions& options) {
  const bool to_run =
      options.machine.empty() || is_here(load_hardware(options.machine, options.overrides));
  InputOptions inputs;
  inputs.model = options.model;
  Job job(options, load_model(inputs, to_run));
  fmt::print("{}: {} layers, {} parameters, {}\n", job.network.name(), job.network.layer_count(),
             job.network.parameters(), to_string(job.network.total_flops()));
  profile_step(job);
  predict_step(job);
  if (!partition_step(job)) return kNo;
  simulate_step(job);
  replay_step(job);
  calibrate_step(job);
  adapt_step(job);
  files_step(job);
  print_summary(job);
  if (options.json) fmt::print("{}\n", summary_line(job));
  return kDone;
}

}  // namespace

Run add_demo(CLI::App& app) {
  auto options = std::make_shared<DemoOptions>();
  app.add_option("--model", options->model, "network: .onnx, costed graph .json, or zoo:NAME")
      ->type_name("NETWORK")
      ->capture_default_str();
  app.add_option("--machine", options->machine,
                 "machine file; without one, this computer becomes two unequal processors")
      ->type_name("FILE");
  app.add_option("--set", options->overrides, "override one value of the machine file")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  add_output_option(app, "--out", options->out, "folder for everything that is written",
                    Output::Folder)
      ->capture_default_str();
  add_seed_option(app, options->seed);
  app.add_option("--steps", options->steps, "plans that the annealing evaluates")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return demo(*options); };
}

}  // namespace partita::command
