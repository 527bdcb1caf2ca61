#include "exec/replay/replay.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "exec/replay/measurement.h"
#include "models/base/file.h"
#include "models/timeline/chrome_trace.h"
#include "partition/predict/predictor.h"
#include "tools/partita/cold_start.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/measurement_text.h"
#include "tools/partita/output_files.h"
#include "tools/partita/outputs.h"
#include "tools/partita/plan_choice.h"
#include "tools/partita/replay_requests.h"
#include "tools/partita/timeline_text.h"
#include "tools/partita/workers.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  RequestOptions requests;
  PlanChoice plan{.zero_copy = false};  // real runs copy
  std::string out, trace, worker;
  int repetitions = 15;
  double precision = 2;  // percent
  bool noisy = false;
  bool cold_start = false;
  bool check = true;
  bool json = false;
};

// Only a method asks what layers cost: a plan from a file says what is to be done.
CostTable costs_of(const Options& options, const Network& network, const Hardware& hardware) {
  if (options.plan.method.empty()) return {0, 0};
  if (options.inputs.profile.empty()) return estimated_costs(network, hardware);
  return predicted_costs(network, hardware, load_profile(options.inputs));
}

int no_plan(const std::string& reason, bool json) {
  fmt::print("infeasible: {} (nothing is run)\n", reason);
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"feasible", false}, {"reason", reason}}.dump());
  }
  return kNo;
}

int replay(const Options& options) {
  if (!options.requests.wanted() && options.requests.in_flight) {
    throw ConfigError({"--in-flight", 0, 0}, "one inference is in flight (say --requests)");
  }
  if (options.requests.wanted()) std::ignore = arrivals_of(options.requests);
  const Network network = load_model(options.inputs, /*to_run=*/true);
  const Hardware hardware = load_machine(options.inputs);
  auto chosen = chosen_plan(options.plan, network, hardware, costs_of(options, network, hardware),
                            options.requests.seed);
  if (const auto* no = std::get_if<Infeasible>(&chosen)) return no_plan(no->reason, options.json);
  auto& [plan, found_by] = std::get<ChosenPlan>(chosen);
  require_real(plan, options.plan.source());
  input_is_read();
  Network seen = network;  // by whoever reads the timeline
  if (options.cold_start) start_cold(options.plan.source(), hardware, seen, plan);
  exec::Replayer replayer(network, hardware, options.requests.seed, {.where = options.worker});
  exec::RepeatOptions repeat;
  repeat.repetitions = options.repetitions;
  repeat.half_width = options.precision / 100;
  if (options.requests.wanted()) {
    return replay_requests(replayer, {network, seen, hardware, plan, options.inputs.profile},
                           repeat,
                           {.requests = options.requests,
                            .out = options.out,
                            .trace = options.trace,
                            .noisy = options.noisy,
                            .check = options.check,
                            .json = options.json});
  }
  Step step("replay");
  repeat.progress = [&](int done, int wanted) { step.progress(done, wanted, "clean runs"); };
  const exec::ReplayResult result = replayer.run(plan, repeat);
  if (!result.trustworthy && !options.noisy) {
    step.done("no measurement");
    return refuse_as_noisy(result, options.json);
  }
  step.done((result.trustworthy ? "" : "disturbed: ") + in_words(result));
  print_timeline(result.timeline, seen, hardware, plan);
  for (const std::string& warning : result.warnings) fmt::print("  note: {}\n", warning);
  const std::string measurement = exec::to_json(result);
  nlohmann::ordered_json line{
      {result.trustworthy ? "measured_ps" : "disturbed_ps", result.timeline.makespan.count()}};
  line.update(nlohmann::ordered_json::parse(measurement));
  if (!found_by.empty()) line["found_by"] = found_by;
  if (options.check) {
    const double difference =
        OutputJudge(network, options.requests.seed).difference(replayer.outputs());
    fmt::print("  outputs differ from the reference executor by at most {:.1e} (relative)\n",
               difference);
    line["output_difference"] = difference;
  }
  if (!options.out.empty()) {
    write_file(options.out, to_json(result.timeline, seen, hardware, plan, measurement));
    fmt::print("wrote {}\n", options.out);
  }
  if (!options.trace.empty()) {
    write_file(options.trace, chrome_trace({{"measured", result.timeline, seen, hardware, plan}}));
    fmt::print("wrote {} (open it at ui.perfetto.dev)\n", options.trace);
  }
  if (options.json) fmt::print("{}\n", line.dump());
  return kDone;
}

}  // namespace

Run add_replay(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, true);
  add_profile_option(app, options->inputs);
  app.get_option("--profile")
      ->description(
          "with --method: measured times that it goes by; with --requests: simulate them with "
          "these times, too (partita profile)");
  add_plan_options(app, options->plan);
  add_worker_option(app, options->worker);
  app.add_option("--repetitions", options->repetitions, "clean runs wanted")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--precision", options->precision,
                 "goes on (for 8 s at most) until the median is known to so many percent, at a "
                 "confidence of 95 %; 0: clean runs are enough")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_flag("--noisy", options->noisy,
               "take what there is where this computer is too noisy to measure, and call it "
               "disturbed");
  add_seed_option(app, options->requests.seed);
  add_request_options(app, options->requests);
  add_cold_start_option(app, options->cold_start);
  app.add_flag("!--no-check", options->check, "do not compare outputs with the reference");
  add_output_option(app, "--out", options->out, "the measured timeline");
  add_output_option(app, "--trace", options->trace, "a Chrome trace");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return replay(*options); };
}

}  // namespace partita::command
