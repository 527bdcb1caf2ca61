// What this computer is made of, in a line.
#pragma once

#include <string>

namespace partita::exec {

// "1 package, 2 cores, 4 hardware threads, 1 NUMA node; 2 L2 of 1.0 MiB, 1 L3 of 32.0 MiB", as hwloc finds it.
std::string topology_in_words();

}  // namespace partita::exec
