// Networks made for measurements, and who runs what of them.
#pragma once

#include <cstddef>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::exec {

// A network whose layers belong to seats, 0, 1, ...; any processors can take them.
struct Stage {
  Network network;
  IdVector<LayerId, std::size_t> seat;
  IdVector<LayerId, double> order;  // of each processor's layers

  Placement seated(const std::vector<ProcessorId>& processors, const Hardware& hardware) const;
};

// One copy after the other, one of each size: seat 0 makes a tensor, which seat 1 picks one element
// of; the next is made from that, so that no two copies meet. Sizes in whole numbers of four bytes.
Stage copy_after_copy(const std::vector<Bytes>& sizes);

// For each size, every seat makes a tensor, of which the next seat (after the last the first) picks
// an element. All wait for all elements before they make the next, so that they start together.
// Sizes are rounded down to a multiple of 4 * seats bytes.
Stage copies_at_once(std::size_t seats, const std::vector<Bytes>& sizes);

// The network once for each seat, with nothing between them.
Stage side_by_side(const Network& network, const IdVector<LayerId, double>& order,
                   std::size_t seats);

// `count` layers of one element each, one after the other.
Stage tiny_layers(std::size_t count);

}  // namespace partita::exec
