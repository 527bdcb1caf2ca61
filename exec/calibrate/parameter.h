// The numbers of a machine that measurements can change.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/hardware/hardware.h"

namespace partita::exec {

// Clocks drift, and caches are warmer here than there; beyond this something else is wrong.
constexpr double kLeastScale = 0.5, kMostScale = 2;
// Two processors that take turns are half as fast; whoever measures worse measured something else.
constexpr double kWorstSlowdown = 2;

// One of them, in picoseconds, bytes a second, or as a ratio.
struct Parameter {
  std::string path;  // as in the machine file: "processors.cpu0.launch_overhead"
  std::function<double(const HardwareParts&)> get;
  std::function<void(HardwareParts&, double)> set;  // the nearest value that it can have
  std::function<std::string(double)> text;          // for people
};

// Of every processor its launch overhead, copy set-up and time scale; set-ups and completions of DMA
// engines;
// bandwidths of links and memories; slowdowns of packages.
std::vector<Parameter> parameters(const HardwareParts& machine);

}  // namespace partita::exec
