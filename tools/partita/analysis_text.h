// Where the time of a run went, in a few tables for people.
#pragma once

#include "models/analysis/analysis.h"

namespace partita::command {

// Who was busy and who waited for what; engines, links, memories; energy; the critical path, the
// bottleneck, and what would shorten the run; of several requests, what they spend their latency
// with. Rows and columns of nothing are left out.
void print_analysis(const WorkloadRun& run, const Analysis& analysis);

}  // namespace partita::command
