// Who must be there for a plan to run.
#pragma once

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita {

// The processor runs layers of the plan, or makes some of its copies by itself (evaluate.h, rule 4).
bool needs(const Plan& plan, ProcessorId processor, const Network& network,
           const Hardware& hardware);

}  // namespace partita
