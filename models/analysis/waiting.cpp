#include "models/analysis/waiting.h"

#include <algorithm>

namespace partita {

IdVector<ProcessorId, ProcessorTime> waiting_of(const PlanRun& run, const Activity& activity,
                                                const Traffic& traffic) {
  const Lineage lineage(run, traffic);
  const Away away(run);
  const Time makespan = run.timeline.makespan;
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
    time.busy = worked(activity.running[id], Time{0}, makespan);
    time.copying = worked(activity.copying[id], Time{0}, makespan) * streams;
    const auto waits = [&](Time from, Time until, Cause cause) {
      away.split(id, from, until, [&](Time begin, Time end, bool is_away) {
        const Cause why = is_away && cause != Cause::Done ? Cause::Others : cause;
        time.waiting[static_cast<std::size_t>(why)] += free(begin, end);
      });
    };
    for (const Interruption& each : run.timeline.interrupted) {
      if (each.processor == id && each.layer) time.lost += each.lost - each.start;
    }
    Time since{0};
    for (const LayerId layer : run.plan.order(id)) {
      time.slowed += traffic.layers[layer].total();
      const Time start = run.span(layer).start;
      if (since < start && free(since, start) > Time{0}) {
        lineage.walk(layer, since, [&](Time from, Time until, Cause cause) {
          waits(std::max(from, since), until, cause);
        });
      }
      since = std::max(since, start);
    }
    waits(since, makespan, Cause::Done);
  }
  return times;
}

}  // namespace partita
