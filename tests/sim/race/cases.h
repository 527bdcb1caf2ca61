// What the benchmark of the simulators runs, and what its test holds fair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::race {

// A host and three accelerators behind a switch, each with an engine a direction. `delays` are
// those of engines, links and launches.
enum class Delays : std::uint8_t { None, Usual };
Hardware server(Delays delays);

// A random network of `layers` layers; none of its tensors brings its own transfer time.
Network random_layers(std::size_t layers);

// The same costs without traffic: layers that do not contend for their memory.
CostTable without_traffic(const CostTable& costs, const Network& network, const Hardware& hardware);

// `side` x `side` tiles on a mesh: processors with memories and engines of their own; no host.
Hardware mesh(std::size_t side);

// Layers in rows of `width`: each reads the result of the one before it in its column and of that
// one's left neighbour.
Network columns(std::size_t layers, std::size_t width);

// Column by column, tile by tile: all traffic is between neighbours.
Plan local_plan(const Network& network, const Hardware& hardware, std::size_t width);

}  // namespace partita::race
