// Switches that add up what passes them, in terms of parts that a machine has anyway.
//
// Model: a memory behind the switch, a link to it as wide as all other links of the switch
//   together, and a processor on it that takes operands / rate for each sum, one at a time. Sums
//   leave by an engine of its own, to all participants at once, without set-up.
// Left out: how little it can hold (senders are not held back); its latency; that in NVLink SHARP
//   the GPUs' kernels read sums and write them to all through the switch: one rank's share more
//   each way.
#pragma once

#include <map>
#include <set>

#include "models/hardware/hardware.h"

namespace partita {

// The same machine with a unit at each of these switches, which have a reduction. What was there
// keeps its number; `units` gets the new processors.
Hardware with_reduction_units(const Hardware& hardware, const std::set<SwitchId>& switches,
                              std::map<SwitchId, ProcessorId>& units);

}  // namespace partita
