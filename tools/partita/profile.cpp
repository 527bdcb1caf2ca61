#include <fmt/format.h>

#include <memory>

#include "exec/host/computer.h"
#include "exec/profile/measured_machine.h"
#include "exec/profile/profiler.h"
#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string out = "profile.csv", machine_out;
  std::uint64_t seed = 1;
  int repetitions = 20;
};

int profile(const Options& options) {
  const Network network = load_model(options.inputs, /*to_run=*/true);
  const Hardware hardware =
      options.inputs.machine.empty()
          ? HardwareBuilder::build(exec::heterogeneous_machine(exec::this_computer()))
          : load_machine(options.inputs);
  Step step("profile");
  exec::ProfileOptions how;
  how.repetitions = options.repetitions;
  how.progress = [&](const std::string& what, double done) {
    step.progress(static_cast<std::int64_t>(done * 100), 100, what);
  };
  const Profile measured = exec::profile(network, hardware, options.seed, how);
  step.done(fmt::format("{} rows", measured.rows().size()));
  measured.save(options.out);
  fmt::print("wrote {}\n", options.out);
  if (!options.machine_out.empty()) {
    write_file(
        options.machine_out,
        to_yaml(HardwareBuilder::build(exec::measured_machine(network, hardware, measured))));
    fmt::print("wrote {}\n", options.machine_out);
  }
  return kDone;
}

}  // namespace

Run add_profile(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, false);
  app.add_option("--repetitions", options->repetitions, "clean runs of each plan")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  add_seed_option(app, options->seed);
  add_output_option(app, "--out", options->out, "the profile (CSV)")->capture_default_str();
  add_output_option(app, "--machine-out", options->machine_out,
                    "the machine file with measured numbers");
  return [options] { return profile(*options); };
}

}  // namespace partita::command
