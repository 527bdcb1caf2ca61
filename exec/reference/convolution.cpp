// Conv and ConvTranspose as matrix products: kernels [C_out, taps] times patches [taps, positions],
// where a block of patches is gathered only when the product asks for it.
#include <algorithm>
#include <vector>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"
#include "exec/reference/product.h"
#include "exec/reference/window.h"

namespace partita::reference {
namespace {

// Calls run(channel, tap coordinates, row of the block) for rows first .. first + count of a patch
// matrix.
template <class Run>
void for_each_tap(const Window& window, std::int64_t first, std::int64_t count, Run run) {
  const std::int64_t volume = Window::volume(window.kernel);
  for (std::int64_t r = 0; r < count; ++r) {
    run((first + r) / volume, coordinates((first + r) % volume, window.kernel), r);
  }
}

// Calls run(o0, o1, first o2, count, column of the block) for each stretch along the last axis of
// the positions first .. first + count.
template <class Run>
void for_each_stretch(const Window::Axes& extents, std::int64_t first, std::int64_t count,
                      Run run) {
  for (std::int64_t done = 0; done < count;) {
    const Window::Axes o = coordinates(first + done, extents);
    const std::int64_t length = std::min(count - done, extents[2] - o[2]);
    run(o[0], o[1], o[2], length, done);
    done += length;
  }
}

FillBlock patches_of(const Window& window, const float* x) {
  return [&window, x](std::int64_t first_row, std::int64_t rows, std::int64_t first_column,
                      std::int64_t columns, double* out) {
    for_each_tap(
        window, first_row, rows, [&](std::int64_t c, const Window::Axes& k, std::int64_t r) {
          const float* channel = x + c * Window::volume(window.in);
          for_each_stretch(window.out, first_column, columns,
                           [&](std::int64_t o0, std::int64_t o1, std::int64_t o2,
                               std::int64_t count, std::int64_t column) {
                             double* to = out + r * kProductColumns + column;
                             const std::int64_t i0 = window.at(0, o0, k[0]),
                                                i1 = window.at(1, o1, k[1]);
                             if (!window.inside(0, i0) || !window.inside(1, i1)) {
                               std::fill(to, to + count, 0.0);
                               return;
                             }
                             const float* line = channel + (i0 * window.in[1] + i1) * window.in[2];
                             for (std::int64_t j = 0; j < count; ++j) {
                               const std::int64_t i2 = window.at(2, o2 + j, k[2]);
                               to[j] = window.inside(2, i2) ? line[i2] : 0.0F;
                             }
                           });
        });
  };
}

// The input position that tap k sends to result o of a transposed convolution, or -1: o = i *
// stride + k * dilation - pad.
std::int64_t source(const Window& window, std::size_t axis, std::int64_t o, std::int64_t k) {
  const std::int64_t scaled = o + window.pad[axis] - k * window.dilation[axis];
  if (scaled < 0 || scaled % window.stride[axis] != 0) return -1;
  const std::int64_t i = scaled / window.stride[axis];
  return i < window.in[axis] ? i : -1;
}

FillBlock transposed_patches_of(const Window& window, const float* x) {
  return [&window, x](std::int64_t first_row, std::int64_t rows, std::int64_t first_column,
                      std::int64_t columns, double* out) {
    for_each_tap(
        window, first_row, rows, [&](std::int64_t c, const Window::Axes& k, std::int64_t r) {
          const float* channel = x + c * Window::volume(window.in);
          for_each_stretch(window.out, first_column, columns,
                           [&](std::int64_t o0, std::int64_t o1, std::int64_t o2,
                               std::int64_t count, std::int64_t column) {
                             double* to = out + r * kProductColumns + column;
                             const std::int64_t i0 = source(window, 0, o0, k[0]);
                             const std::int64_t i1 = source(window, 1, o1, k[1]);
                             for (std::int64_t j = 0; j < count; ++j) {
                               const std::int64_t i2 = source(window, 2, o2 + j, k[2]);
                               const bool meets = i0 >= 0 && i1 >= 0 && i2 >= 0;
                               to[j] = meets ? channel[(i0 * window.in[1] + i1) * window.in[2] + i2]
                                             : 0.0F;
                             }
                           });
        });
  };
}

// Results [channels, positions] of one image and group, plus their bias.
StoreRow store_to(float* y, std::int64_t positions, const float* bias) {
  return [=](std::int64_t i, std::int64_t first, std::int64_t count, const double* sums) {
    const double addend = bias != nullptr ? bias[i] : 0.0;
    float* to = y + i * positions + first;
    for (std::int64_t j = 0; j < count; ++j) to[j] = static_cast<float>(sums[j] + addend);
  };
}

}  // namespace

// X [N, C, ...], W [M, C / group, taps...], B [M] -> Y [N, M, ...].
void convolution(const Call& call) {
  const Shape& x = call.in(0).shape;
  const Shape& w = call.in(1).shape;
  const Window window(call.layer, x, call.out().shape, {w.begin() + 2, w.end()});
  const std::int64_t groups = call.integer("group");
  const std::int64_t in_channels = w[1], out_channels = w[0] / groups;
  const std::int64_t in_volume = Window::volume(window.in), positions = Window::volume(window.out);
  const std::int64_t depth = in_channels * Window::volume(window.kernel);
  for (std::int64_t part = 0; part < x[0] * groups; ++part) {
    const std::int64_t first = part % groups * out_channels;
    multiply(out_channels, positions, depth, {call.f32(1) + first * depth, depth, 1},
             patches_of(window, call.f32(0) + part * in_channels * in_volume),
             store_to(call.out().as<float>().data() + part * out_channels * positions, positions,
                      call.has(2) ? call.f32(2) + first : nullptr));
  }
}

// X [N, C, ...], W [C, M / group, taps...], B [M] -> Y [N, M, ...].
void transposed_convolution(const Call& call) {
  const Shape& x = call.in(0).shape;
  const Shape& w = call.in(1).shape;
  const Window window(call.layer, x, call.out().shape, {w.begin() + 2, w.end()});
  const std::int64_t groups = call.integer("group");
  const std::int64_t in_channels = w[0] / groups, out_channels = w[1];
  const std::int64_t in_volume = Window::volume(window.in), positions = Window::volume(window.out);
  const std::int64_t taps = Window::volume(window.kernel);
  const std::int64_t depth = in_channels * taps;
  // Kernels of one group as [M / group, C / group x taps].
  std::vector<float> kernel(static_cast<std::size_t>(out_channels * depth));
  for (std::int64_t part = 0; part < x[0] * groups; ++part) {
    const std::int64_t group = part % groups;
    const float* from = call.f32(1) + group * in_channels * out_channels * taps;
    for (std::int64_t c = 0; c < in_channels; ++c) {
      for (std::int64_t m = 0; m < out_channels; ++m, from += taps) {
        std::copy(from, from + taps, kernel.begin() + m * depth + c * taps);
      }
    }
    multiply(out_channels, positions, depth, {kernel.data(), depth, 1},
             transposed_patches_of(window, call.f32(0) + part * in_channels * in_volume),
             store_to(call.out().as<float>().data() + part * out_channels * positions, positions,
                      call.has(2) ? call.f32(2) + group * out_channels : nullptr));
  }
}

}  // namespace partita::reference
