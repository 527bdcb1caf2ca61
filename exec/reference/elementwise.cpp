// One element in (or a broadcast pair, or three), one element out.
#include <cmath>
#include <concepts>
#include <limits>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"
#include "exec/values/scalar_functions.h"

namespace partita::reference {
namespace {

// Floating-point elements are computed in double and rounded once; whole numbers in 64 bits, and
// keep their low bits.
template <class T>
using WideOf = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;

template <class A, class B, class Result, class Function>
void broadcast(const Call& call, Function f) {
  const Shape& shape = call.out().shape;
  const A* a = call.in(0).as<A>().data();
  const B* b = call.in(1).as<B>().data();
  Result* y = call.out().as<Result>().data();
  for_each_row<2>(
      shape,
      {broadcast_strides(call.in(0).shape, shape), broadcast_strides(call.in(1).shape, shape)},
      [&](const auto& offsets, std::int64_t count, const auto& steps) {
        const A* left = a + offsets[0];
        const B* right = b + offsets[1];
        for (std::int64_t i = 0; i < count; ++i) {
          y[i] = static_cast<Result>(f(static_cast<WideOf<A>>(left[i * steps[0]]),
                                       static_cast<WideOf<B>>(right[i * steps[1]])));
        }
        y += count;
      });
}

double quotient(double a, double b) { return a / b; }
// Towards zero, as C and ONNX have it; a division by 0 gives 0, and the one quotient that overflows
// wraps.
std::int64_t quotient(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  return b == -1 ? static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a)) : a / b;
}

// Sums, differences and products of whole numbers wrap, as numpy's do.
template <class Operation>
auto wrapping(Operation operation) {
  return [=](auto a, auto b) {
    if constexpr (std::is_floating_point_v<decltype(a)>) {
      return operation(a, b);
    } else {
      return static_cast<std::int64_t>(
          operation(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
    }
  };
}

// Exponents may have a type of their own.
template <class T>
void power(const Call& call) {
  with_number_of(call.in(1).type, [&](auto exponent) {
    broadcast<T, decltype(exponent), T>(call, [](auto a, auto b) {
      return std::pow(static_cast<double>(a), static_cast<double>(b));
    });
  });
}

}  // namespace

void unary(const Call& call) {
  with_number_of(call.in(0).type, [&](auto type) {
    using T = decltype(type);
    const std::span<const T> x = call.in(0).as<T>();
    const std::span<T> y = call.out().as<T>();
    with_unary_function(call.layer, [&](auto f) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = static_cast<T>(f(static_cast<double>(x[i])));
      }
    });
  });
}

void logical_not(const Call& call) {
  const std::span<const std::uint8_t> x = call.in(0).as<std::uint8_t>();
  const std::span<std::uint8_t> y = call.out().as<std::uint8_t>();
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] == 0;
}

void binary(const Call& call) {
  with_number_of(call.in(0).type, [&](auto type) {
    using T = decltype(type);
    // The comparisons of Min and Max are written so that a NaN on either side is the result.
    switch (call.layer.kind) {
      case OpKind::Add:
        return broadcast<T, T, T>(call, wrapping([](auto a, auto b) { return a + b; }));
      case OpKind::Sub:
        return broadcast<T, T, T>(call, wrapping([](auto a, auto b) { return a - b; }));
      case OpKind::Mul:
        return broadcast<T, T, T>(call, wrapping([](auto a, auto b) { return a * b; }));
      case OpKind::Div:
        return broadcast<T, T, T>(call, [](auto a, auto b) { return quotient(a, b); });
      case OpKind::Min:
        return broadcast<T, T, T>(call, [](auto a, auto b) { return a < b || a != a ? a : b; });
      case OpKind::Max:
        return broadcast<T, T, T>(call, [](auto a, auto b) { return a > b || a != a ? a : b; });
      default: return power<T>(call);
    }
  });
}

void comparison(const Call& call) {
  with_number_of(call.in(0).type, [&](auto type) {
    using T = decltype(type);
    switch (call.layer.kind) {
      case OpKind::Equal:
        return broadcast<T, T, std::uint8_t>(call, [](auto a, auto b) { return a == b; });
      case OpKind::Greater:
        return broadcast<T, T, std::uint8_t>(call, [](auto a, auto b) { return a > b; });
      default: return broadcast<T, T, std::uint8_t>(call, [](auto a, auto b) { return a < b; });
    }
  });
}

void logical(const Call& call) {
  const bool both = call.layer.kind == OpKind::And;
  broadcast<std::uint8_t, std::uint8_t, std::uint8_t>(
      call, [both](auto a, auto b) { return both ? a != 0 && b != 0 : a != 0 || b != 0; });
}

// Where.
void select(const Call& call) {
  const Shape& shape = call.out().shape;
  const std::uint8_t* condition = call.in(0).as<std::uint8_t>().data();
  with_element_of(call.out().type, [&](auto type) {
    using T = decltype(type);
    const T* a = call.in(1).as<T>().data();
    const T* b = call.in(2).as<T>().data();
    T* y = call.out().as<T>().data();
    for_each_row<3>(
        shape,
        {broadcast_strides(call.in(0).shape, shape), broadcast_strides(call.in(1).shape, shape),
         broadcast_strides(call.in(2).shape, shape)},
        [&](const auto& offsets, std::int64_t count, const auto& steps) {
          for (std::int64_t i = 0; i < count; ++i) {
            *y++ = condition[offsets[0] + i * steps[0]] != 0 ? a[offsets[1] + i * steps[1]]
                                                             : b[offsets[2] + i * steps[2]];
          }
        });
  });
}

}  // namespace partita::reference
