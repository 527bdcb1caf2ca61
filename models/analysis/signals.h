// What happens over time, as named series for viewers.
#pragma once

#include <vector>

#include "models/analysis/energy.h"

namespace partita {

// Layers at once of each processor; what engines serve and their queues; rates of links and
// memories and what memories hold; power of each part and of all. Series that are zero throughout
// are left out.
std::vector<Signal> signals_of(const Hardware& hardware, const Activity& activity,
                               const Traffic& traffic, const Consumption& consumption);

}  // namespace partita
