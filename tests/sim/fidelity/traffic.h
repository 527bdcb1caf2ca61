// Copies that meet, in the ways that networks make them meet.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::test {

enum class Traffic : std::uint8_t { Pairs, OneToMany, ManyToOne, ManyToOneMixed, AllToAll };
constexpr std::array<std::string_view, 5> kTraffic{"pairs", "one to many", "many to one",
                                                   "many to one, mixed", "all to all"};

struct TrafficCase {
  Network network;
  CostTable costs;
  Plan plan;
};

// Layers that take up to 20 us and send what they make to another memory, where a layer reads it;
// four tensors from each sender to each receiver (all to all: one). Sizes are 4 KB to 4 MB, spread
// evenly over powers; mixed: one in four is 1 to 4 MB, the others 4 to 16 KB.
TrafficCase random_traffic(Traffic traffic, std::uint64_t seed, const Hardware& hardware);

}  // namespace partita::test
