#include "models/network/work.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "models/base/assert.h"

namespace partita {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::int64_t saturated(Wide value) {
  return static_cast<std::int64_t>(std::min<Wide>(value, kMost));
}

// Operations for each result of an elementwise operator. A transcendental function counts as the
// short polynomial and the division that vector libraries make of it; on any roofline these layers
// wait for memory.
int elementwise_operations(OpKind kind) {
  switch (kind) {
    case OpKind::Relu:
    case OpKind::Abs:
    case OpKind::Neg:
    case OpKind::Not:
    case OpKind::Floor:
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::Mul:
    case OpKind::Div:
    case OpKind::Min:
    case OpKind::Max:
    case OpKind::Equal:
    case OpKind::Greater:
    case OpKind::Less:
    case OpKind::And:
    case OpKind::Or:
    case OpKind::Where:
    case OpKind::Reciprocal:
    case OpKind::Sqrt: return 1;
    case OpKind::Clip:
    case OpKind::LeakyRelu: return 2;
    case OpKind::HardSigmoid: return 4;
    case OpKind::HardSwish: return 5;
    case OpKind::Exp:
    case OpKind::Log: return 8;
    case OpKind::Elu:
    case OpKind::Sigmoid:
    case OpKind::Tanh:
    case OpKind::Erf: return 10;
    case OpKind::Gelu: return 14;
    case OpKind::Pow: return 16;
    default: return 0;
  }
}

class Measure {
 public:
  Measure(const Layer& layer, const IdVector<TensorId, Tensor>& tensors)
      : layer_(layer), tensors_(tensors) {}

  Flops flops() const {
    switch (layer_.kind) {
      case OpKind::Conv: return convolution();
      case OpKind::ConvTranspose: return transposed_convolution();
      case OpKind::Gemm: return gemm();
      case OpKind::MatMul: return product();
      case OpKind::Lstm: return lstm();
      // Statistics are fixed in inference: one multiply-add a result.
      case OpKind::BatchNormalization: return for_each(out(), 2);
      // Mean, centred square, its mean, scaling, affine part.
      case OpKind::LayerNormalization: return for_each(out(), 8);
      // A sliding sum of squares, then (bias + alpha / size * sum)^beta and a division.
      case OpKind::Lrn: return for_each(out(), 2 * layer_.attributes.integer("size") + 20);
      // Largest, difference, exponential, sum, division.
      case OpKind::Softmax:
      case OpKind::LogSoftmax: return for_each(out(), 12);
      case OpKind::MaxPool:
      case OpKind::AveragePool: return for_each(out(), kernel_volume());
      case OpKind::GlobalAveragePool:
      case OpKind::GlobalMaxPool:
      case OpKind::ReduceMean:
      case OpKind::ReduceSum:
      case OpKind::ReduceMax:
      case OpKind::ArgMax: return for_each(in(0), 1);
      // A heap of k: each element is compared log2(k) + 1 times at most.
      case OpKind::TopK:
        return for_each(in(0), std::bit_width(static_cast<std::uint64_t>(
                                   std::max<std::int64_t>(1, layer_.attributes.integer("k")))));
      case OpKind::ScatterNd:
        return for_each(in(2), layer_.attributes.text("reduction") == "none" ? 0 : 1);
      case OpKind::Resize: return resize();
      case OpKind::AllReduce:
      case OpKind::ReduceScatter:
        return for_each(in(0), static_cast<std::int64_t>(layer_.inputs.size()) - 1);
      default: return for_each(out(), elementwise_operations(layer_.kind));
    }
  }

  // Every distinct operand once; of `data` of a Gather and `X` of a Slice only what is picked.
  void read(Work& work) const {
    for (std::size_t i = 0; i < layer_.inputs.size(); ++i) {
      const auto first = std::find(layer_.inputs.begin(), layer_.inputs.end(), layer_.inputs[i]);
      if (first != layer_.inputs.begin() + static_cast<std::ptrdiff_t>(i)) continue;
      const Tensor& operand = in(i);
      const bool picks = i == 0 && (layer_.kind == OpKind::Gather || layer_.kind == OpKind::Slice);
      const Bytes size = picks ? std::min(operand.size, out().size) : operand.size;
      (operand.kind == TensorKind::Weight ? work.weights : work.read) += size;
    }
  }

  Bytes written() const {
    Bytes total;
    for (const TensorId output : layer_.outputs) total += tensors_[output].size;
    return total;
  }

  // Gates of one direction, all steps at once: what a product over the whole sequence leaves
  // behind.
  Bytes workspace() const {
    if (layer_.kind != OpKind::Lstm) return {};
    const std::int64_t steps = in(0).shape[0] * in(0).shape[1];
    const Wide bytes =
        Wide{4} * layer_.attributes.integer("hidden_size") * steps * info(in(0).type).bytes;
    return {saturated(bytes)};
  }

 private:
  const Tensor& in(std::size_t i) const { return tensors_[layer_.inputs.at(i)]; }
  const Tensor& out() const { return tensors_[layer_.outputs.at(0)]; }

  static Flops for_each(const Tensor& tensor, std::int64_t operations) {
    return {saturated(Wide{tensor.elements()} * operations)};
  }

  Flops convolution() const {
    const Tensor& kernel = in(1);  // [C_out, C_in / group, k...]
    const std::int64_t taps = kernel.elements() / kernel.shape[0];
    const int bias = layer_.inputs.size() > 2 ? 1 : 0;
    return {saturated(Wide{out().elements()} * (Wide{2} * taps + bias))};
  }

  // Every input element meets each tap of its group's kernel [C_in, C_out / group, k...] once.
  Flops transposed_convolution() const {
    const Tensor& kernel = in(1);
    const std::int64_t taps = kernel.elements() / kernel.shape[0];
    const std::int64_t bias = layer_.inputs.size() > 2 ? out().elements() : 0;
    return {saturated(Wide{in(0).elements()} * 2 * taps + bias)};
  }

  Flops gemm() const {
    const std::int64_t depth = in(0).shape[layer_.attributes.integer("transA") != 0 ? 0 : 1];
    const int addend = layer_.inputs.size() > 2 ? 1 : 0;
    return {saturated(Wide{out().elements()} * (Wide{2} * depth + addend))};
  }

  Flops product() const { return {saturated(Wide{out().elements()} * 2 * in(0).shape.back())}; }

  // X [T, B, I], W [D, 4H, I], R [D, 4H, H].
  Flops lstm() const {
    const Shape& x = in(0).shape;
    const Wide directions = in(1).shape[0];
    const Wide hidden = layer_.attributes.integer("hidden_size");
    const Wide steps = Wide{x[0]} * x[1] * directions;
    const Wide products = 2 * 4 * hidden * (x[2] + hidden);
    // Three sigmoids, two hyperbolic tangents, four products and sums, eight bias additions.
    const Wide elementwise = hidden * (5 * elementwise_operations(OpKind::Tanh) + 4 + 8);
    return {saturated(steps * (products + elementwise))};
  }

  std::int64_t kernel_volume() const {
    std::int64_t volume = 1;
    for (const std::int64_t extent : layer_.attributes.integers("kernel_shape")) volume *= extent;
    return volume;
  }

  // Linear: a weighted sum of the two neighbours on every axis that changes.
  Flops resize() const {
    if (layer_.attributes.text("mode") != "linear") return {};
    std::int64_t neighbours = 1;
    for (std::size_t axis = 0; axis < out().shape.size(); ++axis) {
      if (out().shape[axis] != in(0).shape[axis]) neighbours *= 2;
    }
    return for_each(out(), 2 * neighbours);
  }

  const Layer& layer_;
  const IdVector<TensorId, Tensor>& tensors_;
};

}  // namespace

Work work_of(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  PARTITA_ASSERT(layer.kind != OpKind::Opaque, "the work of an opaque layer is given");
  const Measure measure(layer, tensors);
  Work work;
  work.flops = measure.flops();
  measure.read(work);
  work.written = measure.written();
  work.workspace = measure.workspace();
  return work;
}

}  // namespace partita
