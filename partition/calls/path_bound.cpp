#include "partition/calls/path_bound.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "partition/calls/least_call.h"

namespace partita::calls {
namespace {

using Path = std::vector<NodeId>;

Path longest_path(const CallModel& model,
                  const std::function<std::int64_t(const CallModel::Node&)>& length) {
  IdVector<NodeId, std::int64_t> sum(model.nodes.size(), 0);
  IdVector<NodeId, NodeId> from(model.nodes.size());
  auto end = NodeId(0);
  for (const NodeId id : ids<NodeId>(model.nodes.size())) {
    from[id] = id;
    for (const NodeId before : model.nodes[id].before) {
      if (from[id] == id || sum[before] > sum[from[id]]) from[id] = before;
    }
    sum[id] = length(model.nodes[id]) + (from[id] == id ? 0 : sum[from[id]]);
    if (sum[id] > sum[end]) end = id;
  }
  Path path{end};
  while (from[path.back()] != path.back()) path.push_back(from[path.back()]);
  std::reverse(path.begin(), path.end());
  return path;
}

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

CallBound cut_path(const CallModel& model, LeastCall& least, const Path& path) {
  const std::size_t count = path.size();
  NodeSet on_path = least.none();
  for (const NodeId id : path) on_path.set(index(id));

  // best[calls][i]: the first i nodes with so many calls; `from`: where the last host node or call
  // began.
  struct Entry {
    std::int64_t value = kNever;
    std::size_t from = 0;
    bool is_call = false;
  };
  std::vector<std::vector<Entry>> best(model.accelerators + 1, std::vector<Entry>(count + 1));
  best[0][0].value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::int64_t> least_of;  // of the intervals that begin here
    NodeSet others = on_path, wanted = least.none();
    for (std::size_t end = i; end < count; ++end) {
      others.reset(index(path[end]));
      wanted.set(index(path[end]));
      const auto duration = least.duration(wanted, others);
      if (!duration) break;  // a longer one holds all of this
      least_of.push_back(*duration);
    }
    for (std::size_t calls = 0; calls <= model.accelerators; ++calls) {
      const std::int64_t before = best[calls][i].value;
      if (before == kNever) continue;
      const auto offer = [&](Entry& entry, std::int64_t value, bool is_call) {
        if (value < entry.value) entry = {value, i, is_call};
      };
      offer(best[calls][i + 1], before + model.nodes[path[i]].host, false);
      for (std::size_t j = 0; j < least_of.size() && calls < model.accelerators; ++j)
        offer(best[calls + 1][i + j + 1], before + least_of[j], true);
    }
  }

  std::size_t calls = 0;
  for (std::size_t some = 1; some < best.size(); ++some) {
    if (best[some][count].value < best[calls][count].value) calls = some;
  }
  CallBound bound{.value = best[calls][count].value, .placement = {}};
  bound.placement.assign(model.nodes.size(), kHost);
  for (std::size_t at = count; at > 0;) {
    const Entry& entry = best[calls][at];
    if (entry.is_call) {
      NodeSet part = least.none();
      for (std::size_t i = entry.from; i < at; ++i) part.set(index(path[i]));
      part = least.hull(part);
      --calls;
      for (auto node = part.find_first(); node != NodeSet::npos; node = part.find_next(node))
        bound.placement[NodeId(node)] = static_cast<std::uint32_t>(calls);
    }
    at = entry.from;
  }
  return bound;
}

}  // namespace

CallBound path_bound(const CallModel& model) {
  CallBound bound;
  bound.placement.assign(model.nodes.size(), kHost);
  if (model.nodes.empty()) return bound;
  LeastCall least(model);
  using Node = CallModel::Node;
  const auto fastest = [](const Node& node) {
    return std::min(node.host, node.accelerator.value_or(node.host));
  };
  std::vector<Path> tried;
  for (const auto& length : std::initializer_list<std::function<std::int64_t(const Node&)>>{
           fastest, [&](const Node& node) { return fastest(node) + node.send; },
           [](const Node& node) { return node.host; }}) {
    Path path = longest_path(model, length);
    if (std::find(tried.begin(), tried.end(), path) != tried.end()) continue;
    CallBound found = cut_path(model, least, path);
    if (tried.empty() || found.value > bound.value) bound = std::move(found);
    tried.push_back(std::move(path));
  }
  return bound;
}

}  // namespace partita::calls
