// What a plan must keep to, beside the machine's own limits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/base/ids.h"

namespace partita {

// Where layers may run is no constraint of its own: entries of the cost table that are absent say
// so to every method and bound alike (problem.h).
struct Constraints {
  // Layers of a group run on one processor. Groups are disjoint, each of at least two layers.
  std::vector<std::vector<LayerId>> together;
  // No path leaves a processor's layers and comes back to them.
  bool contiguous = false;
  // Of all layer time (launch overheads included), the part that a processor must and may take; empty, or one for each.
  struct Share {
    double least = 0, most = 1;
  };
  IdVector<ProcessorId, Share> shares;

  bool none() const { return together.empty() && !contiguous && shares.empty(); }
};

}  // namespace partita
