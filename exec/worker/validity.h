// What came over a wire, before anybody uses it.
#pragma once

#include "exec/worker/worker_protocol.h"

namespace partita::exec {

// Throw Error where a layer names a tensor, or a tensor a layer, that there is not.
void check(const Model& model);

// Throws Error where an order names layers or tensors that the model has not, layers that read what
// nobody brings, or places outside the memory that it asks for.
void check(const PrepareOrder& order, const Model& model);

// Throws Error where weights to be given are no tensors of the model, or lie outside of so many bytes.
void check(const std::vector<Placed>& weights, std::uint64_t bytes, const Model& model);

}  // namespace partita::exec
