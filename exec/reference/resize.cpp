// Resize: nearest and linear.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"

namespace partita::reference {
namespace {

// One result position as a weighted sum of operand positions.
struct Tap {
  std::int64_t position;
  double weight;
};

// Where result position o lies on the operand's axis (ONNX, operator Resize,
// coordinate_transformation_mode).
double original(const std::string& coordinate, double o, double scale, double in) {
  const double resized = scale * in;  // not rounded to whole elements, as ONNX's own tests have it
  if (coordinate == "asymmetric") return o / scale;
  if (coordinate == "align_corners") return resized <= 1 ? 0 : o * (in - 1) / (resized - 1);
  if (coordinate == "pytorch_half_pixel" && resized <= 1) return 0;
  return (o + 0.5) / scale - 0.5;
}

double rounded(const std::string& mode, double at) {
  if (mode == "floor") return std::floor(at);
  if (mode == "ceil") return std::ceil(at);
  return mode == "round_prefer_ceil" ? std::floor(at + 0.5) : std::ceil(at - 0.5);
}

std::vector<std::vector<Tap>> taps(const Call& call, std::size_t axis) {
  const std::int64_t in = call.in(0).shape[axis], out = call.out().shape[axis];
  const double scale = call.layer.attributes.numbers("scales")[axis];
  const std::string& coordinate = call.layer.attributes.text("coordinate");
  const bool linear = call.layer.attributes.text("mode") == "linear";
  const auto clamped = [in](double at) {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(at), 0, in - 1);
  };
  std::vector<std::vector<Tap>> all;
  for (std::int64_t o = 0; o < out; ++o) {
    const double at = original(coordinate, static_cast<double>(o), scale, static_cast<double>(in));
    if (in == out && scale == 1) {
      all.push_back({{o, 1.0}});
    } else if (linear) {
      const double below = std::floor(at);
      all.push_back({{clamped(below), 1 - (at - below)}, {clamped(below + 1), at - below}});
    } else {
      all.push_back({{clamped(rounded(call.layer.attributes.text("nearest"), at)), 1.0}});
    }
  }
  return all;
}

}  // namespace

// Axis after axis, in double.
void resize(const Call& call) {
  Shape shape = call.in(0).shape;
  const std::span<const float> x = call.in(0).as<float>();
  std::vector<double> from(x.begin(), x.end());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto positions = taps(call, axis);
    const std::int64_t outer = extent_of(shape, 0, axis);
    const std::int64_t inner = extent_of(shape, axis + 1, shape.size());
    const auto extent = static_cast<std::int64_t>(positions.size());
    std::vector<double> to(static_cast<std::size_t>(outer * extent * inner), 0.0);
    double* y = to.data();
    for (std::int64_t row = 0; row < outer; ++row) {
      for (const std::vector<Tap>& position : positions) {
        for (const Tap& tap : position) {
          const double* line = from.data() + (row * shape[axis] + tap.position) * inner;
          for (std::int64_t i = 0; i < inner; ++i) y[i] += tap.weight * line[i];
        }
        y += inner;
      }
    }
    shape[axis] = extent;
    from = std::move(to);
  }
  std::transform(from.begin(), from.end(), call.out().as<float>().data(),
                 [](double v) { return static_cast<float>(v); });
}

}  // namespace partita::reference
