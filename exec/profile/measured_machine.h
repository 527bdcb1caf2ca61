// A machine description with numbers from a profile.
#pragma once

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/predict/profile.h"

namespace partita::exec {

// Model: for each processor: peak = the fastest layer's rate; efficiency of a family = its layers'
//   flops over their time at that peak; bandwidth = the most traffic over time of any layer (a
//   ceiling, caches included); set-up and bandwidth of its copies from  time = set-up + size /
//   bandwidth  over the copy rows, by least squares of the relative error. What the profile says
//   nothing about stays.
// Left out: launch overheads and what processors do to each other (calibration finds them).
HardwareParts measured_machine(const Network& network, const Hardware& before,
                               const Profile& profile);

}  // namespace partita::exec
