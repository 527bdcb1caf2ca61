// This computer: what it has, and a heterogeneous machine made of it.
#pragma once

#include <string>
#include <vector>

#include "models/hardware/hardware.h"

namespace partita::exec {

// An instruction-set cap of oneDNN.
struct IsaLevel {
  std::string_view name;     // as in machine files
  std::string_view setting;  // value of ONEDNN_MAX_CPU_ISA
  int f32_lanes;             // of one vector operation
  bool fused;                // multiply-add in one operation
};

// All caps that a machine file can name, weakest first.
const std::vector<IsaLevel>& isa_levels();
const IsaLevel* isa_level_named(std::string_view name);
// Those that this computer's processor has, weakest first.
std::vector<IsaLevel> supported_isa_levels();

struct Computer {
  std::string cpu;         // model name
  std::vector<int> cores;  // that this process may use, ascending
  Bytes memory;
  double clock_ghz = 0;  // nominal; 0 where the system does not tell
};
Computer this_computer();

// Names what was measured: the device's model, what computes on it, and its cap. Measurements under
// different ones must not be mixed.
std::string environment_hash(const std::string& device, const std::string& computes,
                             const std::string& isa);

// Two workers with the strongest cap and a weaker one, each pinned to a core of its own where there
// are two, else both on the one there is. Peaks follow from lanes and clock; bandwidths and set-ups
// are guesses until measured. Where the processor has one level only, both workers get it.
HardwareParts heterogeneous_machine(const Computer& computer);

}  // namespace partita::exec
