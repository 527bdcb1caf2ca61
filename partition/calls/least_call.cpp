#include "partition/calls/least_call.h"

#include "partition/problem/minimum_cut.h"

namespace partita::calls {

// Vertices: each node (source side: in the call), and for each node that sends anything one that
// has to be on the source side if the output leaves, one that has to be if it enters.
struct LeastCall::Cut : MinimumCut {
  explicit Cut(const CallModel& model) : MinimumCut(3 * model.nodes.size()) {
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
        add(count + at, index(next), MinimumCut::kNever);
        add(index(next), 2 * count + at, MinimumCut::kNever);
      }
    }
  }

  std::vector<Arc> from_source, to_sink;  // by node
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
  for (const NodeId id : ids<NodeId>(model_.nodes.size())) {
    const std::size_t at = index(id);
    const NodeSet with = (above | ancestors_[id]) & (below | descendants_[id]);
    const bool out = !inside[at] && !can_be_call(with, unwanted);
    cut_->set(cut_->from_source[at], inside[at] ? MinimumCut::kNever : 0);
    cut_->set(cut_->to_sink[at],
              out ? MinimumCut::kNever : model_.nodes[id].accelerator.value_or(0));
  }
  return cut_->find();
}

}  // namespace partita::calls
