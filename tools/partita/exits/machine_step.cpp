#include <fmt/format.h>

#include "exec/host/computer.h"
#include "exec/profile/measured_machine.h"
#include "exec/profile/profiler.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"
#include "tools/partita/exits/job.h"

namespace partita::command {
namespace {

// Stages are small: their layers are measured often in little time.
constexpr std::chrono::milliseconds kProfiling{10'000};

std::vector<const Network*> all_parts(const ExitsJob& job) {
  std::vector<const Network*> parts;
  for (std::size_t k = 0; k < job.parts.exits(); ++k) {
    parts.push_back(&job.parts.direct[k]);
    if (k > 0) parts.push_back(&job.parts.onward[k]);
  }
  return parts;
}

}  // namespace

void find_machine(ExitsJob& job) {
  Step step("machine");
  const InputOptions& from = job.options.inputs;
  job.hardware = from.machine.empty()
                     ? HardwareBuilder::build(exec::heterogeneous_machine(exec::this_computer()))
                     : load_machine(from);
  if (!from.profile.empty()) job.profile = Profile::load(from.profile);
  if (job.profile || !is_here(*job.hardware)) {
    step.done(job.profile ? "times of " + from.profile : "times are estimated");
    return;
  }
  const std::vector<const Network*> parts = all_parts(job);
  exec::ProfileOptions options;
  options.time_limit = kProfiling;
  options.progress = [&](const std::string& what, double done) {
    step.progress(static_cast<std::int64_t>(done * 100), 100, what);
  };
  const exec::ProfileResult result = exec::profile(parts, *job.hardware, job.options.seed, options);
  job.profile = result.profile;
  job.hardware = HardwareBuilder::build(exec::measured_machine(parts, *job.hardware, *job.profile));
  step.done(fmt::format("{} rows, {} clean samples, {} discarded", job.profile->rows().size(),
                        result.samples, result.discarded));
}

}  // namespace partita::command
