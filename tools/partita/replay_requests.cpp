#include "tools/partita/replay_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exec/replay/measurement.h"
#include "exec/values/values.h"
#include "exec/worker/worker_protocol.h"
#include "models/base/file.h"
#include "models/timeline/chrome_trace.h"
#include "partition/predict/predictor.h"
#include "sim/simulate.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/measurement_text.h"
#include "tools/partita/outputs.h"

namespace partita::command {
namespace {

constexpr std::size_t kMostReplayed = 10'000;  // all that they did is kept in memory
constexpr std::size_t kTraced = 64;

void refuse_too_many(const Workload& workload) {
  if (workload.in_flight > exec::kMostSeats) {
    throw ConfigError({"--in-flight", 0, 0},
                      fmt::format("each inference under way has buffers of its own: say how many, "
                                  "at most {}",
                                  exec::kMostSeats));
  }
  if (workload.requests.size() > kMostReplayed) {
    throw ConfigError({"--requests", 0, 0},
                      fmt::format("real runs have at most {} requests", kMostReplayed));
  }
}

// Every request of a run that is not measured against the reference, where seats in turn have the
// seed's inputs and others; and the run against the contract.
double checked(exec::Replayer& replayer, const ReplayOf& of, const Workload& asked,
               std::uint64_t seed) {
  const std::size_t seats = asked.in_flight;
  const Workload workload = Workload::always(of.plan, 3 * seats, seats);
  const std::vector<OutputJudge> judges{{of.network, seed}, {of.network, seed, seed + 1}};
  for (std::size_t seat = 1; seat < seats; seat += 2) {
    replayer.set_inputs_of_seat(seat, seeded_inputs(of.network, seed + 1));
  }
  const exec::StreamResult run = replayer.run_workload(workload, true);
  double difference = 0;
  for (std::size_t i = 0; i < workload.requests.size(); ++i) {
    difference = std::max(difference, judges[run.seats[i] % 2].difference(replayer.outputs_of(i)));
  }
  const auto broken = violations(run.record, run.timelines, of.seen, of.hardware, workload);
  if (!broken.empty()) throw Error("the replay broke the contract: " + broken.front());
  replayer.set_inputs(seeded_inputs(of.network, seed));
  return difference;
}

void print_beside(const WorkloadStatistics& measured, const WorkloadStatistics& simulated) {
  Table table({"", "measured", "simulated"});
  const auto each = [](const SteadyPeriod& period) {
    return period.requests == 0
               ? std::string("-")
               : to_string(Time{period.time.count() / static_cast<std::int64_t>(period.requests)});
  };
  table.add({"requests a second", fmt::format("{:.4g}", measured.per_second),
             fmt::format("{:.4g}", simulated.per_second)});
  table.add({"steady: one every", each(measured.period), each(simulated.period)});
  for (const auto& [name, time] :
       {std::pair{"latency p50", &Percentiles::p50}, std::pair{"latency p95", &Percentiles::p95},
        std::pair{"latency p99", &Percentiles::p99},
        std::pair{"latency max", &Percentiles::most}}) {
    table.add({name, to_string(measured.latency.*time), to_string(simulated.latency.*time)});
  }
  table.print();
}

WorkloadTimeline simulated(const ReplayOf& of, const Workload& workload) {
  const CostTable costs = predicted_costs(of.network, of.hardware, Profile::load(of.profile));
  return sim::Simulator(of.seen, of.hardware, costs).run(workload);
}

void write_trace(const std::string& file, const ReplayOf& of, const exec::StreamResult& stream) {
  std::vector<TracedRequest> traced;
  for (std::size_t i = 0; i < std::min(kTraced, stream.timelines.size()); ++i) {
    traced.push_back({i, stream.record.requests[i], stream.timelines[i], of.plan});
  }
  write_file(file, chrome_trace("measured", traced, of.seen, of.hardware, {}));
  fmt::print("wrote {} (open it at ui.perfetto.dev, the first {} requests)\n", file, traced.size());
}

}  // namespace

int replay_requests(exec::Replayer& replayer, const ReplayOf& of, exec::RepeatOptions repeat,
                    const ReplayRequestsOptions& options) {
  const AskedRequests asked = asked_for(options.requests, of.plan);
  const Workload& workload = asked.workload;
  refuse_too_many(workload);
  std::optional<WorkloadTimeline> beside;
  if (!of.profile.empty()) beside = simulated(of, workload);
  Step step("replay");
  replayer.prepare(of.plan, workload.in_flight, options.check ? 3 * workload.in_flight : 0);
  std::optional<double> difference;
  if (options.check) difference = checked(replayer, of, workload, options.requests.seed);
  repeat.progress = [&](int done, int wanted) { step.progress(done, wanted, "clean runs"); };
  const exec::WorkloadResult result = replayer.repeat(workload, repeat);
  if (!result.trustworthy && !options.noisy) {
    step.done("no measurement");
    return refuse_as_noisy(result, options.json);
  }
  step.done((result.trustworthy ? "" : "disturbed: ") + in_words(result));
  const WorkloadTimeline& record = result.stream.record;
  const WorkloadStatistics said = statistics(record);
  print_record(record, said, asked);
  nlohmann::ordered_json line{
      {result.trustworthy ? "measured_ps" : "disturbed_ps", record.makespan.count()}};
  if (beside) {
    print_beside(said, statistics(*beside));
    line["simulated_ps"] = beside->makespan.count();
  }
  for (const std::string& warning : result.warnings) fmt::print("  note: {}\n", warning);
  if (difference) {
    fmt::print(
        "  outputs of all requests differ from the reference executor by at most {:.1e} "
        "(relative)\n",
        *difference);
    line["output_difference"] = *difference;
  }
  const std::string json = to_json(record, of.hardware, workload,
                                   {of.network.name(), of.hardware.name(), of.plan.method(),
                                    asked.arrivals, options.requests.seed, exec::to_json(result)});
  if (!options.out.empty()) {
    write_file(options.out, json);
    fmt::print("wrote {} (draw it: partita plot latency)\n", options.out);
  }
  if (!options.trace.empty()) write_trace(options.trace, of, result.stream);
  if (options.json) {
    line["workload"] = nlohmann::ordered_json::parse(json);
    line["workload"].erase("requests");  // they may be very many, and are in --out
    fmt::print("{}\n", line.dump());
  }
  return kDone;
}

}  // namespace partita::command
