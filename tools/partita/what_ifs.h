// What a better machine would save, each change of it really simulated.
#pragma once

#include "models/analysis/analysis.h"

namespace partita::command {

// The changes that are worth most; `now` and `trial`: try_changes(). Several are simulated at once.
std::vector<WhatIf> what_ifs(const WorkloadRun& run, const Analysis& analysis, Time now,
                             const Trial& trial);

}  // namespace partita::command
