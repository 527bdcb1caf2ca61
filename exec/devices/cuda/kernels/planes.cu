#include <cmath>

#include "exec/devices/cuda/kernels/launch.h"
#include "exec/devices/cuda/kernels/planes.h"

namespace partita::exec::cuda {
namespace {

template <class T>
struct BatchNormOf {
  BatchNorm p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index rest = p.inner.quotient(i);
    const Index c = p.channels.split(rest);
    const float factor = p.scale[c] / std::sqrt(p.variance[c] + p.epsilon);
    const float x = wide(static_cast<const T*>(p.x)[i]);
    static_cast<T*>(p.y)[i] = narrow<T>((x - p.mean[c]) * factor + p.bias[c]);
  }
};

template <class T>
struct LocalResponseNormOf {
  LocalResponseNorm p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index rest = p.inner.quotient(i);
    const Index c = p.channels.split(rest), last = p.channels.by - 1;
    const Index from = c < p.before ? 0 : c - p.before;
    const Index to = c + p.behind > last ? last : c + p.behind;
    const T* x = static_cast<const T*>(p.x) + i;
    float squares = 0;
    for (Index k = from; k <= to; ++k) {
      const float value = wide(x[(k - c) * p.inner.by]);
      squares += value * value;
    }
    static_cast<T*>(p.y)[i] = narrow<T>(wide(*x) / std::pow(p.offset + p.alpha * squares, p.beta));
  }
};

// Where result position o lies on the operand's axis (ONNX, operator Resize,
// coordinate_transformation_mode). In double: floor and ceil of a rounded quotient would be off by
// a whole element.
PARTITA_HOST_DEVICE inline double original(Coordinate coordinate, const ResizeAxis& axis, Index o) {
  const double in = axis.in, resized = axis.scale * in;
  switch (coordinate) {
    case Coordinate::Asymmetric: return o / axis.scale;
    case Coordinate::AlignCorners: return resized <= 1 ? 0 : o * (in - 1) / (resized - 1);
    case Coordinate::TorchHalfPixel:
      if (resized <= 1) return 0;
      break;
    case Coordinate::HalfPixel: break;
  }
  return (o + 0.5) / axis.scale - 0.5;
}

PARTITA_HOST_DEVICE inline double rounded(Nearest nearest, double at) {
  switch (nearest) {
    case Nearest::Floor: return std::floor(at);
    case Nearest::Ceil: return std::ceil(at);
    case Nearest::PreferCeil: return std::floor(at + 0.5);
    case Nearest::PreferFloor: return std::ceil(at - 0.5);
  }
  return at;
}

PARTITA_HOST_DEVICE inline Index clamped(double at, Index extent) {
  const auto position = static_cast<Index>(at);
  return position < 0 ? 0 : position >= extent ? extent - 1 : position;
}

template <class T>
struct ResizeOf {
  Resize p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    // Along each axis two taps, the second of weight 0 unless the mode is linear.
    Index below[kMostAxes], above[kMostAxes], rest = i;
    float weight[kMostAxes];  // of the second
    for (int a = p.axes - 1; a >= 0; --a) {
      const ResizeAxis& axis = p.axis[a];
      const Index o = axis.out.split(rest);
      below[a] = above[a] = o * axis.stride;
      weight[a] = 0;
      if (axis.same) continue;
      const double at = original(p.coordinate, axis, o);
      if (p.linear) {
        const double floor = std::floor(at);
        below[a] = clamped(floor, axis.in) * axis.stride;
        above[a] = clamped(floor + 1, axis.in) * axis.stride;
        weight[a] = static_cast<float>(at - floor);
      } else {
        below[a] = above[a] = clamped(rounded(p.nearest, at), axis.in) * axis.stride;
      }
    }
    const T* x = static_cast<const T*>(p.x);
    float sum = 0;
    for (int corner = 0; corner < 1 << p.axes; ++corner) {
      float share = 1;
      Index at = 0;
      for (int a = 0; a < p.axes && share != 0; ++a) {
        const bool second = (corner >> a & 1) != 0;
        share *= second ? weight[a] : 1 - weight[a];
        at += second ? above[a] : below[a];
      }
      if (share != 0) sum += share * wide(x[at]);
    }
    static_cast<T*>(p.y)[i] = narrow<T>(sum);
  }
};

}  // namespace

void launch(const Queue& queue, const BatchNorm& norm) {
  with_float(norm.type,
             [&](auto t) { for_each_element(queue, norm.count, BatchNormOf<decltype(t)>{norm}); });
}
void launch(const Queue& queue, const LocalResponseNorm& norm) {
  with_float(norm.type, [&](auto t) {
    for_each_element(queue, norm.count, LocalResponseNormOf<decltype(t)>{norm});
  });
}
void launch(const Queue& queue, const Resize& resize) {
  with_float(resize.type,
             [&](auto t) { for_each_element(queue, resize.count, ResizeOf<decltype(t)>{resize}); });
}

}  // namespace partita::exec::cuda
