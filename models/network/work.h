// What a layer asks of any processor, from its shapes.
//
// Formulas: a multiply-add is two operations. Conv: 2 * outputs * (C_in / group) * kernel volume (+
// outputs for the bias). MatMul: 2 * M * N * K for each of the batch. LSTM: 2 * 4H * (I + H) * T *
// B for each direction, plus its elementwise part. Elementwise, pooling, normalisation: a small
// constant for each element, as written in work.cpp. Bytes: every distinct operand once, every
// result once (compulsory traffic; Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009).
// Gather reads only the rows it picks.
#pragma once

#include "models/network/network.h"

namespace partita {

// Preconditions: shapes of all operands and results are known; kind != Opaque.
Work work_of(const Layer& layer, const IdVector<TensorId, Tensor>& tensors);

}  // namespace partita
