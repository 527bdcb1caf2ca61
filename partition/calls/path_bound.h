// A latency that no placement can beat, from paths and how they can be cut into calls.
#pragma once

#include <cstdint>

#include "partition/calls/call_model.h"

namespace partita::calls {

struct CallBound {
  std::int64_t value = 0;  // ticks
  // How the path would have to be cut for that: the host, and calls with everything between the
  // ends. Need not be feasible, but where a good search starts.
  Placement placement;
};

// Model: on a path v1 ... vm the nodes of one accelerator stand side by side, since a path cannot
//   come back to it. So the path is host nodes and at most as many intervals as there are
//   accelerators, one after another, and latency >= sum of host times + sum of LeastCall over
//   intervals (no other node of the path in it). The cheapest cut of the path comes from dynamic
//   programming over (nodes, intervals) and holds for every placement; the best of some long paths
//   counts.
// Left out: that calls of one path share the memory with the rest of the network.
CallBound path_bound(const CallModel& model);

}  // namespace partita::calls
