// A processor's part of a plan, and what became of it; known to both ends.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/base/ids.h"

namespace partita::exec {

// A processor's part of a plan.
struct Part {
  std::vector<LayerId> order;
  std::vector<TensorId> inputs;  // of the network, resident from the start and kept from run to run
  std::vector<TensorId> arrivals;  // copied in while the plan runs
  std::vector<TensorId> kept;      // results that somebody reads after the run
};

// Where a tensor lies that others make or read, too: row-major, in memory that all of them reach.
struct Outside {
  TensorId tensor{};
  std::byte* at = nullptr;
};

// What a layer turned into.
struct LayerReport {
  LayerId layer{};
  std::string implementation;  // "jit:avx2", "own", "view"
  bool slow = false;           // works, but far slower than the processor could
  std::string layout;          // of its first result
  std::size_t reorders = 0;    // copies of operands into another layout, within its time
};

}  // namespace partita::exec
