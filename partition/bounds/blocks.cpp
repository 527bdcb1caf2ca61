#include "partition/bounds/blocks.h"

#include <algorithm>

namespace partita {
namespace {

// Layers are numbered along the graph. All before a layer lead to it when each of them has a
// successor no later than it: following those ends there. The same the other way round.
std::vector<bool> waists_of(const Network& network) {
  const std::size_t count = network.layer_count();
  std::vector<bool> waist(count, true);
  std::size_t furthest = 0;  // of the first successors of all layers before
  for (std::size_t i = 0; i < count; ++i) {
    if (furthest > i) waist[i] = false;
    const auto& next = network.successors(static_cast<LayerId>(i));
    const std::size_t first =
        next.empty() ? count : index(*std::min_element(next.begin(), next.end()));
    furthest = std::max(furthest, first);
  }
  std::size_t nearest = count;  // of the last predecessors of all layers behind
  for (std::size_t i = count; i-- > 0;) {
    if (nearest < i) waist[i] = false;
    const auto& before = network.predecessors(static_cast<LayerId>(i));
    // A layer that nothing precedes is reached from no other: none before it is a waist.
    if (before.empty()) {
      std::fill(waist.begin(), waist.begin() + static_cast<std::ptrdiff_t>(i), false);
      break;
    }
    nearest = std::min(nearest, index(*std::max_element(before.begin(), before.end())));
  }
  return waist;
}

}  // namespace

std::vector<Block> blocks_of(const Network& network) {
  const std::vector<bool> waist = waists_of(network);
  std::vector<Block> blocks(1);
  for (const LayerId layer : network.layers()) {
    if (!waist[index(layer)]) {
      blocks.back().inside.push_back(layer);
      continue;
    }
    blocks.back().after = layer;
    blocks.push_back({.before = layer, .after = {}, .inside = {}});
  }
  return blocks;
}

}  // namespace partita
