// What one run says to a policy.
#pragma once

#include <vector>

#include "models/timeline/timeline.h"
#include "partition/runtime/policy.h"

namespace partita::exec {

// `timeline`, `plan` and `hardware` are of a part of the machine; `in_whole`: its processors there.
// Layers start as the timeline has it, from the beginning of the run.
std::vector<LayerReading> layer_readings(const Timeline& timeline, const Network& network,
                                         const Hardware& hardware, const Plan& plan,
                                         const std::vector<ProcessorId>& in_whole,
                                         std::uint32_t input_class);
std::vector<CopyReading> copy_readings(const Timeline& timeline, const Hardware& hardware,
                                       const Plan& plan, std::uint32_t input_class);

}  // namespace partita::exec
