#include "exec/reference/kernel.h"

#include <array>

#include "models/base/assert.h"

namespace partita::reference {
namespace {

// In the order of OpKind.
constexpr std::array kKernels{
    KernelEntry{OpKind::Conv, convolution, Types::F32},
    KernelEntry{OpKind::ConvTranspose, transposed_convolution, Types::F32},
    KernelEntry{OpKind::Gemm, gemm, Types::F32},
    KernelEntry{OpKind::MatMul, matrix_product, Types::F32},
    KernelEntry{OpKind::Lstm, lstm, Types::F32},
    KernelEntry{OpKind::BatchNormalization, batch_normalization, Types::F32},
    KernelEntry{OpKind::LayerNormalization, layer_normalization, Types::F32},
    KernelEntry{OpKind::Lrn, local_response_normalization, Types::F32},
    KernelEntry{OpKind::Relu, unary, Types::Numbers},
    KernelEntry{OpKind::LeakyRelu, unary, Types::Numbers},
    KernelEntry{OpKind::Elu, unary, Types::Numbers},
    KernelEntry{OpKind::Sigmoid, unary, Types::Numbers},
    KernelEntry{OpKind::HardSigmoid, unary, Types::Numbers},
    KernelEntry{OpKind::HardSwish, unary, Types::Numbers},
    KernelEntry{OpKind::Tanh, unary, Types::Numbers},
    KernelEntry{OpKind::Erf, unary, Types::Numbers},
    KernelEntry{OpKind::Gelu, unary, Types::Numbers},
    KernelEntry{OpKind::Clip, unary, Types::Numbers},
    KernelEntry{OpKind::Exp, unary, Types::Numbers},
    KernelEntry{OpKind::Log, unary, Types::Numbers},
    KernelEntry{OpKind::Sqrt, unary, Types::Numbers},
    KernelEntry{OpKind::Abs, unary, Types::Numbers},
    KernelEntry{OpKind::Neg, unary, Types::Numbers},
    KernelEntry{OpKind::Reciprocal, unary, Types::Numbers},
    KernelEntry{OpKind::Not, logical_not, Types::Bool},
    KernelEntry{OpKind::Floor, unary, Types::Numbers},
    KernelEntry{OpKind::Identity, copy, Types::Moved},
    KernelEntry{OpKind::Add, binary, Types::Numbers},
    KernelEntry{OpKind::Sub, binary, Types::Numbers},
    KernelEntry{OpKind::Mul, binary, Types::Numbers},
    KernelEntry{OpKind::Div, binary, Types::Numbers},
    KernelEntry{OpKind::Pow, binary, Types::Numbers},
    KernelEntry{OpKind::Min, binary, Types::Numbers},
    KernelEntry{OpKind::Max, binary, Types::Numbers},
    KernelEntry{OpKind::Equal, comparison, Types::Values},
    KernelEntry{OpKind::Greater, comparison, Types::Numbers},
    KernelEntry{OpKind::Less, comparison, Types::Numbers},
    KernelEntry{OpKind::And, logical, Types::Bool},
    KernelEntry{OpKind::Or, logical, Types::Bool},
    KernelEntry{OpKind::Where, select, Types::Moved},
    KernelEntry{OpKind::Softmax, softmax, Types::F32},
    KernelEntry{OpKind::LogSoftmax, softmax, Types::F32},
    KernelEntry{OpKind::MaxPool, pooling, Types::F32},
    KernelEntry{OpKind::AveragePool, pooling, Types::F32},
    KernelEntry{OpKind::GlobalAveragePool, global_pooling, Types::F32},
    KernelEntry{OpKind::GlobalMaxPool, global_pooling, Types::F32},
    KernelEntry{OpKind::ReduceMean, reduction, Types::Numbers},
    KernelEntry{OpKind::ReduceSum, reduction, Types::Numbers},
    KernelEntry{OpKind::ReduceMax, reduction, Types::Numbers},
    KernelEntry{OpKind::ArgMax, index_of_largest, Types::Numbers},
    KernelEntry{OpKind::TopK, top_k, Types::Numbers},
    KernelEntry{OpKind::Concat, concatenation, Types::Moved},
    KernelEntry{OpKind::Split, split, Types::Moved},
    KernelEntry{OpKind::Slice, slice, Types::Moved},
    KernelEntry{OpKind::Pad, pad, Types::Moved},
    KernelEntry{OpKind::Reshape, copy, Types::Moved},
    KernelEntry{OpKind::Transpose, transpose, Types::Moved},
    KernelEntry{OpKind::Expand, expand, Types::Moved},
    KernelEntry{OpKind::Tile, tile, Types::Moved},
    KernelEntry{OpKind::Gather, gather, Types::Moved},
    KernelEntry{OpKind::ScatterNd, scatter_nd, Types::Numbers},
    KernelEntry{OpKind::Cast, cast, Types::Moved},
    KernelEntry{OpKind::Resize, resize, Types::F32},
    KernelEntry{OpKind::AllReduce, all_reduce, Types::Numbers},
    KernelEntry{OpKind::ReduceScatter, reduce_scatter, Types::Numbers},
    KernelEntry{OpKind::AllGather, all_gather, Types::Moved},
    KernelEntry{OpKind::AllToAll, all_to_all, Types::Moved},
    KernelEntry{OpKind::Broadcast, broadcast_to_all, Types::Moved},
    KernelEntry{OpKind::GatherToOne, all_gather, Types::Moved},
    KernelEntry{OpKind::ScatterFromOne, scatter_from_one, Types::Moved},
    KernelEntry{OpKind::Opaque, nullptr, Types::Moved},
};
static_assert(kKernels.size() == kOperators.size());

}  // namespace

const KernelEntry& kernel_of(OpKind kind) {
  const KernelEntry& entry = kKernels[static_cast<std::size_t>(kind)];
  PARTITA_ASSERT(entry.kind == kind, "kernels are in the order of OpKind");
  return entry;
}

}  // namespace partita::reference
