// What room for weights is worth where it is scarce.
#pragma once

#include <optional>

#include "partition/problem/candidates.h"
#include "partition/problem/deadline.h"

namespace partita {

// Memories that cannot hold the weights of all layers that may run beside them are scarce. All
// their bytes get one price.
//
// Model: for a plan that fits, the weights w(x) that it puts into scarce memories are at most their
//   room, which is capacity - the least that a layer with weights needs beside them while it runs.
//   So for any price
//     C >= C + price * (w(x) - room),
//   and C + price * w(x) is not below any bound on the same plan where each layer takes as much
//   longer as its weights cost: on an idle machine a plan gets longer by no more than its layers
//   do, and so does the work of each resource. The right side is the Lagrangian relaxation of the
//   capacities.
// Weights that several layers read count for each in equal parts, as all may be together.
// Holds because weights are in the memory of the processor that reads them (evaluate.h, 6); those
// that could be read in place do not count.
// Left out: that weights cannot be cut to fill up room; that memories could differ in price.
class MemoryPrices {
 public:
  MemoryPrices(const Problem& problem, const Candidates& candidates);

  using Price = std::int64_t;  // in 2^-20 ps a byte

  // That which lengthens paths most, after the refund, of those looked at before the deadline; absent
  // where no memory is scarce.
  std::optional<Price> best_price(const Delays& delays, const Deadline& deadline = {}) const;
  CostTable costs_at(Price price) const;
  Time refund_at(Price price) const;  // rounded up

 private:
  std::vector<Price> breakpoints() const;

  const Problem& problem_;
  const Candidates& candidates_;
  IdVector<LayerId, Bytes> weights_;
  IdVector<MemoryId, bool> scarce_;
  Wide room_ = 0;
};

}  // namespace partita
