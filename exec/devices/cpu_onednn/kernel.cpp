#include "exec/devices/cpu_onednn/kernel.h"

#include <fmt/format.h>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/assert.h"

namespace partita::exec {
namespace {

using Factory = std::unique_ptr<Kernel> (*)(const KernelRequest&);

Factory factory_of(OpKind kind) {
  switch (kind) {
    case OpKind::Conv:
    case OpKind::ConvTranspose: return make_convolution_kernel;
    case OpKind::Gemm:
    case OpKind::MatMul: return make_matmul_kernel;
    case OpKind::Lstm: return make_lstm_kernel;
    case OpKind::BatchNormalization:
    case OpKind::LayerNormalization:
    case OpKind::Lrn: return make_normalization_kernel;
    case OpKind::Relu:
    case OpKind::LeakyRelu:
    case OpKind::Elu:
    case OpKind::Sigmoid:
    case OpKind::HardSigmoid:
    case OpKind::HardSwish:
    case OpKind::Tanh:
    case OpKind::Erf:
    case OpKind::Gelu:
    case OpKind::Clip:
    case OpKind::Exp:
    case OpKind::Log:
    case OpKind::Sqrt:
    case OpKind::Abs:
    case OpKind::Neg:
    case OpKind::Reciprocal:
    case OpKind::Not:
    case OpKind::Floor: return make_unary_kernel;
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::Mul:
    case OpKind::Div:
    case OpKind::Pow:
    case OpKind::Min:
    case OpKind::Max:
    case OpKind::Equal:
    case OpKind::Greater:
    case OpKind::Less:
    case OpKind::And:
    case OpKind::Or: return make_binary_kernel;
    case OpKind::Where: return make_where_kernel;
    case OpKind::Softmax:
    case OpKind::LogSoftmax: return make_softmax_kernel;
    case OpKind::MaxPool:
    case OpKind::AveragePool:
    case OpKind::GlobalAveragePool:
    case OpKind::GlobalMaxPool: return make_pool_kernel;
    case OpKind::ReduceMean:
    case OpKind::ReduceSum:
    case OpKind::ReduceMax: return make_reduction_kernel;
    case OpKind::ArgMax:
    case OpKind::TopK: return make_selection_kernel;
    case OpKind::Concat: return make_concat_kernel;
    case OpKind::Split:
    case OpKind::Slice:
    case OpKind::Pad:
    case OpKind::Transpose:
    case OpKind::Expand:
    case OpKind::Tile: return make_movement_kernel;
    case OpKind::Reshape:
    case OpKind::Identity: return make_view_kernel;
    case OpKind::Gather:
    case OpKind::ScatterNd: return make_indexing_kernel;
    case OpKind::Cast: return make_cast_kernel;
    case OpKind::Resize: return make_resize_kernel;
    case OpKind::AllReduce:
    case OpKind::ReduceScatter:
    case OpKind::AllGather:
    case OpKind::AllToAll:
    case OpKind::Broadcast:
    case OpKind::GatherToOne:
    case OpKind::ScatterFromOne: return make_collective_kernel;
    case OpKind::Opaque: return nullptr;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const KernelRequest& request) {
  const Layer& layer = request.layer;
  PARTITA_ASSERT(request.offered.size() == layer.inputs.size(), "one offer for each operand");
  try {
    const Factory factory = factory_of(layer.kind);
    if (factory == nullptr) throw Error("a costed layer has no computation to run");
    return factory(request);
  } catch (const Error& e) {
    throw Error(fmt::format("layer '{}' ({}): {}", layer.name, to_string(layer.kind), e.what()));
  }
}

OnednnKernel::OnednnKernel(dnnl::primitive primitive, std::string implementation,
                           std::vector<Operand> operands, std::vector<Layout> wants,
                           std::vector<Layout> makes, std::optional<std::size_t> may_overwrite)
    : Kernel(std::move(implementation), std::move(wants), std::move(makes), may_overwrite),
      primitive_(std::move(primitive)),
      operands_(std::move(operands)) {}

void OnednnKernel::prepare(const std::vector<const std::byte*>& inputs,
                           const std::vector<std::byte*>& outputs) {
  arguments_.clear();
  for (const Operand& operand : operands_) {
    // oneDNN only reads operands, but its memory objects take no const pointer.
    std::byte* at = operand.side == Side::Input ? const_cast<std::byte*>(inputs[operand.index])
                                                : outputs[operand.index];
    arguments_.emplace(operand.argument, dnnl::memory(operand.desc, engine(), at));
  }
}

void OnednnKernel::run() { primitive_.execute(stream(), arguments_); }

PlainKernel::PlainKernel(const KernelRequest& request, std::string implementation)
    : Kernel(std::move(implementation), plain_layouts(request.tensors, request.layer.inputs),
             plain_layouts(request.tensors, request.layer.outputs)) {}

void PlainKernel::prepare(const std::vector<const std::byte*>& inputs,
                          const std::vector<std::byte*>& outputs) {
  inputs_ = inputs;
  outputs_ = outputs;
}

Layout offered_or(const KernelRequest& request, std::size_t i, const Layout& otherwise) {
  return request.offered[i] ? *request.offered[i] : otherwise;
}

Layout plain_layout(const Tensor& tensor) { return Layout::plain(tensor.type, tensor.shape); }

std::vector<Layout> plain_layouts(const IdVector<TensorId, Tensor>& tensors,
                                  const std::vector<TensorId>& which) {
  std::vector<Layout> layouts;
  for (const TensorId id : which) layouts.push_back(plain_layout(tensors[id]));
  return layouts;
}

std::int64_t product(std::span<const std::int64_t> extents) {
  std::int64_t n = 1;
  for (const std::int64_t extent : extents) n *= extent;
  return n;
}

Shape row_major_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Shape with_rank(const Shape& shape, std::size_t rank) {
  Shape wide(rank, 1);
  std::copy(shape.begin(), shape.end(), wide.end() - static_cast<std::ptrdiff_t>(shape.size()));
  return wide;
}

}  // namespace partita::exec
