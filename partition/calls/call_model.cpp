#include "partition/calls/call_model.h"

#include <algorithm>

namespace partita::calls {

CallClock::CallClock(const CallModel& model)
    : model_(model), parts_(model.accelerators), ready_(model.nodes.size()) {
  missing_.assign(model.nodes.size(), 0);
}

std::optional<std::int64_t> CallClock::latency(const Placement& placement) {
  for (Part& part : parts_) {
    part.duration = part.ready = part.size = part.missing = 0;
    part.nodes.clear();
    part.is_charged = false;
  }
  std::fill(ready_.begin(), ready_.end(), 0);
  std::fill(missing_.begin(), missing_.end(), 0);
  open_.clear();
  std::size_t left = 0;  // host nodes and parts that have not ended
  for (const NodeId id : ids<NodeId>(model_.nodes.size())) {
    const CallModel::Node& node = model_.nodes[id];
    const std::uint32_t here = placement[id];
    bool leaves = false;
    for (const NodeId next : node.after) {
      const std::uint32_t there = placement[next];
      if (there == here && here != kHost) continue;
      leaves = true;
      if (there == kHost) {
        ++missing_[next];
        continue;
      }
      Part& part = parts_[there];
      ++part.missing;
      if (part.is_charged && part.charged == id) continue;
      part.is_charged = true;
      part.charged = id;
      part.duration += node.send;
    }
    if (here == kHost) {
      ++left;
      continue;
    }
    if (!node.accelerator) return std::nullopt;
    Part& part = parts_[here];
    left += part.nodes.empty() ? 1 : 0;
    part.nodes.push_back(id);
    part.size += node.size;
    part.duration += *node.accelerator + (leaves ? node.send : 0);
  }

  excess_ = 0;
  const auto count = static_cast<std::uint32_t>(parts_.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    excess_ += std::max<std::int64_t>(0, parts_[i].size - model_.capacity);
    if (!parts_[i].nodes.empty() && parts_[i].missing == 0) open_.push_back(i);
  }
  for (const NodeId id : ids<NodeId>(model_.nodes.size())) {
    if (placement[id] == kHost && missing_[id] == 0)
      open_.push_back(count + static_cast<std::uint32_t>(index(id)));
  }

  std::int64_t last = 0;
  const auto tell = [&](NodeId id, std::int64_t end) {
    for (const NodeId next : model_.nodes[id].after) {
      const std::uint32_t there = placement[next];
      if (there == placement[id] && there != kHost) continue;
      std::int64_t& ready = there == kHost ? ready_[next] : parts_[there].ready;
      std::uint32_t& missing = there == kHost ? missing_[next] : parts_[there].missing;
      ready = std::max(ready, end);
      if (--missing == 0)
        open_.push_back(there == kHost ? count + static_cast<std::uint32_t>(index(next)) : there);
    }
  };
  for (; !open_.empty(); --left) {
    const std::uint32_t unit = open_.back();
    open_.pop_back();
    if (unit < count) {
      const std::int64_t end = parts_[unit].ready + parts_[unit].duration;
      last = std::max(last, end);
      for (const NodeId id : parts_[unit].nodes) tell(id, end);
    } else {
      const auto id = NodeId(unit - count);
      const std::int64_t end = ready_[id] + model_.nodes[id].host;
      last = std::max(last, end);
      tell(id, end);
    }
  }
  if (left > 0) return std::nullopt;
  return last;
}

}  // namespace partita::calls
