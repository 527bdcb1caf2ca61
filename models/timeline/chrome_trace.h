// Timelines as a Chrome trace (JSON "Trace Event Format"), for ui.perfetto.dev or chrome://tracing.
#pragma once

#include <string>
#include <vector>

#include "models/timeline/series.h"
#include "models/timeline/workload.h"

namespace partita {

// References are kept for the call only.
struct NamedTimeline {
  std::string name;  // "simulated, heft"
  const Timeline& timeline;
  const Network& network;
  const Hardware& hardware;
  const Plan& plan;
  std::vector<Signal> signals = {};  // drawn as counters below
};

// Several timelines side by side, each a process of its own: one thread for each stream of a
// processor and for each engine, arrows from a producer over the legs of its transfers to the
// consumers. What was lost with its processor, and what others did, stands there too. Times are
// microseconds with all picoseconds kept as their fraction. Transfers of given time, which occupy
// nothing, are asynchronous slices.
std::string chrome_trace(const std::vector<NamedTimeline>& timelines);

// References are kept for the call only.
struct TracedRequest {
  std::size_t number = 0;
  RequestSpan span;
  const Timeline& timeline;
  const Plan& plan;
};

// Requests of one workload in one process, on the same threads; each is an asynchronous slice, too,
// from its arrival to its finish. Signals are drawn as counters below.
std::string chrome_trace(const std::string& name, const std::vector<TracedRequest>& requests,
                         const Network& network, const Hardware& hardware,
                         const std::vector<Signal>& signals = {});

// What was decided, at an instant.
struct TracedDecision {
  Time when{0};
  std::string what, why;
};

// All requests and relocations of a workload; `timelines` by number, of those that are done. Of
// cancelled ones, what has ended or was lost is drawn. Moves of weights are of a category of their
// own, decisions a thread of their own.
std::string chrome_trace(const std::string& name, const WorkloadTimeline& record,
                         const std::vector<Timeline>& timelines,
                         const std::vector<const Network*>& variants, const Hardware& hardware,
                         const Workload& workload, const std::vector<Signal>& signals = {},
                         const std::vector<TracedDecision>& decisions = {});

}  // namespace partita
