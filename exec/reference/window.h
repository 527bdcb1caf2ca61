// The sliding window of convolutions and pools, on one to three spatial axes.
#pragma once

#include <array>
#include <cstdint>

#include "models/base/assert.h"
#include "models/network/network.h"

namespace partita::reference {

// Right-aligned: a 1-D window uses the last axis, and the others have extent 1.
//
// Model: result o and tap k of an axis meet the input at  o * stride + k * dilation - pad  (ONNX,
// operator Conv).
struct Window {
  using Axes = std::array<std::int64_t, 3>;
  Axes in{1, 1, 1};
  Axes out{1, 1, 1};
  Axes kernel{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes dilation{1, 1, 1};
  Axes pad{0, 0, 0};      // before the first element
  Axes pad_end{0, 0, 0};  // after the last

  // in_shape and out_shape are [N, C, spatial axes...].
  Window(const Layer& layer, const Shape& in_shape, const Shape& out_shape,
         const std::vector<std::int64_t>& kernel_shape) {
    const std::size_t rank = in_shape.size() - 2;
    PARTITA_ASSERT(rank >= 1 && rank <= 3, "windows have one to three spatial axes: " + layer.name);
    const auto& strides = layer.attributes.integers("strides");
    const auto& pads = layer.attributes.integers("pads");
    for (std::size_t from = 0, to = 3 - rank; from < rank; ++from, ++to) {
      in[to] = in_shape[2 + from];
      out[to] = out_shape[2 + from];
      kernel[to] = kernel_shape[from];
      stride[to] = strides[from];
      pad[to] = pads[from];
      pad_end[to] = pads[rank + from];
      if (layer.attributes.has("dilations"))
        dilation[to] = layer.attributes.integers("dilations")[from];
    }
  }

  std::int64_t at(std::size_t axis, std::int64_t o, std::int64_t k) const {
    return o * stride[axis] + k * dilation[axis] - pad[axis];
  }
  bool inside(std::size_t axis, std::int64_t position) const {
    return position >= 0 && position < in[axis];
  }
  static std::int64_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }
};

// The three coordinates of element `flat` of a row-major block.
inline Window::Axes coordinates(std::int64_t flat, const Window::Axes& extents) {
  const std::int64_t plane = extents[1] * extents[2];
  return {flat / plane, flat % plane / extents[2], flat % extents[2]};
}

}  // namespace partita::reference
