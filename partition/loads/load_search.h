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
// grow: two hot ones, which forget where they began, then two that begin at the best so far.
//
// Model: a state's price is  sum over resources of (load / best value)^p  with p = 8 or, in the end, 32:
//   the largest load alone would hide every move that does not touch it. Moves: clusters of items
//   (single ones at the end of each cycle), two that change places, a connected block, a run of items
//   along the graph. Where the model is `ordered`, an item takes along those that must not stay behind,
//   so every state keeps the order. Bytes beyond capacities cost more the longer they are there.
// With a limit (ticks): of assignments whose largest load is at most that, one with few arcs between
//   different devices, as an inference that changes its device seldom waits seldom; where none is found
//   that keeps to it, the least largest load. Then three of four cycles begin at the best so far, loads
//   are priced as parts of the limit with p = 32, and each such arc has a price, which changes from
//   cycle to cycle.
// `steps` counts moves; `progress` is called now and then with values in ticks. Same seed and steps: the
// same assignment; of equal ones, the one with the least load altogether. Never worse than the best of
// `starts` that fits. Infeasible: no assignment that fits the memories was found (which is no proof).
std::variant<LoadSolution, Infeasible> search_loads(const LoadModel& model,
                                                    const SearchOptions& options,
                                                    const std::vector<Assignment>& starts = {},
                                                    std::int64_t limit = 0);

}  // namespace partita::loads
