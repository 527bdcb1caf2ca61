// An order of items in which few of them wait for others that share a net with them.
#pragma once

#include <cstddef>
#include <vector>

#include "partition/bounds/set_load.h"

namespace partita::bounds {

// Model: an item waits from its place in the order until the last place of a net that it is in. The
//   order of the load model, or a greedy one that lets the frontier grow least at each step,
//   whichever keeps fewer waiting. If more than `width` still wait at once, the cheapest nets
//   there are cut: consumers on the other side than the producer are dropped, so loads never
//   become larger.
struct ItemOrder {
  std::vector<loads::ItemId> items;
  std::vector<SetLoad::Net> nets;
};
ItemOrder item_order(const SetLoad& load, std::size_t width);

}  // namespace partita::bounds
