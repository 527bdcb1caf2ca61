#include <fmt/format.h>

#include "exec/reference/reference.h"
#include "exec/values/values.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"
#include "tools/partita/outputs.h"

namespace partita::command {

void replay_step(Job& job) {
  if (!job.real()) return;
  Step step("replay");
  exec::Replayer replayer(job.network, *job.hardware, job.options.seed);
  exec::RepeatOptions repeat;
  repeat.repetitions = 11;
  repeat.time_limit = std::chrono::milliseconds(4000);
  OutputJudge judge(job.network, job.options.seed);
  std::size_t clean = 0, discarded = 0;
  std::int64_t done = 0;
  for (PlanRecord& record : job.plans) {
    step.progress(done++, static_cast<std::int64_t>(job.plans.size()), record.name);
    record.measured = replayer.run(record.plan, repeat);
    clean += record.measured->clean;
    discarded += record.measured->discarded;
    if (!record.measured->trustworthy) {
      job.notes.push_back(fmt::format(
          "plan {}: only {} clean runs of {}: this computer was busy with other work", record.name,
          record.measured->clean, record.measured->clean + record.measured->discarded));
    }
    const auto broken =
        violations(record.measured->timeline, job.network, *job.hardware, record.plan);
    if (!broken.empty()) {
      job.notes.push_back(fmt::format("plan {} as measured: {}", record.name, broken.front()));
    }
    job.output_difference =
        std::max(job.output_difference.value_or(0), judge.difference(replayer.outputs()));
  }
  step.done(fmt::format("{} clean runs, {} discarded; outputs within {:.1e} of the reference",
                        clean, discarded, *job.output_difference));
}

}  // namespace partita::command
