// How fast a core runs at the moment.
#pragma once

#include <cstdint>

namespace partita::exec {

// Nanoseconds that a chain of multiplications takes on this thread's core, each waiting for the one
// before: only the core's clock decides, neither memory nor who else computes on the core. The
// shortest of some, as an interrupt makes one longer; some 20 us in all.
std::int64_t chain_time();

}  // namespace partita::exec
