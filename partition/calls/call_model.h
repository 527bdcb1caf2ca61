// The latency of one inference on accelerators that each run one part of the network as one call,
// beside a host whose cores never run out.
//
// The problem of Tarnawski et al., "Efficient Algorithms for Device Placement of DNN Graph
// Operators", NeurIPS 2020, where latency is what counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/ids.h"

namespace partita::calls {

enum class NodeId : std::uint32_t {};

// Times are whole numbers of ticks, sizes bytes.
struct CallModel {
  struct Node {
    std::string name;
    std::int64_t host = 0;
    std::optional<std::int64_t> accelerator;  // absent: host only
    std::int64_t send = 0;                    // its output, between an accelerator and the host
    std::int64_t size = 0;
    std::vector<NodeId> before, after;  // each once
  };
  IdVector<NodeId, Node> nodes;  // in a topological order
  std::uint32_t accelerators = 0;
  std::int64_t capacity = 0;  // bytes, of each accelerator
  std::int64_t ticks = 1;     // in one unit of time of whoever made the model
};

// The accelerator of each node, or kHost.
constexpr std::uint32_t kHost = ~std::uint32_t{0};
using Placement = IdVector<NodeId, std::uint32_t>;

// Model: an accelerator starts when everything that it needs from outside is there, and takes
//     send(u) for each node u outside with a consumer inside, once
//   + the accelerator times of all its nodes
//   + send(u) for each node u inside with a consumer outside, once;
//   all its nodes end when it ends. A node on the host ends its host time after its last
//   predecessor. The latency is the last end. A part that waits for itself never starts: that is
//   so whenever a path leaves it and comes back, and when two parts wait for each other.
// Left out: any limit on the host, and links that calls share.
class CallClock {
 public:
  explicit CallClock(const CallModel& model);

  // Absent: a node is where it cannot be, or a part waits for itself.
  std::optional<std::int64_t> latency(const Placement& placement);
  // Bytes beyond the capacities, together, of the last placement.
  std::int64_t excess() const { return excess_; }

 private:
  struct Part {
    std::int64_t duration = 0, ready = 0, size = 0;
    std::uint32_t missing = 0;
    std::vector<NodeId> nodes;
    NodeId charged{};  // the last node whose arrival was counted
    bool is_charged = false;
  };

  const CallModel& model_;
  std::vector<Part> parts_;
  IdVector<NodeId, std::int64_t> ready_;
  IdVector<NodeId, std::uint32_t> missing_;
  std::vector<std::uint32_t> open_;  // parts, and after them nodes, that can start
  std::int64_t excess_ = 0;
};

}  // namespace partita::calls
