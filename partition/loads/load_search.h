// Searches the assignment whose largest load is least.
#pragma once

#include <variant>
#include <vector>

#include "partition/loads/load_model.h"
#include "partition/methods/methods.h"

namespace partita::loads {

struct LoadSolution {
  Assignment assignment;
  std::int64_t value = 0;  // ticks
};

// Simulated annealing with re-heating (Kirkpatrick, Gelatt, Vecchi, Science 220, 1983) in cycles that
// grow, each from the best so far or from nothing.
//
// Model: a state's price is  sum over resources of (load / best value)^p  with a p that grows from
//   cycle to cycle: the largest load alone would hide every move that does not touch it. Moves: one
//   item, two that change places, a connected block, a run of items along the graph. Where the model is
//   `ordered`, an item takes along those that must not stay behind, so every state keeps the order.
//   Bytes beyond capacities cost more the longer they are there.
// `steps` counts moves; `progress` is called now and then with values in ticks. Same seed and steps:
// the same assignment. Never worse than the best of `starts` that fits. Infeasible: no assignment that fits the memories
// was found (which is no proof).
std::variant<LoadSolution, Infeasible> search_loads(const LoadModel& model,
                                                    const SearchOptions& options,
                                                    const std::vector<Assignment>& starts = {});

}  // namespace partita::loads
