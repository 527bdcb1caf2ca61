#include <fmt/format.h>

#include "exec/calibrate/calibrate.h"
#include "exec/calibrate/makespan_fit.h"
#include "models/hardware/load_hardware.h"
#include "sim/simulate.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"

namespace partita::command {
namespace {

// Noisy runs neither fit nor judge, unless there are no others.
std::vector<exec::Observation> observations(const Job& job, bool fitted) {
  std::vector<exec::Observation> clean, all;
  for (const PlanRecord& record : job.plans) {
    if (record.used_in_fit != fitted) continue;
    all.push_back({record.plan, record.measured->timeline});
    if (record.measured->trustworthy) clean.push_back(all.back());
  }
  return clean.empty() ? all : clean;
}

}  // namespace

void calibrate_step(Job& job) {
  if (!job.real()) return;
  Step step("calibrate");
  const auto fitted = observations(job, true);
  const auto held_out = observations(job, false);
  exec::Calibration fit = exec::calibrate(*job.hardware, {{job.network, *job.costs, fitted}});
  const std::vector<exec::Subject> judges{{job.network, *job.costs, held_out}};
  job.error_before = exec::makespan_error(*job.hardware, *job.hardware, judges);
  job.error_after = exec::makespan_error(*job.hardware, fit.hardware, judges);
  job.calibrated_costs = rescaled(*job.costs, *job.hardware, fit.hardware);
  job.calibrated = std::move(fit.hardware);
  for (const exec::Change& change : fit.changes) {
    job.calibration_changes.push_back(
        fmt::format("{}: {} -> {}", change.parameter, change.before, change.after));
  }
  sim::Simulator simulator(job.network, *job.calibrated, *job.calibrated_costs);
  for (PlanRecord& record : job.plans) record.calibrated = simulator.run(record.plan);
  job.write("machine_calibrated.yaml", to_yaml(*job.calibrated));
  step.done(fmt::format("fitted on {} plans; error on {} others {} before, {} after", fitted.size(),
                        held_out.size(), percent(*job.error_before), percent(*job.error_after)));
  for (const std::string& change : job.calibration_changes) fmt::print("    {}\n", change);
}

}  // namespace partita::command
