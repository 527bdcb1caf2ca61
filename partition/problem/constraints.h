// What a plan must keep to, beside the machine's own limits.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/ids.h"
#include "partition/problem/objective.h"

namespace partita {

// Where layers may run is no constraint of its own: entries of the cost table that are absent say
// so to every method and bound alike (problem.h).
struct Constraints {
  // Layers of a group run on one processor. Groups are disjoint, each of at least two layers,
  // ascending.
  std::vector<std::vector<LayerId>> together{};
  // No path leaves a processor's layers and comes back to them.
  bool contiguous = false;
  // Of all layer time (each alone where it runs, launch overheads included), the part that a
  // processor must and may take, in millionths; empty, or one for each.
  static constexpr std::int64_t kWhole = 1'000'000;
  struct Share {
    std::int64_t least = 0, most = kWhole;
  };
  IdVector<ProcessorId, Share> shares{};
  // What a term may be at most, in its own unit (objective.h).
  struct Limit {
    Term term = Term::Latency;
    double most = 0;
  };
  std::vector<Limit> limits{};

  bool none() const { return together.empty() && !contiguous && shares.empty() && limits.empty(); }
};

}  // namespace partita
