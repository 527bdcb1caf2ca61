// A machine description with numbers from a profile.
#pragma once

#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/predict/profile.h"

namespace partita::exec {

// Model: for each processor: peak = the fastest layer's rate; efficiency of a family = its layers'
//   flops over their time at that peak; bandwidth = the most traffic over time of any layer (a
//   ceiling, caches included); launch overhead = what lies between two layers. Its copies take
//   set-up + size / bandwidth, by least squares of the relative error over the copies that were
//   made alone, or follow regimes where these are closer to them (copy_fit.h). Of each package:
//   slowdown = the time of its layers while others compute over their time alone. What the profile
//   says nothing about stays.
// Left out: how layers of different kinds slow each other down, and copies at once.
HardwareParts measured_machine(const Network& network, const Hardware& before,
                               const Profile& profile);
HardwareParts measured_machine(const std::vector<const Network*>& networks, const Hardware& before,
                               const Profile& profile);

}  // namespace partita::exec
