// Who does what over time: processors, engines, memories, power.
#pragma once

#include "models/analysis/plan_run.h"
#include "models/timeline/series.h"

namespace partita {

// Model: read off the spans of a timeline, so it holds for measured ones as well. A memory's
//   account follows rule 6 of the contract (models/evaluate/evaluate.h). A processor takes `idle`
//   always and `active` instead while it runs a layer or copies.
// Left out: power of memories, links and engines.
struct Activity {
  IdVector<ProcessorId, Series> running;     // layers at once, those that were lost as well
  IdVector<ProcessorId, Series> copying;     // copies that it makes by itself: 0 or 1
  IdVector<EngineId, Series> serving;        // legs from taking up to the last byte sent
  IdVector<EngineId, Series> queue;          // legs that wait for the engine
  IdVector<ProcessorId, Series> copy_queue;  // legs that wait for a processor to copy them
  IdVector<MemoryId, Series> held;           // bytes
  IdVector<ProcessorId, Series> power;       // mW, until the makespan
  Series total_power;
};

Activity activity_of(const PlanRun& run);

// Integral of a power over time, in nanojoules, rounded down.
Energy energy(const Series& power, Time until);

}  // namespace partita
