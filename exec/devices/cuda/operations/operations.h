// One function a family of operators; operation.cpp has the table.
#pragma once

#include "exec/devices/cuda/kernels/product.h"
#include "exec/devices/cuda/kernels/windows.h"
#include "exec/devices/cuda/operations/operation.h"

namespace partita::exec::cuda {

MadeOperation convolution(const LayerRequest&);  // also transposed
MadeOperation pool(const LayerRequest&);
MadeOperation matrix_product(const LayerRequest&);  // Gemm and MatMul
MadeOperation lstm(const LayerRequest&);
MadeOperation batch_norm(const LayerRequest&);
MadeOperation layer_norm(const LayerRequest&);
MadeOperation local_response_norm(const LayerRequest&);
MadeOperation unary(const LayerRequest&);
MadeOperation logical_not(const LayerRequest&);
MadeOperation binary(const LayerRequest&);
MadeOperation relation(const LayerRequest&);
MadeOperation choice(const LayerRequest&);
MadeOperation softmax(const LayerRequest&);
MadeOperation reduction(const LayerRequest&);  // also global pools
MadeOperation largest_index(const LayerRequest&);
MadeOperation top_k(const LayerRequest&);
MadeOperation view(const LayerRequest&);
MadeOperation concat(const LayerRequest&);
MadeOperation split(const LayerRequest&);
MadeOperation slice(const LayerRequest&);
MadeOperation pad(const LayerRequest&);
MadeOperation transpose(const LayerRequest&);
MadeOperation expand(const LayerRequest&);
MadeOperation tile(const LayerRequest&);
MadeOperation gather(const LayerRequest&);
MadeOperation scatter(const LayerRequest&);
MadeOperation cast(const LayerRequest&);
MadeOperation resize(const LayerRequest&);
MadeOperation all_reduce(const LayerRequest&);
MadeOperation reduce_scatter(const LayerRequest&);
MadeOperation all_gather(const LayerRequest&);
MadeOperation all_to_all(const LayerRequest&);
MadeOperation broadcast(const LayerRequest&);

// What a Conv, a ConvTranspose, a Gemm or a MatMul asks for, for whoever has a faster way.
Convolution convolution_of(const LayerRequest&);
Product product_of(const LayerRequest&);

}  // namespace partita::exec::cuda
