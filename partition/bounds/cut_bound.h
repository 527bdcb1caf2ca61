// A largest load that no assignment can beat, because what is not beside the host's memory has to get there
// and back.
#pragma once

#include <cstdint>
#include <functional>

#include "partition/loads/load_model.h"

namespace partita::bounds {

// What an item pays for being on a device, beside what it takes of resources (memory_fees.h). Ticks.
using ItemFee = std::function<std::int64_t(loads::ItemId, loads::DeviceId)>;

// Model: for any weights w >= 0 of resources that sum to 1, the largest load of an assignment is at least
//     sum over resources of w x load
//       >= min over sides of  sum over items of the cheapest option on its side
//                           + sum over nets that cross over of the cheapest way across,
//   all weighed by w; one side is `side`, the other all other places. What crosses over pays once, however
//   many consumers there are. The minimum is that of a cut (a net has one vertex for each direction, which
//   goes with its producer unless all consumers do; Lawler, "Cutsets and partitions of hypergraphs",
//   Networks 3, 1973). Weights are sought by a subgradient method (Polyak, 1969), all in whole numbers.
// Left out: what is sent within the other side, capacities, and that items cannot be cut.
// With fees: of the largest load and all fees together.
std::int64_t cut_bound(const loads::LoadModel& model, loads::PlaceId side,
                       const ItemFee& fee = nullptr);

}  // namespace partita::bounds
