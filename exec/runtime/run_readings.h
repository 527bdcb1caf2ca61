// What one run says to a policy.
#pragma once

#include <vector>

#include "models/timeline/timeline.h"
#include "partition/runtime/policy.h"

namespace partita::exec {

// `timeline`, `plan` and `hardware` are of a part of the machine; `in_whole`: its processors there.
// Layers start, from the beginning of the run, when what was measured did: with the copies that their
// processor made for them (models/timeline/time_spent.h).
std::vector<LayerReading> layer_readings(const Timeline& timeline, const Network& network,
                                         const Hardware& hardware, const Plan& plan,
                                         const std::vector<ProcessorId>& in_whole,
                                         std::uint32_t input_class);
std::vector<CopyReading> copy_readings(const Timeline& timeline, const Hardware& hardware,
                                       const Plan& plan, std::uint32_t input_class);

}  // namespace partita::exec
