// Load from a trace: what others did on a machine over time.
#pragma once

#include <filesystem>

#include "models/hardware/hardware.h"

namespace partita {

// A CSV file with a header:
//
//   time,part,what,value
//   0 s,pcie0,traffic,6 GB/s
//   1.5 ms,gpu1,lost,true
//   2 ms,pcie0,traffic,0 B/s
//   4 ms,gpu1,lost,false
//
// From `time` on, `what` on `part` is `value`, until a later row says something else; times ascend.
//   traffic            of a memory, or each way of a link: a bandwidth
//   forward, backward  of a link, one way: a bandwidth, beside what `traffic` says
//   share, slowdown, lost  of a processor, as in a machine file; share 0, slowdown 1: nothing
//
// The machine with this beside what its file says already. Throws ConfigError with all mistakes.
Hardware with_load_trace(const Hardware& hardware, const std::filesystem::path& file);

}  // namespace partita
