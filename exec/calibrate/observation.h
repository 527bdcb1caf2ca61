// What a machine is calibrated to: plans, and what was measured when they ran.
#pragma once

#include <vector>

#include "models/cost/cost_table.h"
#include "models/plan/plan.h"
#include "models/timeline/timeline.h"

namespace partita::exec {

// References are kept: all must outlive it.
struct Observation {
  const Plan& plan;
  const Timeline& measured;
};

// A network, what its layers cost on the machine before it is calibrated, and runs of it.
struct Subject {
  const Network& network;
  const CostTable& costs;
  std::vector<Observation> observations;
};

}  // namespace partita::exec
