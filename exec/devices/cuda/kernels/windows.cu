#include <cmath>

#include "exec/devices/cuda/kernels/launch.h"
#include "exec/devices/cuda/kernels/windows.h"

namespace partita::exec::cuda {
namespace {

template <class T>
struct PoolOf {
  Pool p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index plane = i, o[3];
    p.window.result(plane, o);
    const T* x = static_cast<const T*>(p.x) + plane * p.window.in_volume();
    const WindowAxis* axis = p.window.axis;
    float result = p.largest ? -INFINITY : 0.0F;
    Index met = 0, padded[3] = {0, 0, 0};
    // Positions inside operand and padding: a window that ceil_mode hangs over the end of the
    // padding is cut there.
    for (int a = 0; a < 3; ++a) {
      for (Index k = 0; k < axis[a].kernel; ++k) {
        const Index at = o[a] * axis[a].stride + k * axis[a].dilation - axis[a].pad;
        if (at < axis[a].in + axis[a].pad_end) ++padded[a];
      }
    }
    for (Index k0 = 0; k0 < axis[0].kernel; ++k0) {
      const Index i0 = o[0] * axis[0].stride + k0 * axis[0].dilation - axis[0].pad;
      if (i0 < 0 || i0 >= axis[0].in) continue;
      for (Index k1 = 0; k1 < axis[1].kernel; ++k1) {
        const Index i1 = o[1] * axis[1].stride + k1 * axis[1].dilation - axis[1].pad;
        if (i1 < 0 || i1 >= axis[1].in) continue;
        for (Index k2 = 0; k2 < axis[2].kernel; ++k2) {
          const Index i2 = o[2] * axis[2].stride + k2 * axis[2].dilation - axis[2].pad;
          if (i2 < 0 || i2 >= axis[2].in) continue;
          const float value = wide(x[(i0 * axis[1].in + i1) * axis[2].in + i2]);
          result = p.largest ? std::fmax(result, value) : result + value;
          ++met;
        }
      }
    }
    if (!p.largest) {
      const Index count = p.count_padding ? padded[0] * padded[1] * padded[2] : met;
      result /= static_cast<float>(count);
    }
    static_cast<T*>(p.y)[i] = narrow<T>(result);
  }
};

// The operand position that tap k brings to result o, or -1.
PARTITA_HOST_DEVICE inline Index source(const WindowAxis& axis, bool transposed, Index o, Index k) {
  if (!transposed) {
    const Index at = o * axis.stride + k * axis.dilation - axis.pad;
    return at >= 0 && at < axis.in ? at : -1;
  }
  // o = i * stride + k * dilation - pad
  const Index scaled = o + axis.pad - k * axis.dilation;
  if (scaled < 0 || scaled % axis.stride != 0) return -1;
  const Index at = scaled / axis.stride;
  return at < axis.in ? at : -1;
}

template <class T>
struct ConvolutionOf {
  Convolution p;
  // What for_each_tile asks for: kernels [out_channels, taps] times patches [taps, positions].
  Index batches, rows, columns, depth;

  explicit ConvolutionOf(const Convolution& convolution)
      : p(convolution),
        batches(p.images * p.groups),
        rows(p.out_channels),
        columns(p.window.out_volume()),
        depth(p.in_channels * p.window.kernel_volume()) {}

  struct Column {
    Index start;  // of the first channel
    Index o[3];
  };
  PARTITA_HOST_DEVICE Column column(Index batch, Index j) const {
    Column column;
    column.start = batch * p.in_channels * p.window.in_volume();
    Index rest = j;
    p.window.result(rest, column.o);
    return column;
  }
  PARTITA_HOST_DEVICE float left(Index batch, Index i, Index tap) const {
    const Index group = batch % p.groups, taps = p.window.kernel_volume();
    const T* w = static_cast<const T*>(p.w);
    if (!p.transposed) return wide(w[(group * rows + i) * depth + tap]);
    const Index channel = tap / taps;
    return wide(w[((group * p.in_channels + channel) * rows + i) * taps + tap % taps]);
  }
  PARTITA_HOST_DEVICE float right(const Column& column, Index tap) const {
    Index channel = tap, k[3];
    p.window.tap(channel, k);
    const WindowAxis* axis = p.window.axis;
    const Index i0 = source(axis[0], p.transposed, column.o[0], k[0]);
    const Index i1 = source(axis[1], p.transposed, column.o[1], k[1]);
    const Index i2 = source(axis[2], p.transposed, column.o[2], k[2]);
    if (i0 < 0 || i1 < 0 || i2 < 0) return 0;
    return wide(static_cast<const T*>(p.x)[column.start + channel * p.window.in_volume() +
                                           (i0 * axis[1].in + i1) * axis[2].in + i2]);
  }
  PARTITA_HOST_DEVICE void store(Index batch, Index i, Index j, float sum) const {
    if (p.bias != nullptr) {
      sum += wide(static_cast<const T*>(p.bias)[batch % p.groups * rows + i]);
    }
    static_cast<T*>(p.y)[(batch * rows + i) * columns + j] = narrow<T>(sum);
  }

  // Result by result.
  PARTITA_HOST_DEVICE void operator()(Index flat) const {
    const Index j = flat % columns, i = flat / columns % rows, batch = flat / columns / rows;
    const Column at = column(batch, j);
    float sum = 0;
    for (Index tap = 0; tap < depth; ++tap) sum += left(batch, i, tap) * right(at, tap);
    store(batch, i, j, sum);
  }
};

}  // namespace

void launch(const Queue& queue, const Pool& pool) {
  with_float(pool.type, [&](auto t) {
    for_each_element(queue, pool.planes * pool.window.out_volume(), PoolOf<decltype(t)>{pool});
  });
}

// A tile of 64 rows for fewer than 8 channels would throw most of its work away.
bool by_product(const Convolution& convolution) { return convolution.out_channels >= 8; }

void launch(const Queue& queue, const Convolution& convolution) {
  with_float(convolution.type, [&](auto t) {
    const ConvolutionOf<decltype(t)> work(convolution);
    if (by_product(convolution)) return for_each_tile(queue, work);
    for_each_element(queue, work.batches * work.rows * work.columns, work);
  });
}

}  // namespace partita::exec::cuda
