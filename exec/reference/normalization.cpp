// BatchNormalization (in inference), LayerNormalization, LRN.
#include <algorithm>
#include <cmath>
#include <vector>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"

namespace partita::reference {
namespace {

std::vector<float> broadcast_to(const Shape& shape, const TensorValue& operand) {
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(extent_of(shape)));
  const float* from = operand.as<float>().data();
  for_each_row<1>(shape, {broadcast_strides(operand.shape, shape)},
                  [&](const auto& offsets, std::int64_t count, const auto& steps) {
                    for (std::int64_t i = 0; i < count; ++i) {
                      result.push_back(from[offsets[0] + i * steps[0]]);
                    }
                  });
  return result;
}

}  // namespace

// (x - mean) / sqrt(variance + epsilon) * scale + B, for each channel (axis 1).
void batch_normalization(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const std::int64_t channels = shape.size() > 1 ? shape[1] : 1;
  const std::int64_t inner = shape.size() > 2 ? extent_of(shape, 2, shape.size()) : 1;
  const double epsilon = call.number("epsilon");
  const float* x = call.f32(0);
  float* y = call.out().as<float>().data();
  const std::int64_t planes = extent_of(shape) / inner;
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const std::int64_t c = plane % channels;
    const double factor = call.f32(1)[c] / std::sqrt(call.f32(4)[c] + epsilon);
    const double shift = call.f32(2)[c], mean = call.f32(3)[c];
    for (std::int64_t i = 0; i < inner; ++i, ++x, ++y) {
      *y = static_cast<float>((*x - mean) * factor + shift);
    }
  }
}

// (x - mean) / sqrt(variance + epsilon) * scale + B with mean and variance over the axes from
// `axis` on, to which scale and B are broadcast. Outputs: Y [mean [1 / deviation]].
void layer_normalization(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const Shape normalized(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
  const std::int64_t inner = extent_of(normalized);
  const std::int64_t outer = extent_of(shape, 0, axis);
  const double epsilon = call.number("epsilon");
  const std::vector<float> scale = broadcast_to(normalized, call.in(1));
  const std::vector<float> bias =
      call.has(2) ? broadcast_to(normalized, call.in(2)) : std::vector<float>(scale.size(), 0.0F);
  const float* x = call.f32(0);
  float* y = call.out().as<float>().data();
  for (std::int64_t row = 0; row < outer; ++row, x += inner, y += inner) {
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < inner; ++i) sum += x[i];
    const double mean = sum / static_cast<double>(inner);
    for (std::int64_t i = 0; i < inner; ++i) squares += (x[i] - mean) * (x[i] - mean);
    const double factor = 1 / std::sqrt(squares / static_cast<double>(inner) + epsilon);
    for (std::int64_t i = 0; i < inner; ++i) {
      const auto at = static_cast<std::size_t>(i);
      y[i] = static_cast<float>((x[i] - mean) * factor * scale[at] + bias[at]);
    }
    const auto at = static_cast<std::size_t>(row);
    if (call.outputs.size() > 1) call.out(1).as<float>()[at] = static_cast<float>(mean);
    if (call.outputs.size() > 2) call.out(2).as<float>()[at] = static_cast<float>(factor);
  }
}

// x / (bias + alpha / size * sum of squares over `size` channels around it) ^ beta.
void local_response_normalization(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const std::int64_t channels = shape[1], inner = extent_of(shape, 2, shape.size());
  const std::int64_t size = call.integer("size");
  const double alpha = call.number("alpha") / static_cast<double>(size);
  const double beta = call.number("beta"), bias = call.number("bias");
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    const float* x = call.f32(0) + n * channels * inner;
    float* y = call.out().as<float>().data() + n * channels * inner;
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t first = std::max<std::int64_t>(0, c - (size - 1) / 2);
      const std::int64_t last = std::min(channels - 1, c + size / 2);
      for (std::int64_t i = 0; i < inner; ++i) {
        double squares = 0;
        for (std::int64_t k = first; k <= last; ++k) {
          squares += static_cast<double>(x[k * inner + i]) * x[k * inner + i];
        }
        y[c * inner + i] =
            static_cast<float>(x[c * inner + i] / std::pow(bias + alpha * squares, beta));
      }
    }
  }
}

}  // namespace partita::reference
