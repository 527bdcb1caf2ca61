#include <fmt/format.h>

#include <algorithm>

#include "models/evaluate/evaluate.h"
#include "tools/partita/console.h"
#include "tools/partita/exam/exam.h"

namespace partita::command {
namespace {

constexpr std::size_t kPlans = 6;  // of each network
constexpr int kRounds = 2;

// Held-out plans, those that differ most in length among them: every other one, by what they took.
std::vector<const exec::ExamPlan*> chosen_plans(const exec::ExamNetwork& network) {
  std::vector<const exec::ExamPlan*> plans;
  for (const exec::ExamPlan& plan : network.plans) {
    if (plan.held_out && plan.trustworthy) plans.push_back(&plan);
  }
  std::sort(plans.begin(), plans.end(), [](const auto* a, const auto* b) {
    return a->measured.makespan < b->measured.makespan;
  });
  std::vector<const exec::ExamPlan*> chosen;
  const std::size_t count = std::min(kPlans, plans.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(plans[i * plans.size() / count]);
  return chosen;
}

void run_network(const Exam& exam, const exec::ExamNetwork& network, WhatIfRun& run,
                 std::vector<exec::Pair>& pairs) {
  const Hardware& calibrated = exam.verdict->calibration.hardware;
  const Hardware changed = HardwareBuilder::build(run.what_if.predicted);
  const CostTable costs = exec::what_if_costs(
      network.network, calibrated, rescaled(network.costs, exam.machine, calibrated), run.what_if);
  const std::vector<const exec::ExamPlan*> chosen = chosen_plans(network);
  if (chosen.empty()) return;

  Evaluator evaluator(network.network, changed, costs);
  std::vector<Time> predicted;
  for (const exec::ExamPlan* plan : chosen) predicted.push_back(evaluator.run(plan->plan).makespan);

  const Hardware real = HardwareBuilder::build(run.what_if.real);
  exec::Replayer replayer(network.network, real, exam.options.seed,
                          {.where = exam.options.worker, .handicaps = run.what_if.handicaps});
  exec::RepeatOptions repeat;
  repeat.warm_up = 2;
  repeat.repetitions = exam.options.repetitions / 2 + 1;
  repeat.time_limit = std::chrono::milliseconds(300 * repeat.repetitions);
  std::vector<const Plan*> plans;
  for (const exec::ExamPlan* plan : chosen) plans.push_back(&plan->plan);
  const std::vector<exec::ReplayResult> results = replayer.run_in_turns(plans, repeat, kRounds);
  for (std::size_t i = 0; i < results.size(); ++i) {
    run.clean += results[i].clean;
    run.discarded += results[i].discarded;
    if (!results[i].trustworthy) continue;
    const Time measured = results[i].timeline.makespan;
    run.plans.push_back({network.network.name(), chosen[i]->name, chosen[i]->measured.makespan,
                         predicted[i], measured});
    pairs.push_back({seconds(predicted[i]), seconds(measured)});
  }
}

}  // namespace

void what_if_step(Exam& exam) {
  // What is changed is the computer that was measured.
  const exec::ExamNetwork& any = exam.networks.front();
  require_environment(
      exec::Replayer(any.network, exam.machine, exam.options.seed, {.where = exam.options.worker}),
      exam);
  const Hardware& calibrated = exam.verdict->calibration.hardware;
  for (exec::WhatIf& what_if : exec::what_ifs(exam.machine, calibrated)) {
    Step step("what if");
    WhatIfRun run{std::move(what_if), {}, {}};
    std::vector<exec::Pair> pairs;
    for (const exec::ExamNetwork& network : exam.networks) run_network(exam, network, run, pairs);
    run.score = exec::score(pairs);
    if (pairs.empty()) {
      exam.notes.push_back(
          fmt::format("what if {}: too few clean runs to say", run.what_if.change));
    }
    step.done(pairs.empty()
                  ? run.what_if.change + ": too few clean runs to say"
                  : fmt::format("{}: error on {} plans {}, bias {}", run.what_if.change,
                                run.score.pairs, percent(run.score.mape), percent(run.score.bias)));
    exam.what_ifs.push_back(std::move(run));
  }
}

}  // namespace partita::command
