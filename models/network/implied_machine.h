// The machine that a costed graph speaks of when nobody describes one.
#pragma once

#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita {

// One processor for each column of the given times, each with a memory and a DMA engine of its own,
// every two memories joined by a link.
//
// Model: 1 PB/s everywhere, no latency, no set-up, no launch overhead; memories hold anything.
// Left out: contention. Whoever wants it describes a machine.
// Precondition: network.given_times().
HardwareParts implied_machine(const Network& network);

}  // namespace partita
