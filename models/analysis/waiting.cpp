#include "models/analysis/waiting.h"

#include <algorithm>
#include <tuple>

namespace partita {
namespace {

struct Start {
  Time at{0};
  std::size_t request = 0;
  LayerId layer{};
  bool again = false;  // it was lost: the last time
};

// Of layers on each processor, by time; of one instant, of the oldest request, then in plan order.
// Where a layer that was lost stands, others waited their turn behind its first start.
IdVector<ProcessorId, std::vector<Start>> starts_of(const WorkloadRun& run) {
  IdVector<ProcessorId, std::vector<Start>> all(run.hardware.processors().size());
  for (const ProcessorId id : ids<ProcessorId>(all.size())) {
    for (std::size_t i = 0; i < run.requests.size(); ++i) {
      for (const LayerId layer : run.requests[i].plan.order(id)) {
        const PlanRun& one = run.requests[i];
        const Time first = one.first_start(layer), last = one.span(layer).start;
        all[id].push_back({first, i, layer});
        if (first < last) all[id].push_back({last, i, layer, true});
      }
    }
    std::stable_sort(all[id].begin(), all[id].end(),
                     [](const Start& a, const Start& b) { return a.at < b.at; });
  }
  return all;
}

}  // namespace

IdVector<ProcessorId, ProcessorTime> waiting_of(const WorkloadRun& run, const Activity& activity,
                                                const Traffic& traffic) {
  const Lineage lineage(run, traffic);
  const Away away(run);
  const Time end = run.until;
  const IdVector<ProcessorId, std::vector<Start>> starts = starts_of(run);
  IdVector<ProcessorId, ProcessorTime> times(run.hardware.processors().size());
  for (const ProcessorId id : ids<ProcessorId>(times.size())) {
    const std::int64_t streams = run.hardware.processors()[id].streams;
    const auto worked = [](const Series& series, Time from, Time until) {
      return Time{static_cast<std::int64_t>(series.integral(from, until))};
    };
    const auto free = [&](Time from, Time until) {
      return (until - from) * streams - worked(activity.running[id], from, until) -
             worked(activity.copying[id], from, until) * streams;
    };
    ProcessorTime& time = times[id];
    time.busy = worked(activity.running[id], Time{0}, end);
    time.copying = worked(activity.copying[id], Time{0}, end) * streams;
    const auto waits = [&](Time from, Time until, Cause cause) {
      until = std::min(until, end);
      if (from >= until) return;
      away.split(id, from, until, [&](Time begin, Time stop, bool is_away) {
        const Cause why = is_away && cause != Cause::Done ? Cause::Others : cause;
        time.waiting[static_cast<std::size_t>(why)] += free(begin, stop);
      });
    };
    for (const PlanRun& one : run.requests) {
      for (const Interruption& each : one.timeline.interrupted) {
        if (each.processor != id || !each.layer) continue;
        time.lost += std::max(Time{0}, std::min(each.lost, end) - each.start);
      }
    }
    Time since{0};
    for (const Start& next : starts[id]) {
      if (since >= end) break;
      if (next.again) {
        waits(since, next.at, Cause::Others);
        since = std::max(since, next.at);
        continue;
      }
      time.slowed += traffic.requests[next.request].layers[next.layer].total();
      if (since < next.at && free(since, std::min(next.at, end)) > Time{0}) {
        lineage.walk(next.request, next.layer, since, [&](Time from, Time until, Cause cause) {
          waits(std::max(from, since), until, cause);
        });
      }
      since = std::max(since, next.at);
    }
    waits(since, end, run.whole ? Cause::Done : Cause::Requests);
  }
  return times;
}

LatencyTime latency_of(const WorkloadRun& run, const Traffic& traffic) {
  const Lineage lineage(run, traffic);
  LatencyTime all;
  for (std::size_t i = 0; i < run.requests.size(); ++i) {
    const PlanRun& request = run.requests[i];
    if (request.timeline.makespan > run.until) continue;
    ++all.requests;
    all.total += request.timeline.makespan - request.arrival;
    lineage.walk(i, [&](Time from, Time until, Cause cause) {
      all.parts[static_cast<std::size_t>(cause)] += until - std::max(from, request.arrival);
    });
  }
  return all;
}

}  // namespace partita
