// Whole plans have the last word on what single spans were fitted to.
#pragma once

#include <vector>

#include "exec/calibrate/observation.h"
#include "models/hardware/hardware.h"

namespace partita::exec {

// Mean over all observations of |predicted - measured| / measured, of makespans, on `hardware`.
// `costs` of the subjects are those on `before`. 0 without observations.
double makespan_error(const Hardware& before, const Hardware& hardware,
                      const std::vector<Subject>& subjects);

// Moves the time scale of each processor, the slowdown of each package and the bandwidth of each
// memory, one at a time and by shrinking factors, as long as that brings the predicted makespans
// closer to the measured ones.
HardwareParts refined(const Hardware& before, HardwareParts parts,
                      const std::vector<Subject>& subjects);

}  // namespace partita::exec
