// MaxPool and AveragePool, and their global forms.
#include <algorithm>
#include <limits>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"
#include "exec/reference/window.h"

namespace partita::reference {
namespace {

// The taps of one axis that meet the input, [first, last), and how many positions the window has
// inside input and padding: a window that ceil_mode hangs over the end of the padding is cut there.
struct Reach {
  std::int64_t first = 0, last = 0, padded = 0;
};

Reach reach(const Window& window, std::size_t axis, std::int64_t o) {
  Reach result{.first = window.kernel[axis]};
  const std::int64_t end = window.in[axis] + window.pad_end[axis];
  for (std::int64_t k = 0; k < window.kernel[axis]; ++k) {
    const std::int64_t at = window.at(axis, o, k);
    if (at < end) ++result.padded;
    if (!window.inside(axis, at)) continue;
    result.first = std::min(result.first, k);
    result.last = k + 1;
  }
  return result;
}

// Largest or average of each window of one plane.
template <bool kLargest>
void pool_plane(const Window& window, bool count_padding, const float* x, float* y) {
  for (std::int64_t o0 = 0; o0 < window.out[0]; ++o0) {
    const Reach r0 = reach(window, 0, o0);
    for (std::int64_t o1 = 0; o1 < window.out[1]; ++o1) {
      const Reach r1 = reach(window, 1, o1);
      for (std::int64_t o2 = 0; o2 < window.out[2]; ++o2) {
        const Reach r2 = reach(window, 2, o2);
        double result = kLargest ? -std::numeric_limits<double>::infinity() : 0.0;
        std::int64_t count = 0;
        for (std::int64_t k0 = r0.first; k0 < r0.last; ++k0) {
          const std::int64_t i0 = window.at(0, o0, k0);
          for (std::int64_t k1 = r1.first; k1 < r1.last; ++k1) {
            const std::int64_t i1 = window.at(1, o1, k1);
            const float* line = x + (i0 * window.in[1] + i1) * window.in[2];
            for (std::int64_t k2 = r2.first; k2 < r2.last; ++k2, ++count) {
              const double value = line[window.at(2, o2, k2)];
              result = kLargest ? std::max(result, value) : result + value;
            }
          }
        }
        if (count_padding) count = r0.padded * r1.padded * r2.padded;
        if (!kLargest) result /= static_cast<double>(count);
        *y++ = static_cast<float>(result);
      }
    }
  }
}

}  // namespace

void pooling(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const Window window(call.layer, shape, call.out().shape, call.integers("kernel_shape"));
  const bool largest = call.layer.kind == OpKind::MaxPool;
  const bool count_padding = !largest && call.integer("count_include_pad") != 0;
  const std::int64_t in = Window::volume(window.in), out = Window::volume(window.out);
  for (std::int64_t plane = 0; plane < shape[0] * shape[1]; ++plane) {
    const float* x = call.f32(0) + plane * in;
    float* y = call.out().as<float>().data() + plane * out;
    largest ? pool_plane<true>(window, false, x, y)
            : pool_plane<false>(window, count_padding, x, y);
  }
}

void global_pooling(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const std::int64_t inner = extent_of(shape, 2, shape.size());
  const float* x = call.f32(0);
  for (float& y : call.out().as<float>()) {
    double sum = 0;
    for (std::int64_t i = 0; i < inner; ++i) sum += x[i];
    y = call.layer.kind == OpKind::GlobalMaxPool
            ? *std::max_element(x, x + inner)
            : static_cast<float>(sum / static_cast<double>(inner));
    x += inner;
  }
}

}  // namespace partita::reference
