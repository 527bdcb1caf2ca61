#include "tests/partition/instances/call_graph.h"

#include <cmath>
#include <utility>

namespace partita::test {

OperatorCalls calls_of(const OperatorGraph& graph) {
  OperatorCalls result;
  calls::CallModel& model = result.model;
  const std::int64_t ticks = model.ticks = ticks_for(graph);
  const auto scaled = [&](double time) {
    return static_cast<std::int64_t>(std::llround(time * static_cast<double>(ticks)));
  };
  model.accelerators = static_cast<std::uint32_t>(graph.accelerators);
  model.capacity = static_cast<std::int64_t>(std::floor(graph.capacity));
  result.node.resize(graph.nodes.size());
  for (const std::size_t at : topological(graph)) {
    const OperatorGraph::Node& from = graph.nodes[at];
    calls::CallModel::Node node{.name = from.id,
                                .host = scaled(from.cpu),
                                .accelerator = std::nullopt,
                                .send = scaled(from.send),
                                .size = static_cast<std::int64_t>(std::ceil(from.size)),
                                .before = {},
                                .after = {}};
    if (from.accelerator) node.accelerator = scaled(*from.accelerator);
    result.node[at] = model.nodes.push_back(std::move(node));
  }
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    for (const std::size_t next : graph.nodes[at].successors) {
      model.nodes[result.node[at]].after.push_back(result.node[next]);
      model.nodes[result.node[next]].before.push_back(result.node[at]);
    }
  }
  return result;
}

}  // namespace partita::test
