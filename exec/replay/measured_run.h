// From what the workers recorded to the timeline of one inference.
#pragma once

#include <vector>

#include "exec/replay/replay.h"
#include "exec/worker/protocol.h"

namespace partita::exec {

// A span during which the thread got less of its core than this was disturbed.
constexpr double kMostWallPerCpu = 1.05;

// `records`: of each processor's worker. `shared`: workers share cores, so that lack of CPU time tells nothing.
RunResult measured_run(const Network& network, const Hardware& hardware, const Plan& plan,
                       const IdVector<ProcessorId, std::vector<Record>>& records, bool shared);

}  // namespace partita::exec
