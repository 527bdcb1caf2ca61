// Layers that everything passes through, and what lies between them.
#pragma once

#include <optional>
#include <vector>

#include "models/network/network.h"

namespace partita {

// What comes between one waist of a network and the next. A waist is a layer that every other one
// either leads to or comes from: the layers inside a block start after the waist before it has
// ended, and have ended when the waist after it starts.
struct Block {
  std::optional<LayerId> before, after;  // waists; absent at the ends of the network
  std::vector<LayerId> inside;           // ascending
};

// All blocks, in the order of the layers, with layers inside or not: one in front of each waist, and
// one behind the last. A network without a waist is one block.
std::vector<Block> blocks_of(const Network& network);

}  // namespace partita
