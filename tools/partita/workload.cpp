#include "tools/partita/workload.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "models/evaluate/evaluate.h"
#include "models/timeline/chrome_trace.h"
#include "models/workload/arrivals.h"
#include "models/workload/statistics.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"

namespace partita::command {
namespace {

constexpr std::size_t kRequests = 100;
constexpr std::size_t kMostRequests = 10'000'000;
const SourceLoc kArrivals{"--arrivals", 0, 0};

struct Asked {
  Workload workload;
  std::string arrivals;  // in words
};

Asked asked_for(const WorkloadOptions& options, const Plan& plan) {
  Asked asked;
  asked.arrivals = options.arrivals.empty() ? "saturated" : options.arrivals;
  const auto parsed = parse_arrivals(asked.arrivals);
  if (const auto* bad = std::get_if<BadArrivals>(&parsed)) {
    throw ConfigError(kArrivals, bad->message);
  }
  const Arrivals& arrivals = std::get<Arrivals>(parsed);
  asked.workload.in_flight = options.in_flight.value_or(Workload::kUnlimited);
  asked.workload.saturated = arrivals.kind == Arrivals::Kind::Saturated;
  if (asked.workload.saturated && !options.in_flight) {
    throw ConfigError({"--in-flight", 0, 0},
                      "saturated means that so many are always in flight: say how many");
  }
  std::optional<std::size_t> count = options.requests;
  if (!count && arrivals.kind != Arrivals::Kind::Trace) count = kRequests;
  for (const Time time : arrival_times(arrivals, count, options.seed, kArrivals)) {
    asked.workload.requests.push_back({time, &plan});
  }
  return asked;
}

std::string how_often(const SteadyPeriod& period) {
  if (period.requests == 0) return "too few requests to say";
  const std::string each =
      to_string(Time{period.time.count() / static_cast<std::int64_t>(period.requests)});
  if (!period.exact) return fmt::format("{} (mean of the second half)", each);
  if (period.requests == 1) return fmt::format("{} (exact)", each);
  return fmt::format("{} (exact: {} in {})", each, period.requests, to_string(period.time));
}

void print_percentiles(const char* what, const Percentiles& values, Table& table) {
  table.add({what, to_string(values.p50), to_string(values.p90), to_string(values.p95),
             to_string(values.p99), to_string(values.most)});
}

void print_record(const WorkloadTimeline& record, const WorkloadStatistics& said,
                  const Asked& asked, const Hardware& hardware) {
  fmt::print("  {} requests ({}{}) in {}: {:.4g} a second\n", record.requests.size(),
             asked.arrivals,
             asked.workload.in_flight == Workload::kUnlimited
                 ? ""
                 : fmt::format(", at most {} in flight", asked.workload.in_flight),
             to_string(record.makespan), said.per_second);
  fmt::print("  steady: one every {}\n", how_often(said.period));
  Table latency({"", "p50", "p90", "p95", "p99", "max"});
  print_percentiles("latency", said.latency, latency);
  print_percentiles("waits before it starts", said.waiting, latency);
  latency.print();
  Table processors({"processor", "busy"});
  std::size_t idle = 0;
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    if (record.busy[id] == Time{0}) {
      ++idle;
      continue;
    }
    processors.add({hardware.processors()[id].name,
                    percent(seconds(record.busy[id]) / seconds(record.makespan))});
  }
  processors.print();
  if (idle > 0) fmt::print("  ({} more have no work)\n", idle);
  Table memories({"memory", "peak", "capacity"});
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    if (record.memory_peak[id] == Bytes{0}) continue;
    memories.add({hardware.memories()[id].name, to_string(record.memory_peak[id]),
                  to_string(hardware.memories()[id].capacity)});
  }
  memories.print();
  if (said.energy > Energy{0} && !record.requests.empty()) {
    const auto count = static_cast<std::int64_t>(record.requests.size());
    fmt::print("  energy {} (processors only, without sleep), {} a request\n",
               to_string(said.energy), to_string(Energy{said.energy.value / count}));
  }
}

}  // namespace

void add_workload_options(CLI::App& app, WorkloadOptions& options) {
  constexpr const char* kGroup = "Several inferences";
  app.add_option("--requests", options.requests,
                 "run so many inferences as they arrive (100; of a trace: all of it)")
      ->check(CLI::Range(std::size_t{1}, kMostRequests))
      ->group(kGroup);
  app.add_option("--arrivals", options.arrivals,
                 "'every 2 ms', 'poisson 500/s', 'bursts of 8 every 20 ms', 'saturated' (always "
                 "--in-flight), or a trace.csv (column arrival: times with units)")
      ->type_name("TEXT")
      ->group(kGroup);
  app.add_option("--in-flight", options.in_flight, "inferences under way at once, at most")
      ->check(CLI::Range(std::size_t{1}, kMostRequests))
      ->group(kGroup);
  app.add_option("--trace-requests", options.traced, "inferences that --trace shows, at most")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
      ->capture_default_str()
      ->group(kGroup);
  add_seed_option(app, options.seed);
  app.get_option("--seed")->group(kGroup);
}

int simulate_workload(const WorkloadOptions& options, const Inputs& inputs, const Plan& plan,
                      const sim::SimulatorOptions& how, const WorkloadOutputs& outputs) {
  const Asked asked = asked_for(options, plan);
  std::map<std::size_t, Timeline> traced;  // the first ones
  Step step("simulate");
  sim::Simulator simulator(inputs.network, inputs.hardware, inputs.costs, how);
  std::int64_t done = 0;
  const WorkloadTimeline& record =
      simulator.run(asked.workload, [&](std::size_t number, const Timeline& timeline) {
        if (!outputs.trace.empty() && number < options.traced) traced.emplace(number, timeline);
        constexpr std::int64_t kNow = 256;
        if (++done % kNow == 0) {
          step.progress(done, static_cast<std::int64_t>(asked.workload.requests.size()));
        }
      });
  step.done(record.unfinished ? "never over" : to_string(record.makespan));
  const std::string reason = why_infeasible(record, inputs.network, inputs.hardware);
  if (!reason.empty()) fmt::print("infeasible: {} (nothing is written)\n", reason);
  if (record.unfinished) {  // then there is no latency to speak of
    if (outputs.json) {
      fmt::print("{}\n", nlohmann::ordered_json{{"feasible", false}, {"reason", reason}}.dump());
    }
    return kNo;
  }
  const WorkloadStatistics said = statistics(record, inputs.hardware);
  print_record(record, said, asked, inputs.hardware);

  const std::string json = to_json(
      record, inputs.hardware, asked.workload,
      {inputs.network.name(), inputs.hardware.name(), plan.method(), asked.arrivals, options.seed});
  if (reason.empty() && !outputs.out.empty()) {
    write_file(outputs.out, json);
    fmt::print("wrote {} (draw it: partita plot latency)\n", outputs.out);
  }
  if (reason.empty() && !outputs.trace.empty()) {
    std::vector<TracedRequest> shown;
    for (const auto& [number, timeline] : traced) {
      shown.push_back({number, record.requests[number], timeline, plan});
    }
    write_file(outputs.trace, chrome_trace("simulated", shown, inputs.network, inputs.hardware));
    const std::string part = shown.size() < record.requests.size()
                                 ? fmt::format(", the first {} requests", shown.size())
                                 : "";
    fmt::print("wrote {} (open it at ui.perfetto.dev{})\n", outputs.trace, part);
  }
  if (outputs.json) {
    nlohmann::ordered_json line{{"simulated_ps", record.makespan.count()},
                                {"feasible", reason.empty()}};
    nlohmann::ordered_json workload = nlohmann::ordered_json::parse(json);
    workload.erase("requests");  // they may be very many, and are in --out
    line["workload"] = std::move(workload);
    fmt::print("{}\n", line.dump());
  }
  return reason.empty() ? kDone : kNo;
}

}  // namespace partita::command
