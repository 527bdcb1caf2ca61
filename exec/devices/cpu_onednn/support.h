// Which layers the kernels of this folder can run.
#pragma once

#include <string>

#include "models/network/network.h"

namespace partita::exec {

// Why a layer cannot run; empty: it can.
std::string kernel_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors);

}  // namespace partita::exec
