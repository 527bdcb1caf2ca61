// Parts of a network that are worth a measurement as a whole.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace partita::exec {

// Layers that run one behind the other, with none between.
struct Subgraph {
  bool chain = false;           // else a block
  std::vector<LayerId> layers;  // in the order in which they run
  std::string signature;        // their signatures, joined by " + "
};

// Chains: a convolution or matrix product and the elementwise and normalising layers behind it, as
//   compilers fuse them: each reads the one before, whose result nobody else reads, and no other
//   layer's result.
// Blocks: what lies between two places of the network that one tensor alone crosses, beside its
//   inputs (a residual block, an inception module, attention), where it is more than one layer and
//   not above `kMostInBlock`.
// Left out: other cuts, and in the signature which member reads which.
std::vector<Subgraph> subgraphs(const Network& network);
constexpr std::size_t kMostInBlock = 40;

// A position for each layer, such that the network can run in their order, and the layers of every
// subgraph then run one behind the other.
IdVector<LayerId, double> order_keeping(const Network& network,
                                        const std::vector<Subgraph>& subgraphs);

}  // namespace partita::exec
