// Where the time went, as JSON, version 1, self-contained for plots:
//   {"analysis": 1, "origin": "simulated", "network": "...", "machine": "...", "method": "heft",
//    "makespan_ps": 1200, "rates": "exact",
//    "processors": [{"name": "gpu0", "streams": 1, "busy_ps": 700, "slowed_ps": 20,
//                    "lost_ps": 0, "copying_ps": 0, "waiting_ps": {"input": 300, ..., "done": 100},
//                    "energy_nj": 5}],
//    "engines": [{"name": "dma0", "busy_ps": 400, "queue_ps": 90, "longest_queue": 2}],
//    "channels": [{"name": "pcie0>", "link": "pcie0", "capacity_bytes_per_s": 16000000000,
//                  "sent_bytes": 4096, "used_percent": 12.5}],
//    "memories": [{"name": "hbm0", "capacity_bytes": 1024, "peak_bytes": 512, "energy_nj": 1}],
//    "links": [{"name": "pcie0", "energy_nj": 1}], "switches": [{"name": "root", "energy_nj": 0}],
//    "energy_nj": 7, "energy_by_kind_nj": {"processors": 5, "memories": 1, "links": 1,
//                                          "switches": 0},
//    "average_power_mw": 5800, "peak_power_mw": 30000,
//    "critical_path": [{"layer": "conv1", "on": "gpu0", "from_ps": 0, "until_ps": 700,
//                       "began": "start"},
//                      {"tensor": "x", "to": "dram", "from_ps": 700, ...}],
//    "path_parts": [{"part": "layers on gpu0", "time_ps": 700}],
//    "what_if": [{"change": "2 x bandwidth of link pcie0", "makespan_ps": 1100,
//                 "saves_percent": 8.3}],
//    "series": [{"group": "links", "name": "pcie0>", "unit": "B/s",
//                "points": [[0, 16000000000], [500, 0]]}]}
//
// busy + copying + waiting of a processor is makespan x streams. "rates" are "exact" where the
// model that made the timeline was played again, else "average" of each transfer. A channel is a
// "link" (a direction of it) or a "memory". queue_ps is the time that transfers stood in the queue,
// summed. Energies and powers are rounded down, each by itself (energy.h).
// Before there were "links", "switches" and "energy_by_kind_nj", energy and power were those of
// processors only.
// Series hold from their first point on and are zero before.
//
// Of several requests, makespan_ps is the time that is known: up to their end, or (not "whole") to
// the admission of the first request that is not known. Steps of the critical path say whose they
// are ("request"); a what-if has "period_ps" or "mean_latency_ps" instead of makespan_ps; and:
//    "requests": {"known": 100, "whole": true, "done": 100, "latency_ps": 120000,
//                 "latency_parts_ps": {"input": 90000, "processor": 30000, ...}}
// of those that were done: their latencies, and what these were spent with (waiting.h), summed.
#include <nlohmann/json.hpp>

#include "models/analysis/analysis.h"
#include "models/analysis/owners.h"

namespace partita {
namespace {

using Json = nlohmann::ordered_json;

double percent_of(Wide part, Wide whole) {
  return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

Json processors(const WorkloadRun& run, const Analysis& analysis) {
  Json all = Json::array();
  for (const ProcessorId id : ids<ProcessorId>(run.hardware.processors().size())) {
    const ProcessorTime& time = analysis.processors[id];
    Json waiting;
    for (std::size_t i = 0; i < kCauses.size(); ++i) waiting[kCauses[i]] = time.waiting[i].count();
    all.push_back({{"name", run.hardware.processors()[id].name},
                   {"streams", run.hardware.processors()[id].streams},
                   {"busy_ps", time.busy.count()},
                   {"slowed_ps", time.slowed.count()},
                   {"lost_ps", time.lost.count()},
                   {"copying_ps", time.copying.count()},
                   {"waiting_ps", waiting},
                   {"energy_nj", energy(analysis.consumption.processors[id]).value}});
  }
  return all;
}

Json engines(const WorkloadRun& run, const Analysis& analysis) {
  Json all = Json::array();
  for (const EngineId id : ids<EngineId>(run.hardware.engines().size())) {
    const auto total = [&](const Series& series) {
      return static_cast<std::int64_t>(series.integral(Time{0}, run.until));
    };
    all.push_back({{"name", run.hardware.engines()[id].name},
                   {"busy_ps", total(analysis.activity.serving[id])},
                   {"queue_ps", total(analysis.activity.queue[id])},
                   {"longest_queue", analysis.activity.queue[id].peak()}});
  }
  return all;
}

Json channels(const WorkloadRun& run, const Analysis& analysis) {
  Json all = Json::array();
  const ChannelOwners owners = owners_of(run.hardware);
  for (const ChannelId id : ids<ChannelId>(run.hardware.channels().size())) {
    const Channel& channel = run.hardware.channels()[id];
    Json one{{"name", channel.name}};
    if (const auto* link = std::get_if<LinkId>(&owners[id])) {
      one["link"] = run.hardware.links()[*link].name;
    } else {
      one["memory"] = run.hardware.memories()[std::get<MemoryId>(owners[id])].name;
    }
    const Time makespan = run.until;
    one["capacity_bytes_per_s"] = channel.capacity.value;
    one["sent_bytes"] = analysis.traffic.sent[id].value;
    one["used_percent"] = percent_of(analysis.traffic.rate[id].integral(Time{0}, makespan),
                                     static_cast<Wide>(channel.capacity.value) * makespan.count());
    all.push_back(std::move(one));
  }
  return all;
}

Json path(const WorkloadRun& all, const Analysis& analysis) {
  Json steps = Json::array();
  for (const PathStep& step : analysis.path) {
    const PlanRun& run = all.requests[step.request];
    Json one;
    if (all.several) one["request"] = step.request;
    if (step.layer) {
      one["layer"] = run.network.layer(*step.layer).name;
      one["on"] = run.processor(*step.layer).name;
    } else if (step.leg) {
      const LegSpan& leg = run.timeline.legs[*step.leg];
      const Leg* route = run.route_leg(leg);
      one["tensor"] = run.tensor(leg).name;
      one["to"] =
          run.hardware.memories()[route != nullptr ? route->dst : run.transfer(leg).dst].name;
    }
    if (step.away) one["away"] = run.hardware.processors()[*step.away].name;
    one["from_ps"] = step.from.count();
    one["until_ps"] = step.until.count();
    one["began"] = to_string(step.began);
    steps.push_back(std::move(one));
  }
  return steps;
}

// Only of several.
Json requests(const WorkloadRun& run, const Analysis& analysis) {
  const LatencyTime& latency = analysis.latency;
  Json parts;
  for (std::size_t i = 0; i < kCauses.size(); ++i) {
    if (static_cast<Cause>(i) != Cause::Done) parts[kCauses[i]] = latency.parts[i].count();
  }
  return {{"known", run.requests.size()},
          {"whole", run.whole},
          {"done", latency.requests},
          {"latency_ps", latency.total.count()},
          {"latency_parts_ps", std::move(parts)}};
}

template <class Id, class Spec>
Json energies(const IdVector<Id, Spec>& specs, const IdVector<Id, Consumed>& parts) {
  Json all = Json::array();
  for (const Id id : ids<Id>(specs.size())) {
    all.push_back({{"name", specs[id].name}, {"energy_nj", energy(parts[id]).value}});
  }
  return all;
}

Json to_json(const std::vector<Signal>& series) {
  Json all = Json::array();
  for (const Signal& signal : series) {
    Json points = Json::array();
    for (const Series::Point& point : signal.values.points()) {
      points.push_back({point.at.count(), point.value});
    }
    all.push_back({{"group", signal.group},
                   {"name", signal.name},
                   {"unit", signal.unit},
                   {"points", std::move(points)}});
  }
  return all;
}

}  // namespace

std::string to_json(const WorkloadRun& run, const Analysis& analysis,
                    const std::vector<Signal>& series) {
  const Time makespan = run.until;
  Json out;
  out["analysis"] = 1;
  out["origin"] = to_string(run.origin());
  out["network"] = run.network.name();
  out["machine"] = run.hardware.name();
  out["method"] = run.requests.front().plan.method();
  out["makespan_ps"] = makespan.count();
  out["rates"] = analysis.traffic.exact ? "exact" : "average";
  if (run.several) out["requests"] = requests(run, analysis);
  out["processors"] = processors(run, analysis);
  out["engines"] = engines(run, analysis);
  out["channels"] = channels(run, analysis);
  out["memories"] = Json::array();
  for (const MemoryId id : ids<MemoryId>(run.hardware.memories().size())) {
    out["memories"].push_back({{"name", run.hardware.memories()[id].name},
                               {"capacity_bytes", run.hardware.memories()[id].capacity.value},
                               {"peak_bytes", analysis.activity.held[id].peak()},
                               {"energy_nj", energy(analysis.consumption.memories[id]).value}});
  }
  const Consumption& consumption = analysis.consumption;
  out["links"] = energies(run.hardware.links(), consumption.links);
  out["switches"] = energies(run.hardware.switches(), consumption.switches);
  out["energy_nj"] = energy(consumption.total).value;
  out["energy_by_kind_nj"] = {{"processors", energy(consumption.processors).value},
                              {"memories", energy(consumption.memories).value},
                              {"links", energy(consumption.links).value},
                              {"switches", energy(consumption.switches).value}};
  out["average_power_mw"] = average_power(consumption.total, makespan).value;
  out["peak_power_mw"] = consumption.total.power.peak();
  out["critical_path"] = path(run, analysis);
  out["path_parts"] = Json::array();
  for (const PartTime& part : analysis.parts) {
    out["path_parts"].push_back(
        {{"part", name_of(part.part, run.hardware)}, {"time_ps", part.time.count()}});
  }
  out["what_if"] = Json::array();
  const Time now = analysis.what_if_now.value_or(makespan);
  for (const WhatIf& each : analysis.what_ifs) {
    out["what_if"].push_back(
        {{"change", each.change.what},
         {run.several ? analysis.what_if_of + "_ps" : "makespan_ps", each.time.count()},
         {"saves_percent", percent_of((now - each.time).count(), now.count())}});
  }
  if (!series.empty()) out["series"] = to_json(series);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace partita
