#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "exec/runtime/serve.h"
#include "models/scenario/scenario.h"
#include "partition/runtime/policies/policies.h"
#include "sim/service_simulation.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"

namespace partita::command {
namespace {

constexpr std::size_t kUndisturbed = 10, kInferences = 40;
// Enough that another plan pays also where the processors are far from equal. A fair scheduler
// gives each the same share of the core.
constexpr double kCoRunners = 3;
constexpr double kSlowdown = 1 + kCoRunners;
// From one request to the next, in undisturbed makespans: so that hardly anybody waits.
constexpr std::int64_t kPace = 4;

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

// What both policies meet, simulated or real.
struct Disturbance {
  Hardware hardware;  // with the load
  std::vector<ScenarioRequest> requests;
  PolicyInputs inputs;
};

const Hardware& machine(const Job& job) { return job.calibrated ? *job.calibrated : *job.hardware; }
const CostTable& costs(const Job& job) {
  return job.calibrated ? *job.calibrated_costs : *job.costs;
}

// Whoever does most of the plan's work is disturbed: that hurts most.
ProcessorId busiest(const Timeline& timeline, std::size_t processors) {
  IdVector<ProcessorId, Time> busy(processors, Time{0});
  for (const LayerSpan& span : timeline.layers) busy[span.processor] += span.finish - span.start;
  return static_cast<ProcessorId>(std::max_element(busy.begin(), busy.end()) - busy.begin());
}

ServiceStream as_stream(const ServiceRecord& record) {
  ServiceStream stream;
  for (const RequestRecord& request : record.requests) {
    stream.latency.push_back(request.answered - request.arrival);
  }
  for (const DecisionRecord& decision : record.decisions) {
    if (!decision.switched) continue;
    const auto next = std::find_if(
        record.requests.begin(), record.requests.end(),
        [&](const RequestRecord& request) { return request.admitted >= decision.when; });
    Bytes moved;
    for (const RelocationRecord& each : record.relocations) {
      if (each.asked == decision.when) moved += each.bytes;
    }
    stream.switches.push_back({static_cast<std::size_t>(next - record.requests.begin()),
                               decision.configuration, decision.reason, moved});
  }
  return stream;
}

void take_medians(AdaptRecord& record) {
  record.before = median(part(record.stays.latency, 0, record.disturbed_from));
  record.disturbed = median(part(record.stays.latency, record.disturbed_from, kInferences));
  // From the first answer on, so that what the policy tries later counts too.
  const ServiceStream::Change* answer = record.answer();
  const std::size_t settled = answer != nullptr ? answer->before : record.disturbed_from;
  record.adapted = median(part(record.adapts.latency, settled, kInferences));
}

Disturbance disturb(const Job& job, const LoadEffect& effect, Time makespan) {
  const Time pace = kPace * makespan;
  LoadSpec load;
  load.name = "disturbance";
  load.effect = effect;
  load.from = static_cast<std::int64_t>(kUndisturbed) * pace - Time{1};
  Disturbance found{with_load(machine(job), {load}), {}, {}};
  for (std::size_t i = 0; i < kInferences; ++i) {
    found.requests.push_back({static_cast<std::int64_t>(i) * pace, 0, 0});
  }
  PolicyProblem& problem = found.inputs.problem;
  problem.hardware = &machine(job);
  problem.classes = {{&job.network, &costs(job), 1}};
  problem.arrivals_per_second = 1 / seconds(pace);
  problem.horizon = static_cast<std::int64_t>(kInferences) * pace;
  problem.seed = job.options.seed;
  auto library = plan_library(problem, usual_occasions(problem));
  found.inputs.library = std::make_shared<PlanLibrary>(std::move(std::get<PlanLibrary>(library)));
  return found;
}

template <class Run>
AdaptRecord compare(std::string execution, std::string disturbance, Run run) {
  AdaptRecord record;
  record.execution = std::move(execution);
  record.disturbance = std::move(disturbance);
  record.disturbed_from = kUndisturbed;
  record.stays = as_stream(run("static"));
  record.adapts = as_stream(run("ours"));
  take_medians(record);
  return record;
}

ServiceOptions service_options(const Job& job) {
  ServiceOptions options;
  options.queue = kInferences;
  options.host_keeps_weights = machine(job).host().has_value();
  return options;
}

AdaptRecord adapt_for_real(const Job& job, ProcessorId victim, Time makespan) {
  const std::string name = job.hardware->processors()[victim].name;
  const Disturbance of = disturb(job, BusyShare{victim, kCoRunners / kSlowdown}, makespan);
  return compare(
      "real", fmt::format("{:g} co-runners on {}'s core", kCoRunners, name),
      [&](std::string_view policy_name) {
        const auto policy = policy_named(policy_name)->make(of.inputs);
        std::vector<exec::RealRequest> requests;
        for (const ScenarioRequest& each : of.requests) requests.push_back({each.arrival, 0, 0});
        exec::RealOptions options;
        options.crews.seed = job.options.seed;
        exec::RealExecution execution({&job.network}, of.hardware, std::move(requests), 1, options);
        Service service(job.network, of.hardware, service_options(job), *policy, execution);
        execution.prepare(*policy->first());
        exec::DisturbedExecution disturbed(execution);
        exec::Disturber disturber(of.hardware, of.hardware.load(), Time::max(), disturbed,
                                  exec::Away(of.hardware.processors().size()));
        exec::ServeOptions serving;
        serving.disturber = &disturber;
        exec::serve(service, execution, serving);
        return service.record();
      });
}

AdaptRecord adapt_simulated(const Job& job, ProcessorId victim, Time makespan) {
  const std::string name = job.hardware->processors()[victim].name;
  const Disturbance of = disturb(job, SlowedDown{victim, kSlowdown}, makespan);
  return compare(
      "simulated", fmt::format("{} {:g} x slower", name, kSlowdown),
      [&](std::string_view policy_name) {
        const auto policy = policy_named(policy_name)->make(of.inputs);
        sim::Simulator simulator(job.network, of.hardware, costs(job));
        const sim::ServiceSetting setting{.requests = of.requests, .service = service_options(job)};
        return sim::simulate_service(simulator, job.network, of.hardware, setting, *policy).service;
      });
}

std::string outcome(const AdaptRecord& record) {
  const std::string text = fmt::format("{}: {} -> {}", record.execution, to_string(record.before),
                                       to_string(record.disturbed));
  const ServiceStream::Change* change = record.answer();
  if (change == nullptr) return text + ", no better plan";
  return fmt::format("{}, switched after {} inferences -> {}", text,
                     change->before - record.disturbed_from, to_string(record.adapted));
}

}  // namespace

const ServiceStream::Change* AdaptRecord::answer() const {
  for (const ServiceStream::Change& change : adapts.switches) {
    if (change.before > disturbed_from) return &change;
  }
  return nullptr;
}

void adapt_step(Job& job) {
  Step step("adapt");
  const PlanRecord* best = &job.plans.front();
  for (const PlanRecord& record : job.plans) {
    if (!record.random && record.predicted.makespan < best->predicted.makespan) best = &record;
  }
  const Time makespan = best->predicted.makespan;
  const ProcessorId victim = busiest(best->predicted, job.hardware->processors().size());
  if (job.real()) job.adapt.push_back(adapt_for_real(job, victim, makespan));
  job.adapt.push_back(adapt_simulated(job, victim, makespan));
  std::string text;
  for (const AdaptRecord& record : job.adapt) {
    text += (text.empty() ? "" : "; ") + outcome(record);
  }
  step.done(text);
  for (const AdaptRecord& record : job.adapt) {
    for (const ServiceStream::Change& change : record.adapts.switches) {
      fmt::print("    {}, before inference {}: to '{}': {}; {} of weights moved\n",
                 record.execution, change.before + 1, change.configuration, change.reason,
                 to_string(change.moved));
    }
  }
}

}  // namespace partita::command
