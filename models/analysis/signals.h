// What happens over time, as named series for viewers.
#pragma once

#include <vector>

#include "models/analysis/activity.h"
#include "models/analysis/traffic.h"

namespace partita {

// Layers at once and power of each processor; what engines serve and their queues; rates of links
// and memories and what memories hold; power of all. Series that are zero throughout are left out.
std::vector<Signal> signals_of(const PlanRun& run, const Activity& activity,
                               const Traffic& traffic);

}  // namespace partita
