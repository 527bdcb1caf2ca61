// A part of a network as a network of its own.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace partita {

// The layers that make `to` out of `from` and of the network's inputs; tensors of `from` that are
// read become inputs, in their order, and keep their names. Values of weights stay as they are, and
// seeded ones, which follow from names, do, too.
//
// Preconditions: `to` is not empty, and none of it is a weight, a constant, an input, or in `from`;
// the network has no given times.
Network part_of(const Network& network, const std::string& name, const std::vector<TensorId>& from,
                const std::vector<TensorId>& to);

// By name; nullopt: there is none.
std::optional<TensorId> tensor_named(const Network& network, const std::string& name);

}  // namespace partita
