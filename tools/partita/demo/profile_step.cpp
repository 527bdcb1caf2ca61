#include <fmt/format.h>

#include "exec/host/computer.h"
#include "exec/profile/measured_machine.h"
#include "exec/profile/profiler.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"

namespace partita::command {

void profile_step(Job& job) {
  Step step("profile");
  const exec::Computer computer = exec::this_computer();
  if (job.options.machine.empty()) {
    job.hardware = HardwareBuilder::build(exec::heterogeneous_machine(computer));
    if (computer.cores.size() < 2) {
      job.notes.push_back("both processors share one core: splitting cannot pay here");
    }
  } else {
    job.hardware = load_hardware(job.options.machine, job.options.overrides);
  }
  if (!job.real()) {
    job.notes.push_back(fmt::format(
        "nobody has {} here: its times are estimated and simulated, and nothing is measured",
        job.hardware->name()));
    step.done("nothing to measure: the machine is not this computer");
  } else {
    exec::ProfileOptions options;
    options.progress = [&](const std::string& what, double done) {
      step.progress(static_cast<std::int64_t>(done * 100), 100, what);
    };
    const exec::ProfileResult result =
        exec::profile(job.network, *job.hardware, job.options.seed, options);
    job.profile = result.profile;
    job.hardware =
        HardwareBuilder::build(exec::measured_machine(job.network, *job.hardware, *job.profile));
    job.profile->save((job.options.out / "profile.csv").string());
    job.files.push_back(job.options.out / "profile.csv");
    step.done(fmt::format("{} rows, {} clean samples, {} discarded", job.profile->rows().size(),
                          result.samples, result.discarded));
  }
  job.write("machine.yaml", to_yaml(*job.hardware));
}

}  // namespace partita::command
