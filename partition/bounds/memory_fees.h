// What room for weights is worth where it is scarce.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "partition/problem/candidates.h"
#include "partition/problem/deadline.h"

namespace partita {

// What each layer pays for its weights in a memory that cannot hold the weights of all layers that may
// run beside it (it is scarce).
//
// Model: the weights w of a plan's layers in a scarce memory are at most its room R, which is capacity -
//   the least that a layer with weights needs beside them while it runs. So with
//     f(w) = w,  or for any whole k > 0
//     f(w) = R floor((k + 1) w / R) / k,  but w where (k + 1) w / R is whole,
//   the sum of f is at most R, too: of layers that need more than 1 / (k + 1) of the room, it counts how
//   many there are (a dual feasible function; Fekete and Schepers, "New classes of fast lower bounds for
//   bin packing problems", Mathematical Programming 91, 2001). For any price of f
//     C >= C + price * (sum over layers in scarce memories of f(w) - sum over these memories of R):
//   the Lagrangian relaxation of the capacities. What the layers pay is the fee, what is paid back the
//   refund. On an idle machine a plan gets longer by no more than its layers do.
// A layer that takes more than half of the room is the only such one in its memory: what it needs beside its
// weights, above that least, is added to them.
// Only layers that need at least some threshold beside their weights count (0: all), so that the room is
// what these leave: of several thresholds, the best.
// Weights that several layers read count for each in equal parts, as all may be together.
// Holds because weights are in the memory of the processor that reads them (evaluate.h, 6); those
// that could be read in place do not count.
// Left out: that memories could differ in price, and activations.
class MemoryFees {
 public:
  // What fees raise, before they are paid back: concave in the price.
  using Bound = std::function<Time(const MemoryFees&)>;
  // Those that raise it most, as far as there is time; absent where no memory is scarce.
  static std::optional<MemoryFees> best(const Problem& problem, const Candidates& candidates,
                                        const Bound& bound, const Deadline& deadline = {});

  Time of(LayerId layer, ProcessorId processor) const {  // rounded down
    const std::int64_t room = room_[problem_->hardware.processors()[processor].memory];
    return room == kPlenty ? Time{0}
                           : Time{static_cast<std::int64_t>(counted(layer, room) * price_ / kUnit)};
  }
  Time refund() const;      // rounded up
  CostTable costs() const;  // with the fees as times

 private:
  using Price = std::int64_t;  // in 2^-20 ps a byte
  static constexpr std::int64_t kUnit = std::int64_t{1} << 20;
  static constexpr std::int64_t kPlenty = -1;

  MemoryFees(const Problem& problem, const Candidates& candidates, Bytes least_beside);
  bool any() const;
  Wide counted(LayerId layer, std::int64_t room) const {
    Wide weights = weights_[layer].value;
    if (2 * weights > room) weights += more_beside_[layer].value;
    if (steps_ == 0 || room == 0 || (steps_ + 1) * weights % room == 0) return weights;
    return room * ((steps_ + 1) * weights / room) / steps_;
  }
  std::vector<Price> breakpoints() const;
  Time choose_price(const Bound& bound, const Deadline& deadline);

  const Problem* problem_;
  const Candidates* candidates_;
  IdVector<LayerId, Bytes> weights_;
  IdVector<LayerId, Bytes> more_beside_;   // than the least that any layer needs beside its weights
  IdVector<MemoryId, std::int64_t> room_;  // bytes, where they are scarce
  std::int64_t steps_ = 0;                 // k; 0: f(w) = w
  Price price_ = 0;
};

}  // namespace partita
