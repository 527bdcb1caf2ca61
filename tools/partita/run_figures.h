// What one run of a plan comes to, in a few numbers: columns of sweeps.
#pragma once

#include <nlohmann/json.hpp>

#include "models/analysis/energy.h"
#include "models/analysis/plan_run.h"

namespace partita::command {

// Flat. Of the plan: processors_used, copies, copied_bytes (over each leg of their ways),
// reads_in_place. Of the run, each with its origin before it ("simulated_energy_nj"): busiest_busy_ps
// and busiest_busy_share (work of the processor that works most, for each of its streams),
// imbalance_ps (how much more that is than all have on average), peak_memory_bytes and
// peak_memory_share (of the memory that is fullest for its capacity; where peaks are known),
// energy_nj (0: the machine says nothing of power). Names: busiest_processor, fullest_memory.
// Precondition: the run finishes.
nlohmann::ordered_json figures_of(const PlanRun& run);

}  // namespace partita::command
