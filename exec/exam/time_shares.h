// What the makespan of one run is made of, so that two runs of a plan can be compared.
#pragma once

#include "models/analysis/plan_run.h"

namespace partita::exec {

// Along the critical path, in seconds; the sum is the makespan.
struct TimeShares {
  double compute = 0;   // layers
  double copies = 0;    // legs of transfers, and until an engine begins them
  double overhead = 0;  // launches
  double waiting = 0;   // nothing that the timeline knows

  TimeShares& operator+=(const TimeShares& other);
};
TimeShares operator-(const TimeShares& a, const TimeShares& b);

// Model: a predicted layer contains its launch overhead, a measured one comes after it; there a gap
//   before a layer is overhead as far as the machine's launch overhead goes, else waiting.
TimeShares shares_of(const PlanRun& run);

}  // namespace partita::exec
