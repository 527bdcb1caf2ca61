#include "partition/calls/least_call.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <limits>

namespace partita::calls {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
struct Arc {
  std::int64_t capacity = 0, residual = 0;
  Traits::edge_descriptor reverse;
};
struct Vertex {
  boost::default_color_type colour{};
  long distance = 0;
  Traits::edge_descriptor predecessor;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex, Arc>;

constexpr std::int64_t kForbidden = std::int64_t{1} << 60;

}  // namespace

// Vertices: each node (source side: in the call), and for each node that sends anything one that
// has to be on the source side if the output leaves, one that has to be if it enters.
struct LeastCall::Cut {
  explicit Cut(const CallModel& model) : graph(3 * model.nodes.size() + 2) {
    const std::size_t count = model.nodes.size();
    for (const NodeId id : ids<NodeId>(count)) {
      const CallModel::Node& node = model.nodes[id];
      const std::size_t at = index(id);
      from_source.push_back(add(source(), at, 0));
      to_sink.push_back(add(at, sink(), 0));
      if (node.send == 0 || node.after.empty()) continue;
      add(at, count + at, node.send);      // leaves: inside, and not all consumers
      add(2 * count + at, at, node.send);  // enters: outside, and not no consumer
      for (const NodeId next : node.after) {
        add(count + at, index(next), kForbidden);
        add(index(next), 2 * count + at, kForbidden);
      }
    }
  }
  std::size_t source() const { return num_vertices(graph) - 2; }
  std::size_t sink() const { return num_vertices(graph) - 1; }
  Traits::edge_descriptor add(std::size_t from, std::size_t to, std::int64_t capacity) {
    const auto there = add_edge(from, to, graph).first, back = add_edge(to, from, graph).first;
    graph[there] = {capacity, 0, back};
    graph[back] = {0, 0, there};
    return there;
  }
  std::int64_t run() {
    return boost::boykov_kolmogorov_max_flow(
        graph, get(&Arc::capacity, graph), get(&Arc::residual, graph), get(&Arc::reverse, graph),
        get(&Vertex::predecessor, graph), get(&Vertex::colour, graph),
        get(&Vertex::distance, graph), get(boost::vertex_index, graph), source(), sink());
  }

  Graph graph;
  std::vector<Traits::edge_descriptor> from_source, to_sink;  // by node
};

LeastCall::LeastCall(const CallModel& model)
    : model_(model), host_only_(model.nodes.size()), cut_(std::make_unique<Cut>(model)) {
  const std::size_t count = model.nodes.size();
  ancestors_.assign(count, NodeSet(count));
  descendants_.assign(count, NodeSet(count));
  for (const NodeId id : ids<NodeId>(count)) {
    host_only_[index(id)] = !model.nodes[id].accelerator;
    ancestors_[id].set(index(id));
    for (const NodeId before : model.nodes[id].before) ancestors_[id] |= ancestors_[before];
  }
  for (std::size_t at = count; at-- > 0;) {
    const auto id = NodeId(at);
    descendants_[id].set(at);
    for (const NodeId after : model.nodes[id].after) descendants_[id] |= descendants_[after];
  }
}

LeastCall::~LeastCall() = default;

NodeSet LeastCall::hull(const NodeSet& nodes) const {
  NodeSet above = none(), below = none();
  for (auto at = nodes.find_first(); at != NodeSet::npos; at = nodes.find_next(at)) {
    above |= ancestors_[NodeId(at)];
    below |= descendants_[NodeId(at)];
  }
  return above & below;
}

bool LeastCall::can_be_call(const NodeSet& hull, const NodeSet& unwanted) const {
  if (hull.intersects(unwanted) || hull.intersects(host_only_)) return false;
  std::int64_t size = 0;
  for (auto at = hull.find_first(); at != NodeSet::npos; at = hull.find_next(at))
    size += model_.nodes[NodeId(at)].size;
  return size <= model_.capacity;
}

std::optional<std::int64_t> LeastCall::duration(const NodeSet& wanted, const NodeSet& unwanted) {
  NodeSet above = none(), below = none();
  for (auto at = wanted.find_first(); at != NodeSet::npos; at = wanted.find_next(at)) {
    above |= ancestors_[NodeId(at)];
    below |= descendants_[NodeId(at)];
  }
  const NodeSet inside = above & below;
  if (!can_be_call(inside, unwanted)) return std::nullopt;
  Graph& graph = cut_->graph;
  for (const NodeId id : ids<NodeId>(model_.nodes.size())) {
    const std::size_t at = index(id);
    const NodeSet with = (above | ancestors_[id]) & (below | descendants_[id]);
    const bool out = !inside[at] && !can_be_call(with, unwanted);
    graph[cut_->from_source[at]].capacity = inside[at] ? kForbidden : 0;
    graph[cut_->to_sink[at]].capacity = out ? kForbidden : model_.nodes[id].accelerator.value_or(0);
  }
  return cut_->run();
}

}  // namespace partita::calls
