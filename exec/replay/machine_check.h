// Whether a machine can be had on this computer.
#pragma once

#include "exec/host/computer.h"
#include "models/hardware/hardware.h"

namespace partita::exec {

// Throws ConfigError that lists all that stands in the way: processors without `execution`, other
// backends, caps and cores that this computer has not, streams, DMA engines, processors that share
// a memory.
void check_executable(const Hardware& hardware, const Computer& computer);

// Groups of processors whose workers share a core, as sentences; empty where each has its own.
std::vector<std::string> shared_cores(const Hardware& hardware);

}  // namespace partita::exec
