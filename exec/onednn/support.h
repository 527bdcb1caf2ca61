// Which layers the kernels of exec/onednn can run; asked before any process starts, so it needs no
// oneDNN.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace partita::exec {

// Why a layer cannot run; empty: it can.
std::string kernel_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors);

// One sentence for each layer of the network that cannot run: its name, its operator, and what is
// missing.
std::vector<std::string> missing_kernels(const Network& network);

}  // namespace partita::exec
