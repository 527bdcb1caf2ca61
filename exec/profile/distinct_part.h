// Of networks, the layers that have to be measured: each kind of layer once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exec/profile/subgraphs.h"
#include "models/network/network.h"
#include "partition/predict/profile.h"

namespace partita::exec {

// Layers of several networks as one network, which runs in less time than they do.
struct DistinctPart {
  Network network;
  // Of each layer, and of each subgraph that is whole: kind, signature, size and footprint of its
  // row. Absent: the layer is there for what stands behind it only.
  IdVector<LayerId, std::optional<ProfileRow>> rows;
  struct Whole {
    Subgraph subgraph;
    ProfileRow row;
  };
  std::vector<Whole> subgraphs;

  // The layers in an order that keeps subgraphs together.
  IdVector<LayerId, double> order() const;
};

using Known = std::function<bool(const std::string& kind, const std::string& signature)>;

// Model: the first layer of each signature, and all layers of the first subgraph of each signature,
//   unless it is `known`; with the layers whose results they read, so that operands come in the
//   layout that they have in the whole network. What comes from layers that are left out is given
//   as an input.
// Absent: all of them are known. Layers of several networks get the network's number before their
// names.
std::optional<DistinctPart> distinct_part(const std::vector<const Network*>& networks,
                                          const Known& known);

}  // namespace partita::exec
