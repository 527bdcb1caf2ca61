// The best split into contiguous parts, exactly.
#pragma once

#include <cstddef>
#include <variant>

#include "partition/loads/load_search.h"

namespace partita::loads {

// The graph has more downsets than were asked for.
struct TooLarge {
  std::size_t downsets = 0;
};

// Dynamic programming over downsets (Tarnawski et al., "Efficient Algorithms for Device Placement of
// DNN Graph Operators", NeurIPS 2020, section 5.1).
//
// Model: each device takes the difference of two downsets D(i) inside D(i+1) of the graph of `arcs`, so no
//   path leaves a device and comes back:  best(D, used devices) = min over downsets C inside D and
//   devices d of  max(best(C, used without d), load of d with D \ C).
//   Items that wait for each other in a circle go together. Devices that cost the same are told apart by
//   their number only.
// Infeasible: no such split fits the memories.
// Preconditions: is_separable(model); where the model is `ordered`, all devices cost the same.
std::variant<LoadSolution, Infeasible, TooLarge> best_contiguous(
    const LoadModel& model, std::size_t most_downsets = 200'000);

// Whether the load of each device depends on its own items only, not on where the others are, and what
// these need of its memory is their sum: each has
// one resource and a place of its own, and pays for what it sends (`once`) and gets (`each`), whoever
// sends it.
bool is_separable(const LoadModel& model);

}  // namespace partita::loads
