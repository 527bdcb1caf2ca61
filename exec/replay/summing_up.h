// What many runs of the same say together.
#pragma once

#include <vector>

#include "exec/replay/results.h"

namespace partita::exec {

// Precondition of all: at least one run. Left out: preparation and environment.
ReplayResult summed_up(std::vector<RunResult> runs, const RepeatOptions& options);
WorkloadResult summed_up(std::vector<StreamResult> runs, const RepeatOptions& options);

inline Time makespan(const RunResult& run) { return run.timeline.makespan; }
inline Time makespan(const StreamResult& run) { return run.record.makespan; }

// Whether the median of the clean runs is known as well as is wanted.
bool is_narrow(std::vector<Time> clean_makespans, double half_width);

}  // namespace partita::exec
