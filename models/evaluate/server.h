// Who copies in the plain evaluator.
#pragma once

#include <cstdint>
#include <optional>

#include "models/evaluate/fluid.h"
#include "models/evaluate/job_queue.h"
#include "models/hardware/hardware.h"

namespace partita::plain {

// Serves legs one at a time: a channel of an engine, or a processor that copies by itself. The
// channels of an engine stand side by side; the first of them has the queue.
struct Server {
  JobQueue queue;
  const EngineSpec* engine = nullptr;
  std::uint32_t first = 0;     // channel of the same engine, who has the queue
  std::uint32_t channels = 1;  // of the engine
  Time setup{0};               // of one descriptor
  Time completion{0};
  std::int64_t cap = kNoCap;  // of the data that it moves
  std::optional<ProcessorId> copier;
  Job job;  // that it serves
  bool busy = false;
  bool moving = false;  // set-up is over
  bool flowing = false;
  bool completing = false;   // the data is over, the completion is not
  bool halted = false;       // it lost its leg, which is to begin again
  std::size_t arriving = 0;  // transfers of the copy whose data is over

  void reset() {
    queue.clear();
    busy = moving = flowing = completing = halted = false;
  }
};

}  // namespace partita::plain
