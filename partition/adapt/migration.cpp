#include "partition/adapt/migration.h"

#include <algorithm>
#include <set>
#include <utility>

#include "partition/problem/candidates.h"
#include "partition/problem/delays.h"

namespace partita {
namespace {

using Places = std::set<std::pair<MemoryId, TensorId>>;

Places weights_in_memories(const Network& network, const Hardware& hardware, const Plan& plan) {
  Places places;
  for (const LayerId layer : network.layers()) {
    const MemoryId memory = hardware.processors()[plan.processor(layer)].memory;
    for (const TensorId weight : weights_of(network, layer)) places.emplace(memory, weight);
  }
  return places;
}

}  // namespace

std::optional<Migration> migration(const Network& network, const Hardware& hardware,
                                   const Plan& from, const Plan& to) {
  const Delays delays(network, hardware);
  const Places had = weights_in_memories(network, hardware, from);
  Migration result;
  for (const auto& [dst, weight] : weights_in_memories(network, hardware, to)) {
    if (had.contains({dst, weight})) continue;
    std::optional<Time> least;
    Migration::Move move{weight, {}, dst};
    for (const MemoryId src : ids<MemoryId>(hardware.memories().size())) {
      if (!had.contains({src, weight})) continue;
      const auto delay = delays.of_constant(weight, src, dst);
      if (delay && (!least || *delay < *least)) least = delay, move.src = src;
    }
    if (!least) return std::nullopt;
    result.moves.push_back(move);
    result.total += network.tensor(weight).size;
    result.cost += *least;
  }
  return result;
}

}  // namespace partita
