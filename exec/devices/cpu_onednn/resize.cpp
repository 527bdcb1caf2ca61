// Resize by nearest neighbour or (multi-)linear interpolation, axis by axis.
#include <algorithm>
#include <cmath>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

// The operand's position, as a real number, of result position `i` along one axis (ONNX, operator
// Resize, attribute coordinate_transformation_mode).
double source_position(const std::string& mode, std::int64_t i, std::int64_t from, std::int64_t to,
                       double scale) {
  const auto at = static_cast<double>(i);
  if (mode == "asymmetric") return at / scale;
  if (mode == "align_corners") {
    return to == 1 ? 0 : at * static_cast<double>(from - 1) / static_cast<double>(to - 1);
  }
  if (mode == "pytorch_half_pixel" && to == 1) return 0;
  return (at + 0.5) / scale - 0.5;
}

std::int64_t nearest(const std::string& rounding, double position) {
  if (rounding == "floor") return static_cast<std::int64_t>(std::floor(position));
  if (rounding == "ceil") return static_cast<std::int64_t>(std::ceil(position));
  const double down = std::floor(position);
  const double half = position - down - 0.5;
  const bool up = rounding == "round_prefer_ceil" ? half >= 0 : half > 0;
  return static_cast<std::int64_t>(down) + (up ? 1 : 0);
}

// Result position = (1 - weight) * x[low] + weight * x[high].
struct Tap {
  std::int64_t low, high;
  float weight;
};

struct Axis {
  std::int64_t outer, from, inner;  // rows before it are resized already
  std::vector<Tap> taps;
};

std::vector<Tap> taps_of(const Attributes& a, std::int64_t from, std::int64_t to, double scale) {
  const std::string& mode = a.text("coordinate");
  std::vector<Tap> taps;
  for (std::int64_t i = 0; i < to; ++i) {
    const double position = source_position(mode, i, from, to, scale);
    if (a.text("mode") == "nearest") {
      const std::int64_t at =
          std::clamp<std::int64_t>(nearest(a.text("nearest"), position), 0, from - 1);
      taps.push_back({at, at, 0});
    } else {
      const double down = std::floor(position);
      const auto low = static_cast<std::int64_t>(down);
      taps.push_back({std::clamp<std::int64_t>(low, 0, from - 1),
                      std::clamp<std::int64_t>(low + 1, 0, from - 1),
                      static_cast<float>(position - down)});
    }
  }
  return taps;
}

class ResizeKernel : public PlainKernel {
 public:
  explicit ResizeKernel(const KernelRequest& request) : PlainKernel(request) {
    Shape shape = request.input(0).shape;
    const Shape& result = request.output().shape;
    const Attributes& a = request.attributes();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      // Equal extents may still be resampled, where the scale is not quite one.
      if (shape[i] == result[i] && a.numbers("scales")[i] == 1) continue;
      const std::span<const std::int64_t> all(shape);
      axes_.push_back({product(all.first(i)), shape[i], product(all.subspan(i + 1)),
                       taps_of(a, shape[i], result[i], a.numbers("scales")[i])});
      shape[i] = result[i];
      between_.emplace_back(static_cast<std::size_t>(product(shape)));
    }
    count_ = static_cast<std::size_t>(request.output().elements());
  }
  void run() override {
    const float* x = in<float>(0);
    if (axes_.empty()) std::copy_n(x, count_, out<float>());
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      float* y = i + 1 == axes_.size() ? out<float>() : between_[i].data();
      resize(axes_[i], x, y);
      x = y;
    }
  }

 private:
  static void resize(const Axis& axis, const float* x, float* y) {
    for (std::int64_t o = 0; o < axis.outer; ++o) {
      const float* rows = x + o * axis.from * axis.inner;
      for (const Tap& tap : axis.taps) {
        const float* low = rows + tap.low * axis.inner;
        const float* high = rows + tap.high * axis.inner;
        for (std::int64_t i = 0; i < axis.inner; ++i) {
          y[i] = low[i] + tap.weight * (high[i] - low[i]);
        }
        y += axis.inner;
      }
    }
  }

  std::vector<Axis> axes_;
  std::vector<std::vector<float>> between_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_resize_kernel(const KernelRequest& request) {
  return std::make_unique<ResizeKernel>(request);
}

}  // namespace partita::exec
