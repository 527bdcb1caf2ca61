#include "exec/exam/judge.h"

#include <algorithm>
#include <cmath>

#include "models/evaluate/evaluate.h"

namespace partita::exec {
namespace {

TimeShares relative_size(const TimeShares& error, Time measured) {
  const double whole = seconds(measured);
  return {std::fabs(error.compute) / whole, std::fabs(error.copies) / whole,
          std::fabs(error.overhead) / whole, std::fabs(error.waiting) / whole};
}

std::vector<Subject> subjects(const std::vector<ExamNetwork>& networks) {
  std::vector<Subject> all;
  for (const ExamNetwork& network : networks) {
    Subject& subject = all.emplace_back(Subject{network.network, network.costs, {}});
    for (const ExamPlan& plan : network.plans) {
      if (!plan.held_out && plan.trustworthy)
        subject.observations.push_back({plan.plan, plan.measured});
    }
  }
  return all;
}

JudgedNetwork judged(const ExamNetwork& network, const Hardware& before, const Hardware& after) {
  JudgedNetwork result{&network};
  const CostTable costs = rescaled(network.costs, before, after);
  Evaluator was(network.network, before, network.costs);
  Evaluator is(network.network, after, costs);
  std::vector<Pair> held_out;
  std::vector<Ranked> ranked;
  const JudgedPlan* best_predicted = nullptr;
  const JudgedPlan* best_measured = nullptr;
  result.plans.reserve(network.plans.size());  // pointers into it
  for (const ExamPlan& plan : network.plans) {
    if (!plan.trustworthy) continue;
    const Timeline predicted = is.run(plan.plan);
    const TimeShares error = shares_of({predicted, network.network, after, plan.plan, costs}) -
                             shares_of({plan.measured, network.network, after, plan.plan, costs});
    result.plans.push_back({&plan, was.run(plan.plan).makespan, predicted.makespan, error});
    const JudgedPlan& one = result.plans.back();
    if (plan.held_out) {
      held_out.push_back({seconds(one.after), seconds(plan.measured.makespan)});
      const MedianInterval interval = measured_interval(plan);
      ranked.push_back({seconds(one.after), seconds(interval.low), seconds(interval.high)});
    }
    if (best_predicted == nullptr || one.after < best_predicted->after) best_predicted = &one;
    if (best_measured == nullptr ||
        plan.measured.makespan < best_measured->plan->measured.makespan) {
      best_measured = &one;
    }
  }
  result.tau = kendall_tau(held_out);
  result.told_apart = ranking_told_apart(ranked);
  if (best_predicted == nullptr) return result;
  const ExamPlan& predicted = *best_predicted->plan;
  const ExamPlan& measured = *best_measured->plan;
  result.predicted_best = predicted.name;
  result.measured_best = measured.name;
  result.regret = seconds(predicted.measured.makespan) / seconds(measured.measured.makespan) - 1;
  result.best_is_best = &predicted == &measured ||
                        measured_interval(predicted).low <= measured_interval(measured).high;
  return result;
}

}  // namespace

Verdict judge(const Hardware& machine, const std::vector<ExamNetwork>& networks,
              const CalibrateOptions& options) {
  Verdict verdict{calibrate(machine, subjects(networks), options)};
  std::vector<Pair> before, after;
  std::size_t with_tau = 0;
  double agree = 0;
  for (const ExamNetwork& network : networks) {
    for (const ExamPlan& plan : network.plans) {
      verdict.clean_runs += plan.clean;
      verdict.discarded_runs += plan.discarded;
      if (!plan.trustworthy) ++verdict.noisy_plans;
    }
    verdict.networks.push_back(judged(network, machine, verdict.calibration.hardware));
    const RankingToldApart& ranking = verdict.networks.back().told_apart;
    agree += ranking.tau * static_cast<double>(ranking.pairs);
    verdict.told_apart.pairs += ranking.pairs;
    verdict.told_apart.all += ranking.all;
    std::size_t held_out = 0;
    for (const JudgedPlan& plan : verdict.networks.back().plans) {
      if (!plan.plan->held_out) continue;
      const double measured = seconds(plan.plan->measured.makespan);
      before.push_back({seconds(plan.before), measured});
      after.push_back({seconds(plan.after), measured});
      verdict.error += relative_size(plan.error, plan.plan->measured.makespan);
      ++held_out;
    }
    if (held_out < 2) continue;
    verdict.tau += verdict.networks.back().tau;
    ++with_tau;
  }
  if (with_tau > 0) verdict.tau /= static_cast<double>(with_tau);
  if (verdict.told_apart.pairs > 0) {
    verdict.told_apart.tau = agree / static_cast<double>(verdict.told_apart.pairs);
  }
  const auto count = static_cast<double>(std::max<std::size_t>(1, after.size()));
  verdict.error = {verdict.error.compute / count, verdict.error.copies / count,
                   verdict.error.overhead / count, verdict.error.waiting / count};
  verdict.before = score(before);
  verdict.after = score(after);
  return verdict;
}

}  // namespace partita::exec
