// Searches the placement of least latency.
#pragma once

#include <vector>

#include "partition/calls/call_model.h"
#include "partition/methods/methods.h"

namespace partita::calls {

struct CallSolution {
  Placement placement;
  std::int64_t value = 0;  // ticks
};

// Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 220, 1983) in cycles of growing
// length, in turn from the best so far and from each start.
//
// Model: a state's price is its latency, and for bytes beyond capacities as much as they are a
//   part of a capacity; a placement where a part waits for itself is no state. Moves: a node with
//   those that feed it alone, or a run of nodes along the network, to where a neighbour is, or
//   anywhere.
// `steps` counts placements evaluated; `progress` is called now and then with values in ticks;
// same seed and steps: the same placement. Never worse than the best start that fits, nor than the
// host alone.
CallSolution search_calls(const CallModel& model, const SearchOptions& options,
                          const std::vector<Placement>& starts = {});

}  // namespace partita::calls
