// Who does what over time: processors, engines, memories.
#pragma once

#include "models/analysis/plan_run.h"
#include "models/timeline/series.h"

namespace partita {

// Model: read off the spans of a timeline, so it holds for measured ones as well. Legs that are one
//   copy count once. A memory's account follows rule 6 of the contract (models/evaluate/evaluate.h).
//   Until what is known of the run ends.
struct Activity {
  IdVector<ProcessorId, Series> running;     // layers at once, those that were lost as well
  IdVector<ProcessorId, Series> copying;     // copies that it makes by itself: 0 or 1
  IdVector<EngineId, Series> serving;        // legs from taking up to the last byte sent
  IdVector<EngineId, Series> queue;          // legs that wait for the engine
  IdVector<ProcessorId, Series> copy_queue;  // legs that wait for a processor to copy them
  IdVector<MemoryId, Series> held;           // bytes
};

Activity activity_of(const WorkloadRun& run);

}  // namespace partita
