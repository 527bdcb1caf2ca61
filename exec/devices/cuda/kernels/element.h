// Elements of tensors: read as what is computed with, rounded once when written.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "exec/devices/cuda/kernels/portable.h"
#include "models/base/data_type.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#else
#include "exec/values/half.h"
#endif

namespace partita::exec::cuda {

struct Half {
  std::uint16_t bits;
};
struct Bfloat {
  std::uint16_t bits;
};

// Whole numbers are computed in 64 bits and keep their low bits.
template <class T>
struct WideOf {
  using Type = std::int64_t;
};
template <>
struct WideOf<float> {
  using Type = float;
};
template <>
struct WideOf<double> {
  using Type = double;
};
template <>
struct WideOf<Half> {
  using Type = float;
};
template <>
struct WideOf<Bfloat> {
  using Type = float;
};
template <class T>
using Wide = typename WideOf<T>::Type;

template <class T>
PARTITA_HOST_DEVICE inline Wide<T> wide(T x) {
  return static_cast<Wide<T>>(x);
}
template <class T>
struct Narrow {
  template <class W>
  static PARTITA_HOST_DEVICE T from(W x) {
    return static_cast<T>(x);
  }
};
template <class T, class W>
PARTITA_HOST_DEVICE inline T narrow(W x) {
  return Narrow<T>::from(x);
}

#ifdef __CUDACC__
PARTITA_HOST_DEVICE inline float wide(Half x) { return __half2float(__half(__half_raw{x.bits})); }
PARTITA_HOST_DEVICE inline float wide(Bfloat x) {
  return __bfloat162float(__nv_bfloat16(__nv_bfloat16_raw{x.bits}));
}
PARTITA_HOST_DEVICE inline Half to_half_element(float x) {
  return {static_cast<__half_raw>(__float2half_rn(x)).x};
}
PARTITA_HOST_DEVICE inline Bfloat to_bfloat_element(float x) {
  return {static_cast<__nv_bfloat16_raw>(__float2bfloat16_rn(x)).x};
}
#else
inline float wide(Half x) { return from_half(x.bits); }
inline float wide(Bfloat x) { return from_bfloat(x.bits); }
inline Half to_half_element(float x) { return {to_half(x)}; }
inline Bfloat to_bfloat_element(float x) { return {to_bfloat(x)}; }
#endif

template <>
struct Narrow<Half> {
  template <class W>
  static PARTITA_HOST_DEVICE Half from(W x) {
    return to_half_element(static_cast<float>(x));
  }
};
template <>
struct Narrow<Bfloat> {
  template <class W>
  static PARTITA_HOST_DEVICE Bfloat from(W x) {
    return to_bfloat_element(static_cast<float>(x));
  }
};

// --- types that are known at run time only ------------------------------------------------------

constexpr bool is_float(DataType type) {
  return type == DataType::F32 || type == DataType::F16 || type == DataType::BF16;
}
// What arithmetic kernels know. f64, i8 and u8 are only moved and converted.
constexpr bool is_number(DataType type) {
  return is_float(type) || type == DataType::I32 || type == DataType::I64;
}

// Calls use(T{}). Precondition: is_float(type).
template <class Use>
void with_float(DataType type, Use use) {
  switch (type) {
    case DataType::F16: return use(Half{});
    case DataType::BF16: return use(Bfloat{});
    default: return use(float{});
  }
}
// Precondition: is_number(type), or Bool, whose elements are 0 or 1.
template <class Use>
void with_number(DataType type, Use use) {
  switch (type) {
    case DataType::I32: return use(std::int32_t{});
    case DataType::I64: return use(std::int64_t{});
    case DataType::Bool: return use(std::uint8_t{});
    default: return with_float(type, use);
  }
}
// By size alone, for what is only moved.
template <class Use>
void with_size(int bytes, Use use) {
  switch (bytes) {
    case 1: return use(std::uint8_t{});
    case 2: return use(std::uint16_t{});
    case 4: return use(std::uint32_t{});
    default: return use(std::uint64_t{});
  }
}

// A small operand beside a big one (a scale, a bias), of any floating-point type.
struct Parameters {
  const void* values = nullptr;
  DataType type = DataType::F32;

  PARTITA_HOST_DEVICE float operator[](int i) const {
    switch (type) {
      case DataType::F16: return wide(static_cast<const Half*>(values)[i]);
      case DataType::BF16: return wide(static_cast<const Bfloat*>(values)[i]);
      default: return static_cast<const float*>(values)[i];
    }
  }
};
// A small result beside a big one.
struct SideResult {
  void* values = nullptr;
  DataType type = DataType::F32;

  PARTITA_HOST_DEVICE void put(int i, float x) const {
    switch (type) {
      case DataType::F16: static_cast<Half*>(values)[i] = narrow<Half>(x); break;
      case DataType::BF16: static_cast<Bfloat*>(values)[i] = narrow<Bfloat>(x); break;
      default: static_cast<float*>(values)[i] = x;
    }
  }
};

}  // namespace partita::exec::cuda
