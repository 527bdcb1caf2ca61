// Where the time of a run went, in a few tables for people.
#pragma once

#include "models/analysis/analysis.h"

namespace partita::command {

// Who was busy and who waited for what; engines, links, memories; energy; the critical path, the
// bottleneck, and what would shorten the run. Rows and columns of nothing are left out.
void print_analysis(const PlanRun& run, const Analysis& analysis);

}  // namespace partita::command
