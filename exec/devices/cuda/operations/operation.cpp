#include "exec/devices/cuda/operations/operation.h"

#include <array>

#include "exec/devices/cuda/operations/operations.h"
#include "models/base/assert.h"

namespace partita::exec::cuda {
namespace {

using Make = MadeOperation (*)(const LayerRequest&);
struct Entry {
  OpKind kind;
  Make make;  // nullptr: there is none
};

// In the order of OpKind.
constexpr std::array kOperations{Entry{OpKind::Conv, convolution},
                                 Entry{OpKind::ConvTranspose, convolution},
                                 Entry{OpKind::Gemm, matrix_product},
                                 Entry{OpKind::MatMul, matrix_product},
                                 Entry{OpKind::Lstm, lstm},
                                 Entry{OpKind::BatchNormalization, batch_norm},
                                 Entry{OpKind::LayerNormalization, layer_norm},
                                 Entry{OpKind::Lrn, local_response_norm},
                                 Entry{OpKind::Relu, unary},
                                 Entry{OpKind::LeakyRelu, unary},
                                 Entry{OpKind::Elu, unary},
                                 Entry{OpKind::Sigmoid, unary},
                                 Entry{OpKind::HardSigmoid, unary},
                                 Entry{OpKind::HardSwish, unary},
                                 Entry{OpKind::Tanh, unary},
                                 Entry{OpKind::Erf, unary},
                                 Entry{OpKind::Gelu, unary},
                                 Entry{OpKind::Clip, unary},
                                 Entry{OpKind::Exp, unary},
                                 Entry{OpKind::Log, unary},
                                 Entry{OpKind::Sqrt, unary},
                                 Entry{OpKind::Abs, unary},
                                 Entry{OpKind::Neg, unary},
                                 Entry{OpKind::Reciprocal, unary},
                                 Entry{OpKind::Not, logical_not},
                                 Entry{OpKind::Floor, unary},
                                 Entry{OpKind::Identity, view},
                                 Entry{OpKind::Add, binary},
                                 Entry{OpKind::Sub, binary},
                                 Entry{OpKind::Mul, binary},
                                 Entry{OpKind::Div, binary},
                                 Entry{OpKind::Pow, binary},
                                 Entry{OpKind::Min, binary},
                                 Entry{OpKind::Max, binary},
                                 Entry{OpKind::Equal, relation},
                                 Entry{OpKind::Greater, relation},
                                 Entry{OpKind::Less, relation},
                                 Entry{OpKind::And, relation},
                                 Entry{OpKind::Or, relation},
                                 Entry{OpKind::Where, choice},
                                 Entry{OpKind::Softmax, softmax},
                                 Entry{OpKind::LogSoftmax, softmax},
                                 Entry{OpKind::MaxPool, pool},
                                 Entry{OpKind::AveragePool, pool},
                                 Entry{OpKind::GlobalAveragePool, reduction},
                                 Entry{OpKind::GlobalMaxPool, reduction},
                                 Entry{OpKind::ReduceMean, reduction},
                                 Entry{OpKind::ReduceSum, reduction},
                                 Entry{OpKind::ReduceMax, reduction},
                                 Entry{OpKind::ArgMax, largest_index},
                                 Entry{OpKind::TopK, top_k},
                                 Entry{OpKind::Concat, concat},
                                 Entry{OpKind::Split, split},
                                 Entry{OpKind::Slice, slice},
                                 Entry{OpKind::Pad, pad},
                                 Entry{OpKind::Reshape, view},
                                 Entry{OpKind::Transpose, transpose},
                                 Entry{OpKind::Expand, expand},
                                 Entry{OpKind::Tile, tile},
                                 Entry{OpKind::Gather, gather},
                                 Entry{OpKind::ScatterNd, scatter},
                                 Entry{OpKind::Cast, cast},
                                 Entry{OpKind::Resize, resize},
                                 Entry{OpKind::AllReduce, all_reduce},
                                 Entry{OpKind::ReduceScatter, reduce_scatter},
                                 Entry{OpKind::AllGather, all_gather},
                                 Entry{OpKind::AllToAll, all_to_all},
                                 Entry{OpKind::Broadcast, broadcast},
                                 Entry{OpKind::GatherToOne, all_gather},
                                 Entry{OpKind::ScatterFromOne, all_to_all},
                                 Entry{OpKind::Opaque, nullptr}};
static_assert(kOperations.size() == kOperators.size());

}  // namespace

MadeOperation make_operation(const LayerRequest& request) {
  const Entry& entry = kOperations[static_cast<std::size_t>(request.layer.kind)];
  PARTITA_ASSERT(entry.kind == request.layer.kind, "operations are in the order of OpKind");
  if (entry.make == nullptr) unsupported("no CUDA kernel");
  return entry.make(request);
}

std::string operation_gap(const LayerRequest& request) {
  try {
    make_operation(request);
    return "";
  } catch (const DeviceError& e) {
    if (e.status() != PARTITA_UNSUPPORTED) throw;
    return e.what();
  }
}

}  // namespace partita::exec::cuda
