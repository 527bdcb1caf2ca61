// The latency problem on a published operator graph.
#pragma once

#include "partition/calls/call_model.h"
#include "tests/partition/instances/operator_graph.h"

namespace partita::test {

// Colours are left out: they bind forward to backward nodes when a network is trained, and the
// published latencies of inference (bert_l-3: 408.47 ms) are out of reach with them (no placement
// is below 664).
struct OperatorCalls {
  calls::CallModel model;
  std::vector<calls::NodeId> node;  // of each node of the graph
};
OperatorCalls calls_of(const OperatorGraph& graph);

}  // namespace partita::test
