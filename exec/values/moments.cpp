#include "exec/values/moments.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "exec/values/scalar_functions.h"
#include "exec/values/tensor_value.h"

namespace partita {
namespace {

// Expected value of f(x) for x with the given moments: midpoint rule over +-5 standard deviations,
// with the density of the largest of `draws` normal numbers (draws = 1: the normal density itself).
template <class Function>
double expected(const Moments& x, Function f, double draws = 1) {
  constexpr int kPoints = 101;
  const double deviation = std::sqrt(x.variance);
  double sum = 0, weights = 0;
  for (int i = 0; i < kPoints; ++i) {
    const double z = 10.0 * (i + 0.5) / kPoints - 5;
    const double weight = std::exp(-z * z / 2) * std::pow(normal_distribution(z), draws - 1);
    const double value = f(x.mean + deviation * z);
    if (!std::isfinite(value)) continue;  // log(-1), 1 / 0: rare, and no concern of a scale
    sum += weight * value;
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

template <class Function>
Moments mapped(const Moments& x, Function f, double draws = 1) {
  const double mean = expected(x, f, draws);
  const double square = expected(
      x, [&](double v) { return f(v) * f(v); }, draws);
  return {mean, std::max(0.0, square - mean * mean)};
}

Moments product(const Moments& a, const Moments& b) {
  return {a.mean * b.mean, a.square() * b.square() - a.mean * a.mean * b.mean * b.mean};
}

Moments mixture(const Moments& a, const Moments& b, double share_of_b) {
  const double mean = (1 - share_of_b) * a.mean + share_of_b * b.mean;
  const double square = (1 - share_of_b) * a.square() + share_of_b * b.square();
  return {mean, std::max(0.0, square - mean * mean)};
}

Moments of_constant(const Tensor& tensor) {
  if (!tensor.values) return {};
  TensorValue value;
  value.type = tensor.type;
  value.shape = tensor.shape;
  value.bytes = *tensor.values;
  double sum = 0, squares = 0;
  const std::vector<double> all = numbers(value);
  for (const double x : all) {
    // A mask's -10^9 or -infinity would drown every other operand; softmax makes 0 of -100 just as
    // well.
    const double bounded = std::isnan(x) ? 0 : std::clamp(x, -100.0, 100.0);
    sum += bounded;
    squares += bounded * bounded;
  }
  const double count = std::max<double>(1, static_cast<double>(all.size()));
  const double mean = sum / count;
  return {mean, std::max(0.0, squares / count - mean * mean)};
}

// Average share of a window's taps along one axis that fall inside the input.
double inside_share(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                    std::int64_t dilation, std::int64_t pad) {
  std::int64_t inside = 0;
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = o * stride + k * dilation - pad;
      if (at >= 0 && at < in) ++inside;
    }
  }
  return static_cast<double>(inside) / static_cast<double>(out * kernel);
}

class Propagation {
 public:
  explicit Propagation(const Network& network)
      : network_(network), moments_(network.tensors().size()), kernel_(network.tensors().size()) {}

  IdVector<TensorId, Moments> run() {
    for (const TensorId id : ids<TensorId>(network_.tensors().size())) start(id);
    for (const LayerId id : network_.layers()) {
      const Layer& layer = network_.layer(id);
      if (layer.kind == OpKind::Opaque || layer.inputs.empty()) continue;
      const Moments result = of(layer);
      for (const TensorId output : layer.outputs) moments_[output] = result;
      if (layer.kind == OpKind::TopK) moments_[layer.outputs.at(1)] = position(in(layer, 0));
    }
    return std::move(moments_);
  }

 private:
  void start(TensorId id) {
    const Tensor& tensor = network_.tensor(id);
    if (tensor.kind == TensorKind::Constant) moments_[id] = of_constant(tensor);
    if (tensor.kind == TensorKind::Input) moments_[id] = {0, 1.0 / 3};
    if (tensor.kind != TensorKind::Weight) return;
    switch (tensor.role) {
      case WeightRole::Bias:
      case WeightRole::Mean: moments_[id] = {0, 0.1 * 0.1 / 3}; break;
      case WeightRole::Scale: moments_[id] = {1, 0.25 * 0.25 / 3}; break;
      case WeightRole::Variance: moments_[id] = {1, 0.5 * 0.5 / 3}; break;
      // A kernel that no product reads is a table or an addend: like an embedding, until a product
      // says otherwise.
      case WeightRole::Kernel: kernel_[id] = id; [[fallthrough]];
      case WeightRole::Embedding:
        moments_[id] = {
            0, tensor.shape.empty() ? 1.0 : 1.0 / static_cast<double>(tensor.shape.back())};
    }
  }

  const Tensor& in(const Layer& layer, std::size_t i) const {
    return network_.tensor(layer.inputs.at(i));
  }
  const Tensor& out(const Layer& layer) const { return network_.tensor(layer.outputs.at(0)); }
  const Moments& moments(const Layer& layer, std::size_t i) const {
    return moments_[layer.inputs.at(i)];
  }

  static Moments position(const Tensor& tensor) {
    const double last = tensor.shape.empty() ? 0 : static_cast<double>(tensor.shape.back()) - 1;
    return {last / 2, last * last / 12};
  }

  // The moments of a sum of `terms` products of operand `i` and operand `kernel`. A kernel not yet
  // decided gets the variance that makes the sum's variance 1.
  Moments sum_of_products(const Layer& layer, std::size_t i, std::size_t kernel, double terms) {
    const TensorId kernel_id = layer.inputs.at(kernel);
    const double square = std::max(moments(layer, i).square(), 1e-6);
    if (const std::optional<TensorId> weight = kernel_[kernel_id]) {
      const Moments decided{0, 1 / (std::max(terms, 1.0) * square)};
      if (!decided_[*weight]) {
        moments_[*weight] = decided;
        decided_[*weight] = true;
      }
      moments_[kernel_id] = moments_[*weight];
    }
    const Moments one = product(moments(layer, i), moments_[kernel_id]);
    return {one.mean * terms, one.variance * terms};
  }

  Moments with_bias(const Layer& layer, std::size_t bias, Moments sum) const {
    if (layer.inputs.size() <= bias) return sum;
    return {sum.mean + moments(layer, bias).mean, sum.variance + moments(layer, bias).variance};
  }

  // Terms of one result that are not padding.
  double taps(const Layer& layer) const {
    const Shape& x = in(layer, 0).shape;
    const Shape& w = in(layer, 1).shape;
    const Shape& y = out(layer).shape;
    const auto& strides = layer.attributes.integers("strides");
    const auto& dilations = layer.attributes.integers("dilations");
    const auto& pads = layer.attributes.integers("pads");
    double terms = static_cast<double>(w[1]);
    for (std::size_t axis = 0; axis + 2 < w.size(); ++axis) {
      terms *= static_cast<double>(w[axis + 2]) * inside_share(x[axis + 2], y[axis + 2],
                                                               w[axis + 2], strides[axis],
                                                               dilations[axis], pads[axis]);
    }
    return terms;
  }

  // Every input element meets each tap once, spread over all results.
  double transposed_taps(const Layer& layer) const {
    const Shape& w = in(layer, 1).shape;
    const double products = static_cast<double>(in(layer, 0).elements()) *
                            static_cast<double>(in(layer, 1).elements()) /
                            static_cast<double>(w[0]);
    return products / static_cast<double>(out(layer).elements());
  }

  double draws(const Layer& layer) const {
    if (layer.kind == OpKind::MaxPool || layer.kind == OpKind::AveragePool) {
      double volume = 1;
      for (const std::int64_t extent : layer.attributes.integers("kernel_shape")) {
        volume *= static_cast<double>(extent);
      }
      return volume;
    }
    return static_cast<double>(in(layer, 0).elements()) /
           static_cast<double>(out(layer).elements());
  }

  Moments of(const Layer& layer) {
    const Moments x = moments(layer, 0);
    std::optional<Moments> unary;
    if (with_unary_function(layer, [&](auto f) { unary = mapped(x, f); })) return *unary;
    switch (layer.kind) {
      case OpKind::Conv: return with_bias(layer, 2, sum_of_products(layer, 0, 1, taps(layer)));
      case OpKind::ConvTranspose:
        return with_bias(layer, 2, sum_of_products(layer, 0, 1, transposed_taps(layer)));
      case OpKind::MatMul:
      case OpKind::Gemm: return matrix_product(layer);
      case OpKind::Lstm: return lstm(layer);
      case OpKind::BatchNormalization: {
        const Moments scaled = product(x, moments(layer, 1));
        // E[1 / v] of the variances, to second order.
        const Moments v = moments(layer, 4);
        const double inverse = (1 + v.variance / (v.mean * v.mean)) / std::max(v.mean, 1e-6);
        return with_bias(layer, 2, {scaled.mean * std::sqrt(inverse), scaled.variance * inverse});
      }
      case OpKind::LayerNormalization:
        return with_bias(layer, 2, product({0, 1}, moments(layer, 1)));
      case OpKind::Add: return with_bias(layer, 1, x);
      case OpKind::Sub: {
        const Moments b = moments(layer, 1);
        return {x.mean - b.mean, x.variance + b.variance};
      }
      case OpKind::Mul:
        if (layer.inputs[0] == layer.inputs[1]) return mapped(x, [](double v) { return v * v; });
        return product(x, moments(layer, 1));
      case OpKind::Div: {
        const double scale = std::sqrt(std::max(moments(layer, 1).square(), 1e-12));
        return {x.mean / scale, x.variance / (scale * scale)};
      }
      case OpKind::Pow: {
        const double exponent = moments(layer, 1).mean;
        return mapped(x, [=](double v) { return std::pow(v, exponent); });
      }
      case OpKind::Min: return {std::min(x.mean, moments(layer, 1).mean), x.variance};
      case OpKind::Max: return {std::max(x.mean, moments(layer, 1).mean), x.variance};
      case OpKind::Where:
        return mixture(moments(layer, 2), moments(layer, 1), std::clamp(x.mean, 0.0, 1.0));
      case OpKind::Not:
      case OpKind::Equal:
      case OpKind::Greater:
      case OpKind::Less:
      case OpKind::And:
      case OpKind::Or: return {0.5, 0.25};
      case OpKind::Softmax: {
        // Exponentials are log-normal: E[p^2] = e^variance / n^2, and no more than one element can
        // hold it all.
        const double n = softmax_extent(layer);
        const double square = std::min(std::exp(std::min(x.variance, 50.0)), n) / (n * n);
        return {1 / n, std::max(0.0, square - 1 / (n * n))};
      }
      case OpKind::LogSoftmax:
        return {-std::log(softmax_extent(layer)) - x.variance / 2, x.variance};
      case OpKind::MaxPool:
      case OpKind::GlobalMaxPool:
      case OpKind::ReduceMax:
        return mapped(
            x, [](double v) { return v; }, draws(layer));
      case OpKind::AveragePool:
      case OpKind::GlobalAveragePool:
      case OpKind::ReduceMean: return {x.mean, x.variance / draws(layer)};
      case OpKind::ReduceSum: return {x.mean * draws(layer), x.variance * draws(layer)};
      case OpKind::ArgMax: return position(in(layer, 0));
      case OpKind::AllReduce:
      case OpKind::ReduceScatter: return sum_of_operands(layer);
      case OpKind::Concat: return concatenation(layer);
      case OpKind::ScatterNd: return mixture(x, moments(layer, 2), 0.5);
      default:  // data goes elsewhere unchanged, and a kernel stays one
        for (const TensorId output : layer.outputs) kernel_[output] = kernel_[layer.inputs[0]];
        return x;
    }
  }

  Moments sum_of_operands(const Layer& layer) const {
    Moments sum{0, 0};
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      sum.mean += moments(layer, i).mean;
      sum.variance += moments(layer, i).variance;
    }
    return sum;
  }

  Moments matrix_product(const Layer& layer) {
    const Shape& a = in(layer, 0).shape;
    const bool transposed = layer.kind == OpKind::Gemm && layer.attributes.integer("transA") != 0;
    const auto depth = static_cast<double>(transposed ? a.front() : a.back());
    const bool kernel_first = kernel_[layer.inputs[0]] && !kernel_[layer.inputs[1]];
    Moments sum =
        kernel_first ? sum_of_products(layer, 1, 0, depth) : sum_of_products(layer, 0, 1, depth);
    if (layer.kind != OpKind::Gemm) return sum;
    const double alpha = layer.attributes.number("alpha");
    return with_bias(layer, 2, {sum.mean * alpha, sum.variance * alpha * alpha});
  }

  Moments lstm(const Layer& layer) {
    const auto width = static_cast<double>(in(layer, 0).shape.back());
    const auto hidden = static_cast<double>(layer.attributes.integer("hidden_size"));
    sum_of_products(layer, 0, 1, width);
    // What the recurrence multiplies is the layer's own result, which is sigmoid x tanh: within
    // +-1, squares near 0.1.
    const TensorId recurrent = layer.inputs.at(2);
    if (kernel_[recurrent]) moments_[*kernel_[recurrent]] = {0, 1 / hidden};
    return {0, 0.1};
  }

  double softmax_extent(const Layer& layer) const {
    double extent = 1;
    for (const std::int64_t axis : layer.attributes.integers("axes")) {
      extent *= static_cast<double>(in(layer, 0).shape.at(static_cast<std::size_t>(axis)));
    }
    return extent;
  }

  Moments concatenation(const Layer& layer) const {
    Moments all = moments(layer, 0);
    auto elements = static_cast<double>(in(layer, 0).elements());
    for (std::size_t i = 1; i < layer.inputs.size(); ++i) {
      const auto more = static_cast<double>(in(layer, i).elements());
      elements += more;
      all = mixture(all, moments(layer, i), elements > 0 ? more / elements : 0);
    }
    return all;
  }

  const Network& network_;
  IdVector<TensorId, Moments> moments_;
  // The Kernel weight whose elements this tensor holds, if any: a kernel is often transposed or
  // reshaped first.
  IdVector<TensorId, std::optional<TensorId>> kernel_;
  IdVector<TensorId, char> decided_ = IdVector<TensorId, char>(network_.tensors().size());
};

}  // namespace

IdVector<TensorId, Moments> expected_moments(const Network& network) {
  return Propagation(network).run();
}

}  // namespace partita
