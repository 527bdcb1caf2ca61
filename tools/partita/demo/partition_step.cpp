#include <fmt/format.h>

#include <array>
#include <string_view>

#include "exec/exam/random_plan.h"
#include "models/evaluate/evaluate.h"
#include "partition/methods/methods.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"
#include "tools/partita/value_text.h"

namespace partita::command {
namespace {

// Enough for a fit and for an exam that it has not seen.
constexpr int kRandomPlans = 12;
// Each of these plans is replayed; the last is the best, as it begins with the others.
constexpr std::array<std::string_view, 4> kMethods{"single", "greedy", "heft", "annealing"};
constexpr double kMeanBlock = 8;  // layers; shorter blocks copy more, longer ones test balance

void add_random_plans(Job& job) {
  for (int i = 0; i < kRandomPlans; ++i) {
    const std::string name = fmt::format("random{}", i + 1);
    PlanRecord record{
        exec::random_plan(job.network, *job.hardware, *job.costs, kMeanBlock,
                          job.options.seed * 1000 + static_cast<std::uint64_t>(i), name),
        name};
    record.random = true;
    record.used_in_fit = i % 2 == 0;
    job.plans.push_back(std::move(record));
  }
}

}  // namespace

bool partition_step(Job& job) {
  Step step("partition");
  const Problem problem{job.network, *job.hardware, *job.costs};
  for (const std::string_view name : kMethods) {
    const Method& method = *method_named(name);
    SearchOptions search{.seed = job.options.seed, .steps = job.options.steps, .progress = {}};
    search.progress = [&](const Progress& progress) {
      step.progress(
          progress.steps, search.steps,
          fmt::format("{} {}", method.name, value_text(problem.objective, progress.best)));
      return true;
    };
    Outcome outcome = method.solve(problem, search);
    if (const auto* no = std::get_if<Infeasible>(&outcome)) {
      step.done("no plan");
      fmt::print("infeasible ({}): {}\n", method.name, no->reason);
      return false;
    }
    job.plans.push_back({std::get<Solution>(std::move(outcome)).plan, std::string{method.name}});
  }
  if (job.real()) {
    // Random plans keep processors waiting for each other. How fast one is alone shows in a plan
    // that uses no other, and what they do to each other in one that was made to keep them busy.
    for (PlanRecord& record : job.plans)
      record.used_in_fit = record.name == "single" || record.name == "greedy";
    add_random_plans(job);
  }
  Evaluator evaluator(job.network, *job.hardware, *job.costs);
  for (PlanRecord& record : job.plans) record.predicted = evaluator.run(record.plan);
  job.bound = latency_bound(problem);
  for (const ProcessorId p : ids<ProcessorId>(job.hardware->processors().size())) {
    if (!job.plans.front().plan.order(p).empty()) {
      job.best_single = job.hardware->processors()[p].name;
    }
  }
  const PlanRecord& best = job.plans[kMethods.size() - 1];
  step.done(fmt::format("best {} by {}, lower bound {} ({})", to_string(best.predicted.makespan),
                        best.name, to_string(job.bound.value), job.bound.limit));
  return true;
}

}  // namespace partita::command
