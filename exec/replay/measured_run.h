// From what the workers recorded to the timeline of one inference, or of several.
#pragma once

#include <vector>

#include "exec/replay/results.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

// A layer or copy was disturbed when the kernel took the core from its thread, or its span is more
// than this times the CPU time that the thread got.
constexpr double kMostWallPerCpu = 1.05;
// A run was disturbed when some worker lost more than this share of the makespan: to others while
// it worked, or because it woke late for what had arrived.
constexpr double kMostLost = 0.01;

// A chain of multiplications that takes longer or shorter by more than this part after the run than
// before it: the core's clock has changed. On a quiet core of one clock chains differ by 0.3 %.
constexpr double kSameClock = 0.02;

// `rans`: of each processor's worker. `shared`: workers share cores, so that lack of CPU time
// tells nothing.
RunResult measured_run(const Network& network, const Hardware& hardware, const Plan& plan,
                       const IdVector<ProcessorId, Ran>& rans, bool shared);

// The same for all requests of a workload of one plan. Each is admitted when rule 8 of the contract
// (evaluate.h) says so; what the workers took to see it is a part of its latency.
StreamResult measured_stream(const Network& network, const Hardware& hardware,
                             const Workload& workload, const IdVector<ProcessorId, Ran>& rans,
                             bool shared);

}  // namespace partita::exec
