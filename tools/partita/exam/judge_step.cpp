#include <fmt/format.h>

#include "models/hardware/load_hardware.h"
#include "sim/simulate.h"
#include "tools/partita/console.h"
#include "tools/partita/exam/exam.h"

namespace partita::command {
namespace {

constexpr int kResamples = 20;

}  // namespace

void judge_step(Exam& exam) {
  Step step("judge");
  exec::CalibrateOptions options;
  options.resamples = kResamples;
  options.seed = exam.options.seed;
  exam.verdict = exec::judge(exam.machine, exam.networks, options);
  const exec::Verdict& verdict = *exam.verdict;
  // The verdict is of the plain evaluator; SystemC must agree.
  const Hardware& calibrated = verdict.calibration.hardware;
  for (const exec::JudgedNetwork& judged : verdict.networks) {
    const Network& network = judged.network->network;
    const CostTable costs = rescaled(judged.network->costs, exam.machine, calibrated);
    sim::Simulator simulator(network, calibrated, costs);
    for (const exec::JudgedPlan& plan : judged.plans) {
      const Time simulated = simulator.run(plan.plan->plan).makespan;
      if (simulated == plan.after) continue;
      throw Error(fmt::format("plan {} of {}: predicted {}, but SystemC says {}", plan.plan->name,
                              network.name(), exact_text(plan.after), exact_text(simulated)));
    }
  }
  if (verdict.noisy_plans > 0) {
    exam.notes.push_back(fmt::format(
        "this computer was busy with other work: {} plans have too few clean runs, and neither fit "
        "nor judge",
        verdict.noisy_plans));
  }
  HardwareParts written = calibrated.parts();
  if (written.calibrated && verdict.after.pairs > 0) {
    written.calibrated->from += fmt::format("; makespans of {} others are {} off",
                                            verdict.after.pairs, percent(verdict.after.mape));
  }
  exam.write("machine_calibrated.yaml", to_yaml(HardwareBuilder::build(std::move(written))));
  step.done(verdict.after.pairs == 0
                ? "of no held-out plan there are enough clean runs"
                : fmt::format("error on {} held-out plans {} before, {} after", verdict.after.pairs,
                              percent(verdict.before.mape), percent(verdict.after.mape)));
}

}  // namespace partita::command
