// What many runs of one plan say together.
#pragma once

#include <vector>

#include "exec/replay/replay.h"

namespace partita::exec {

// Of the clean runs, or of all where none is clean.
// Precondition: at least one run. Left out: preparation and environment.
ReplayResult summed_up(std::vector<RunResult> runs, const RepeatOptions& options);

// Whether the median of the clean runs is known as well as is wanted.
bool is_narrow(const std::vector<RunResult>& runs, double half_width);

}  // namespace partita::exec
