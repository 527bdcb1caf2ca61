// The most valuable set of items that one device can carry within a given load.
#pragma once

#include <cstdint>
#include <vector>

#include "partition/bounds/set_load.h"

namespace partita::bounds {

using Prizes = IdVector<loads::ItemId, std::int64_t>;

// Model: max over sets S with load(S) <= capacity of sum over S of prize(i). A sweep over the
//   items in an order that keeps few of them in touch with what is still to come (a path
//   decomposition; Bodlaender, "A partial k-arboretum of graphs with bounded treewidth", 1998): a
//   state says which of those are in the set, its labels are the pairs (load, prize) that no other
//   beats. Before, the sweep runs backwards with the load priced instead of limited, which bounds
//   what a label can still become (as in Dumitrescu and Boland, "Improved preprocessing, labeling
//   and scaling algorithms for the weight-constrained shortest path problem", Networks 42, 2003).
//   All whole numbers: up to the slack allowed it is exact.
// Left out: exactness where more than kWidth items would be in touch (the cheapest nets then reach
//   less far) or a state has too many labels (some then become one). `at_most` may be too high
//   there, never too low.
class BestSet {
 public:
  static constexpr std::size_t kWidth = 10;
  // The sum of all |prize| that the arithmetic can hold.
  static constexpr std::int64_t kMostPrize = std::int64_t{1} << 30;

  explicit BestSet(const SetLoad& load);

  struct Answer {
    std::int64_t at_most = 0;        // no set is worth more
    std::vector<loads::ItemId> set;  // the best that was found
  };
  struct Effort {
    std::int64_t slack = 0;  // a set this far from the best is good enough
    // Of one state, before neighbours become one with the lower load and the higher prize.
    std::size_t labels = 512;
  };
  // Precondition: capacity >= 0.
  Answer best(const Prizes& prize, std::int64_t capacity, const Effort& effort) const;

  // Of each item: no set with it has a smaller load (kNever: none can have it).
  static constexpr std::int64_t kNever = std::int64_t{1} << 62;
  IdVector<loads::ItemId, std::int64_t> least_loads() const;

  std::size_t width() const { return width_; }

 private:
  using State = std::uint32_t;  // bit s: the item that waits in slot s is in the set
  struct Step {
    loads::ItemId item{};
    std::int64_t work = 0;
    bool allowed = false;
    State slot = 0;       // one bit: where the item waits
    State before = 0;     // slots in use before it comes
    State forgotten = 0;  // slots free again afterwards
    // What the nets that close here add, by state with the item in it; empty: nothing.
    std::vector<std::int64_t> closing;

    std::int64_t load(State state) const { return closing.empty() ? 0 : closing[state]; }
  };
  struct Priced;

  std::vector<Step> steps_;
  std::size_t width_ = 0;
};

}  // namespace partita::bounds
