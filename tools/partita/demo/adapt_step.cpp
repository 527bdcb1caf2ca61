#include <fmt/format.h>

#include <algorithm>
#include <list>

#include "exec/stream/co_runner.h"
#include "exec/stream/real_execution.h"
#include "sim/simulated_execution.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"

namespace partita::command {
namespace {

constexpr std::size_t kUndisturbed = 10, kInferences = 40;
// Enough that another plan pays also where the processors are far from equal. A fair scheduler
// gives each the same share of the core.
constexpr int kCoRunners = 3;
constexpr double kSimulatedSlowdown = 1 + kCoRunners;

Time median(std::vector<Time> times) {
  if (times.empty()) return Time{0};
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

std::vector<Time> part(const std::vector<Time>& times, std::size_t first, std::size_t last) {
  return {times.begin() + static_cast<std::ptrdiff_t>(std::min(first, times.size())),
          times.begin() + static_cast<std::ptrdiff_t>(std::min(last, times.size()))};
}

const Hardware& machine(const Job& job) { return job.calibrated ? *job.calibrated : *job.hardware; }
const CostTable& costs(const Job& job) {
  return job.calibrated ? *job.calibrated_costs : *job.costs;
}

// The plan that is in force at first: the best of the methods.
const PlanRecord& first_plan(const Job& job) {
  const PlanRecord* best = &job.plans.front();
  for (const PlanRecord& record : job.plans) {
    if (!record.random && record.predicted.makespan < best->predicted.makespan) best = &record;
  }
  return *best;
}

// Whoever does most of the plan's work is disturbed: that hurts most.
ProcessorId busiest(const Job& job, const PlanRecord& record) {
  IdVector<ProcessorId, Time> busy(job.hardware->processors().size(), Time{0});
  for (const LayerSpan& span : record.predicted.layers) {
    busy[span.processor] += span.finish - span.start;
  }
  return static_cast<ProcessorId>(std::max_element(busy.begin(), busy.end()) - busy.begin());
}

void take_medians(AdaptRecord& record) {
  record.before = median(part(record.stays.latency, 0, record.disturbed_from));
  record.disturbed = median(part(record.stays.latency, record.disturbed_from, kInferences));
  // From the first answer on, so that what the policy tries later counts too.
  const StreamResult::SwitchRecord* answer = record.answer();
  const std::size_t settled = answer != nullptr ? answer->before : record.disturbed_from;
  record.adapted = median(part(record.adapts.latency, settled, kInferences));
}

// Both policies meet the same disturbance; `make` gives a fresh execution for each.
template <class Run>
AdaptRecord compare(const Job& job, const PlanRecord& first, std::string execution,
                    std::string disturbance, Run run) {
  AdaptRecord record;
  record.execution = std::move(execution);
  record.disturbance = std::move(disturbance);
  record.disturbed_from = kUndisturbed;
  record.stays = run(nullptr);
  RepartitionOptions options;
  options.seed = job.options.seed;
  Repartitioner policy(job.network, machine(job), costs(job), first.plan, options);
  record.adapts = run(&policy);
  take_medians(record);
  return record;
}

AdaptRecord adapt_for_real(const Job& job, const PlanRecord& first, ProcessorId victim) {
  const ProcessorSpec& spec = job.hardware->processors()[victim];
  exec::Replayer replayer(job.network, *job.hardware, job.options.seed);
  return compare(job, first, "real",
                 fmt::format("{} co-runners on {}'s core", kCoRunners, spec.name),
                 [&](Repartitioner* policy) {
                   exec::RealExecution execution(replayer, first.plan);
                   for (int i = 0; i < 3; ++i) execution.infer();  // warm up
                   std::list<exec::CoRunner> co_runners;
                   return run_stream(execution, policy, kInferences, [&](std::size_t next) {
                     if (next != kUndisturbed) return;
                     const int core = spec.execution->core.value_or(0);
                     for (int i = 0; i < kCoRunners; ++i) co_runners.emplace_back(core);
                   });
                 });
}

AdaptRecord adapt_simulated(const Job& job, const PlanRecord& first, ProcessorId victim) {
  return compare(
      job, first, "simulated",
      fmt::format("{} {:g} x slower", job.hardware->processors()[victim].name, kSimulatedSlowdown),
      [&](Repartitioner* policy) {
        sim::SimulatedExecution execution(job.network, machine(job), costs(job), first.plan);
        return run_stream(execution, policy, kInferences, [&](std::size_t next) {
          if (next == kUndisturbed) execution.slow_down(victim, kSimulatedSlowdown);
        });
      });
}

std::string outcome(const AdaptRecord& record) {
  const std::string text = fmt::format("{}: {} -> {}", record.execution, to_string(record.before),
                                       to_string(record.disturbed));
  const StreamResult::SwitchRecord* change = record.answer();
  if (change == nullptr) return text + ", no better plan";
  return fmt::format("{}, switched after {} inferences -> {}", text,
                     change->before - record.disturbed_from, to_string(record.adapted));
}

}  // namespace

const StreamResult::SwitchRecord* AdaptRecord::answer() const {
  for (const StreamResult::SwitchRecord& change : adapts.switches) {
    if (change.before > disturbed_from) return &change;
  }
  return nullptr;
}

void adapt_step(Job& job) {
  Step step("adapt");
  const PlanRecord& first = first_plan(job);
  const ProcessorId victim = busiest(job, first);
  if (job.real()) job.adapt.push_back(adapt_for_real(job, first, victim));
  job.adapt.push_back(adapt_simulated(job, first, victim));
  std::string text;
  for (const AdaptRecord& record : job.adapt) {
    text += (text.empty() ? "" : "; ") + outcome(record);
  }
  step.done(text);
  for (const AdaptRecord& record : job.adapt) {
    for (const auto& change : record.adapts.switches) {
      fmt::print("    {}, before inference {}: {}; {} of weights moved in {}\n", record.execution,
                 change.before + 1, change.reason, to_string(change.migration.total),
                 to_string(change.stood_still));
    }
  }
}

}  // namespace partita::command
