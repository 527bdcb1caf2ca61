// Whom transfers hold on their way, in plain numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "partition/problem/delays.h"
#include "partition/problem/problem.h"

namespace partita {

// Model: a transfer goes leg by leg; each leg waits for its server (the engine, or the processor that
//   copies), holds it, and arrives some time after that (Delays::hops).
// Tensors that are alike share one table.
class Hops {
 public:
  Hops(const Problem& problem, const Delays& delays);

  // Of its table, for a problem.
  static std::size_t entries(const Problem& problem);

  static constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  struct Hop {
    std::uint32_t server;  // or kNobody
    std::int64_t held, after;
  };
  // A way that is missing takes as long as anything (IdleMachine::kNever).
  std::span<const Hop> way(TensorId tensor, ProcessorId src, MemoryId dst) const {
    const Range range =
        ranges_[(kind_[tensor] * processors_ + index(src)) * memories_ + index(dst)];
    return {hops_.data() + range.first, range.count};
  }
  std::size_t servers() const { return servers_; }

 private:
  struct Range {
    std::uint32_t first = 0, count = 0;
  };
  std::size_t processors_, memories_, servers_;
  IdVector<TensorId, std::uint32_t> kind_;
  std::vector<Range> ranges_;  // [kind][producer][memory]
  std::vector<Hop> hops_;
};

}  // namespace partita
