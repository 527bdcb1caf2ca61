// Workloads as JSON, version 1, self-contained for plots; columns instead of an object for each
// request, as there may be very many:
//   {"workload": 1, "network": "...", "machine": "...", "plan": "heft",
//    "arrivals": "poisson 500/s", "seed": 1, "in_flight": 4,
//    "makespan_ps": 1200,
//    "requests": {"arrival_ps": [0, 5], "admitted_ps": [0, 5], "start_ps": [0, 7],
//                 "finish_ps": [10, 15]},
//    "latency_ps": {"p50": 10, "p90": 10, "p95": 10, "p99": 10, "max": 10},
//    "waiting_ps": {"p50": 0, "p90": 2, "p95": 2, "p99": 2, "max": 2},
//    "throughput_per_s": 1e9, "period": {"time_ps": 5, "requests": 1, "exact": true},
//    "processors": [{"name": "cpu0", "busy_ps": 10}],
//    "memories": [{"name": "dram", "capacity_bytes": 1024, "peak_bytes": 512}]}
//
// measurement: of a measured one: how many runs it is the median of, how well that is known, and
//            where it was measured (exec/replay/measurement.h); else absent.
// peak_bytes: absent where nobody measured it.
// in_flight: absent where any number of requests may be under way.
// period:    each `requests` requests are done in `time_ps` once the machine is filled; not exact:
//            a mean. Absent where too few requests were done to say.
#include <nlohmann/json.hpp>

#include "models/workload/statistics.h"

namespace partita {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Percentiles& values) {
  return {{"p50", values.p50.count()},
          {"p90", values.p90.count()},
          {"p95", values.p95.count()},
          {"p99", values.p99.count()},
          {"max", values.most.count()}};
}

}  // namespace

std::string to_json(const WorkloadTimeline& record, const Hardware& hardware,
                    const Workload& workload, const WorkloadNames& names) {
  const WorkloadStatistics said = statistics(record);
  Json top{{"workload", 1},      {"network", names.network},   {"machine", names.machine},
           {"plan", names.plan}, {"arrivals", names.arrivals}, {"seed", names.seed}};
  if (!names.measurement.empty()) top["measurement"] = Json::parse(names.measurement);
  if (workload.in_flight != Workload::kUnlimited) top["in_flight"] = workload.in_flight;
  top["makespan_ps"] = record.makespan.count();
  Json& requests = top["requests"];
  for (const auto& [key, time] : {std::pair{"arrival_ps", &RequestSpan::arrival},
                                  {"admitted_ps", &RequestSpan::admitted},
                                  {"start_ps", &RequestSpan::start},
                                  {"finish_ps", &RequestSpan::finish}}) {
    Json& column = requests[key] = Json::array();
    for (const RequestSpan& span : record.requests) column.push_back((span.*time).count());
  }
  top["latency_ps"] = to_json(said.latency);
  top["waiting_ps"] = to_json(said.waiting);
  top["throughput_per_s"] = said.per_second;
  if (said.period.requests > 0) {
    top["period"] = {{"time_ps", said.period.time.count()},
                     {"requests", said.period.requests},
                     {"exact", said.period.exact}};
  }
  top["processors"] = Json::array();
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    top["processors"].push_back(
        {{"name", hardware.processors()[id].name}, {"busy_ps", record.busy[id].count()}});
  }
  top["memories"] = Json::array();
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    top["memories"].push_back({{"name", hardware.memories()[id].name},
                               {"capacity_bytes", hardware.memories()[id].capacity.value}});
    if (record.memory_peak.empty()) continue;
    top["memories"].back()["peak_bytes"] = record.memory_peak[id].value;
  }
  return top.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace partita
