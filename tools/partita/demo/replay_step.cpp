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
  repeat.warm_up = 2;
  repeat.repetitions = 12;
  repeat.time_limit = std::chrono::milliseconds(4500);
  constexpr int kRounds = 3;
  OutputJudge judge(job.network, job.options.seed);
  std::size_t clean = 0, discarded = 0, noisy = 0;
  std::int64_t done = 0;
  std::vector<const Plan*> plans;
  for (const PlanRecord& record : job.plans) plans.push_back(&record.plan);
  std::vector<exec::ReplayResult> results =
      replayer.run_in_turns(plans, repeat, kRounds, [&](std::size_t plan, int round) {
        step.progress(++done, static_cast<std::int64_t>(kRounds * plans.size()),
                      job.plans[plan].name);
        if (round + 1 < kRounds) return;
        job.output_difference =
            std::max(job.output_difference.value_or(0), judge.difference(replayer.outputs()));
      });
  for (PlanRecord& record : job.plans) {
    record.measured = std::move(results[static_cast<std::size_t>(&record - job.plans.data())]);
    clean += record.measured->clean;
    discarded += record.measured->discarded;
    noisy += record.measured->trustworthy ? 0 : 1;
    const auto broken =
        violations(record.measured->timeline, job.network, *job.hardware, record.plan);
    if (!broken.empty()) {
      job.notes.push_back(fmt::format("plan {} as measured: {}", record.name, broken.front()));
    }
  }
  if (noisy > 0) {
    job.notes.push_back(fmt::format(
        "this computer was busy with other work: {} of {} plans have too few clean runs, and their "
        "measured times are of disturbed ones",
        noisy, job.plans.size()));
  }
  step.done(fmt::format("{} clean runs, {} discarded; outputs within {:.1e} of the reference",
                        clean, discarded, *job.output_difference));
}

}  // namespace partita::command
