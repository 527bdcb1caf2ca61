#include <limits>

#include "exec/devices/cuda/kernels/element.h"
#include "exec/devices/cuda/kernels/launch.h"
#include "exec/devices/cuda/kernels/movement.h"

namespace partita::exec::cuda {
namespace {

template <class U>
struct MoveOf {
  Move p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index from = p.from_start, to = p.to_start;
    bool filled = false;
    for (int a = p.axes - 1; a >= 0; --a) {
      const MoveAxis& axis = p.axis[a];
      const Index o = a > 0 ? axis.extent.split(i) : i;
      to += o * axis.to;
      Index at = axis.start + o * axis.step;
      const Index last = axis.operand_extent - 1;
      switch (p.outside) {
        case Outside::Nothing: break;
        case Outside::Repeats: at %= axis.operand_extent; break;
        case Outside::Edge: at = at < 0 ? 0 : at > last ? last : at; break;
        case Outside::Fill:
          if (at < 0 || at > last) {
            filled = true;
            at = 0;
          }
          break;
        case Outside::Reflects:
          if (last == 0) {
            at = 0;
          } else {
            // Turns at the border elements without repeating them.
            const Index period = 2 * last;
            at = (at % period + period) % period;
            if (at > last) at = period - at;
          }
          break;
      }
      from += at * axis.from;
    }
    static_cast<U*>(p.y)[to] = filled ? static_cast<U>(p.fill) : static_cast<const U*>(p.x)[from];
  }
};

PARTITA_HOST_DEVICE inline std::int64_t inside(std::int64_t written, Index extent,
                                               std::uint32_t* complaint) {
  const std::int64_t at = written < 0 ? written + extent : written;
  if (at >= 0 && at < extent) return at;
  *complaint = kIndexOutside;
  return 0;
}

template <class U>
struct GatherOf {
  Gather p;
  std::uint32_t* complaint;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index rest = i;
    const Index inner = p.inner.split(rest);
    const Index n = p.indices_count.split(rest);
    const std::int64_t written = p.index_type == DataType::I32
                                     ? static_cast<const std::int32_t*>(p.indices)[n]
                                     : static_cast<const std::int64_t*>(p.indices)[n];
    const auto at = static_cast<Index>(inside(written, p.extent, complaint));
    static_cast<U*>(p.y)[i] =
        static_cast<const U*>(p.x)[(rest * p.extent + at) * p.inner.by + inner];
  }
};

template <class T>
struct ScatterOf {
  Scatter p;
  std::uint32_t* complaint;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    for (Index row = 0; row < p.rows; ++row) {
      Index at = i;
      for (int axis = 0; axis < p.named; ++axis) {
        const std::int64_t written = p.indices[std::int64_t{row} * p.named + axis];
        at += static_cast<Index>(inside(written, p.extent[axis], complaint)) * p.stride[axis];
      }
      const T update = static_cast<const T*>(p.updates)[row * p.slice + i];
      T& y = static_cast<T*>(p.y)[at];
      y = p.add ? narrow<T>(static_cast<Wide<T>>(wide(y) + wide(update))) : update;
    }
  }
};

template <class T>
struct CopyOf {
  const T* x;
  T* y;
  PARTITA_HOST_DEVICE void operator()(Index i) const { y[i] = x[i]; }
};

// Constants, since device code may use those but not call std::numeric_limits.
template <class To>
constexpr To kLeastOf = std::numeric_limits<To>::min();
template <class To>
constexpr To kMostOf = std::numeric_limits<To>::max();
// The first number that is too large: a power of two, so a double, which the largest int64 is not.
template <class To>
constexpr double kBeyond = static_cast<double>(kMostOf<To> / 2 + 1) * 2;

// Between whole numbers the low bits; from a floating-point number cut towards zero and saturated,
// NaN: 0.
template <class To>
PARTITA_HOST_DEVICE To cut(double value) {
  if (value != value) return 0;
  if (value >= kBeyond<To>) return kMostOf<To>;
  if (value <= static_cast<double>(kLeastOf<To>)) return kLeastOf<To>;
  return static_cast<To>(value);
}
template <class To>
PARTITA_HOST_DEVICE To cut(std::int64_t value) {
  return static_cast<To>(value);
}

template <class Value>
PARTITA_HOST_DEVICE void put(void* y, DataType type, Index i, Value value) {
  switch (type) {
    case DataType::F32: static_cast<float*>(y)[i] = static_cast<float>(value); break;
    case DataType::F64: static_cast<double*>(y)[i] = static_cast<double>(value); break;
    case DataType::F16: static_cast<Half*>(y)[i] = narrow<Half>(value); break;
    case DataType::BF16: static_cast<Bfloat*>(y)[i] = narrow<Bfloat>(value); break;
    case DataType::I8: static_cast<std::int8_t*>(y)[i] = cut<std::int8_t>(value); break;
    case DataType::U8: static_cast<std::uint8_t*>(y)[i] = cut<std::uint8_t>(value); break;
    case DataType::I32: static_cast<std::int32_t*>(y)[i] = cut<std::int32_t>(value); break;
    case DataType::I64: static_cast<std::int64_t*>(y)[i] = cut<std::int64_t>(value); break;
    case DataType::Bool: static_cast<std::uint8_t*>(y)[i] = value != 0 ? 1 : 0; break;
  }
}

struct ConversionOf {
  Conversion p;
  PARTITA_HOST_DEVICE void whole(Index i, std::int64_t value) const { put(p.y, p.to, i, value); }
  PARTITA_HOST_DEVICE void real(Index i, double value) const { put(p.y, p.to, i, value); }
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    switch (p.from) {
      case DataType::F32: return real(i, static_cast<const float*>(p.x)[i]);
      case DataType::F64: return real(i, static_cast<const double*>(p.x)[i]);
      case DataType::F16: return real(i, wide(static_cast<const Half*>(p.x)[i]));
      case DataType::BF16: return real(i, wide(static_cast<const Bfloat*>(p.x)[i]));
      case DataType::I8: return whole(i, static_cast<const std::int8_t*>(p.x)[i]);
      case DataType::U8:
      case DataType::Bool: return whole(i, static_cast<const std::uint8_t*>(p.x)[i]);
      case DataType::I32: return whole(i, static_cast<const std::int32_t*>(p.x)[i]);
      case DataType::I64: return whole(i, static_cast<const std::int64_t*>(p.x)[i]);
    }
  }
};

}  // namespace

void launch(const Queue& queue, const Move& move) {
  with_size(move.bytes,
            [&](auto u) { for_each_element(queue, move.count, MoveOf<decltype(u)>{move}); });
}
void launch(const Queue& queue, const Gather& gather) {
  with_size(gather.bytes, [&](auto u) {
    for_each_element(queue, gather.outer * gather.indices_count.by * gather.inner.by,
                     GatherOf<decltype(u)>{gather, queue.complaint});
  });
}
void launch(const Queue& queue, const Scatter& scatter) {
  with_number(scatter.type, [&](auto t) {
    using T = decltype(t);
    for_each_element(queue, scatter.count,
                     CopyOf<T>{static_cast<const T*>(scatter.x), static_cast<T*>(scatter.y)});
    for_each_element(queue, scatter.slice, ScatterOf<T>{scatter, queue.complaint});
  });
}
void launch(const Queue& queue, const Conversion& conversion) {
  for_each_element(queue, conversion.count, ConversionOf{conversion});
}

}  // namespace partita::exec::cuda
