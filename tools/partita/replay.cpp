#include "exec/replay/replay.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "exec/replay/crew_link.h"
#include "models/base/file.h"
#include "models/timeline/chrome_trace.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"
#include "tools/partita/outputs.h"
#include "tools/partita/timeline_text.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string plan, out, trace, worker;
  std::uint64_t seed = 1;
  int repetitions = 15;
  bool check = true;
  bool json = false;
};

int replay(const Options& options) {
  const Network network = load_model(options.inputs, /*to_run=*/true);
  const Hardware hardware = load_machine(options.inputs);
  const Plan plan = load_plan(options.plan, network, hardware);
  require_real(plan, options.plan);
  exec::Replayer replayer(network, hardware, options.seed, {.where = options.worker});
  Step step("replay");
  exec::RepeatOptions repeat;
  repeat.repetitions = options.repetitions;
  repeat.progress = [&](int done, int wanted) { step.progress(done, wanted, "clean runs"); };
  const exec::ReplayResult result = replayer.run(plan, repeat);
  step.done(fmt::format("{} ({} clean runs, {} discarded)", to_string(result.timeline.makespan),
                        result.clean, result.discarded));
  print_timeline(result.timeline, network, hardware, plan);
  for (const std::string& warning : result.warnings) fmt::print("  note: {}\n", warning);
  nlohmann::ordered_json line{{"measured_ps", result.timeline.makespan.count()},
                              {"clean_runs", result.clean},
                              {"discarded_runs", result.discarded},
                              {"trustworthy", result.trustworthy},
                              {"clock_error_ns", result.clock_error / std::chrono::nanoseconds(1)}};
  if (options.check) {
    const double difference = OutputJudge(network, options.seed).difference(replayer.outputs());
    fmt::print("  outputs differ from the reference executor by at most {:.1e} (relative)\n",
               difference);
    line["output_difference"] = difference;
  }
  if (!options.out.empty()) {
    write_file(options.out, to_json(result.timeline, network, hardware, plan));
    fmt::print("wrote {}\n", options.out);
  }
  if (!options.trace.empty()) {
    write_file(options.trace,
               chrome_trace({{"measured", result.timeline, network, hardware, plan}}));
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
  app.add_option("--plan", options->plan, "the plan to run (partita partition)")
      ->required()
      ->type_name("FILE");
  app.add_option("--worker", options->worker,
                 "where it runs: ssh:HOST, ssh:HOST:PROGRAM (a partita-worker there) or unix:PATH "
                 "(of partita-worker --listen PATH); this computer if not given")
      ->type_name("WHERE")
      ->check([](const std::string& where) { return exec::why_no_place(where); });
  app.add_option("--repetitions", options->repetitions, "clean runs wanted")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  add_seed_option(app, options->seed);
  app.add_flag("!--no-check", options->check, "do not compare outputs with the reference");
  add_output_option(app, "--out", options->out, "the measured timeline");
  add_output_option(app, "--trace", options->trace, "a Chrome trace");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return replay(*options); };
}

}  // namespace partita::command
