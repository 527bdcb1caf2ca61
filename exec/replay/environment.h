// Where and with what something was measured.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "exec/worker/surroundings.h"

namespace partita::exec {

struct Environment {
  struct Processor {
    std::string name, description;  // of the machine file; of the device
    std::string computes;           // "oneDNN 2.6.3"
    std::string isa;                // its cap; empty: none
    int core = -1;                  // -1: not pinned
  };
  Surroundings before;
  std::array<double, 3> load_after{};
  std::string topology;  // empty: the workers run elsewhere, where nobody knows
  std::vector<Processor> processors;
};

}  // namespace partita::exec
