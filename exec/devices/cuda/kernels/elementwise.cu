#include <cmath>

#include "exec/devices/cuda/kernels/element.h"
#include "exec/devices/cuda/kernels/elementwise.h"
#include "exec/devices/cuda/kernels/launch.h"

namespace partita::exec::cuda {
namespace {

// In float for the floating-point types, in double for whole numbers.
template <class W>
PARTITA_HOST_DEVICE W value_of(Function function, W x, W alpha, W beta) {
  constexpr W kZero = 0, kOne = 1, kHalf = W(0.5);
  constexpr W kRootHalf = W(0.70710678118654752440), kRootTwoOverPi = W(0.79788456080286535588);
  // Comparisons are written so that NaN passes, as in numpy.
  switch (function) {
    case Function::Relu: return x < kZero ? kZero : x;
    case Function::LeakyRelu: return x < kZero ? alpha * x : x;
    case Function::Elu: return x < kZero ? alpha * std::expm1(x) : x;
    case Function::Sigmoid: return kOne / (kOne + std::exp(-x));
    case Function::HardSigmoid: return std::fmax(kZero, std::fmin(kOne, alpha * x + beta));
    case Function::HardSwish: return x * std::fmax(kZero, std::fmin(kOne, x / W(6) + kHalf));
    case Function::Tanh: return std::tanh(x);
    case Function::Erf: return std::erf(x);
    case Function::Gelu: return x * kHalf * std::erfc(-x * kRootHalf);
    case Function::GeluByTanh:
      return kHalf * x * (kOne + std::tanh(kRootTwoOverPi * (x + W(0.044715) * x * x * x)));
    case Function::Clip: {
      const W raised = x < alpha ? alpha : x;
      return raised > beta ? beta : raised;  // the upper bound wins (ONNX, Clip)
    }
    case Function::Exp: return std::exp(x);
    case Function::Log: return std::log(x);
    case Function::Sqrt: return std::sqrt(x);
    case Function::Abs: return std::fabs(x);
    case Function::Neg: return -x;
    case Function::Reciprocal: return kOne / x;
    case Function::Floor: return std::floor(x);
  }
  return x;
}

template <class T>
struct UnaryOf {
  Unary p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    using W = std::conditional_t<std::is_same_v<Wide<T>, float>, float, double>;
    const W x = static_cast<W>(wide(static_cast<const T*>(p.x)[i]));
    static_cast<T*>(p.y)[i] =
        narrow<T>(value_of<W>(p.function, x, static_cast<W>(p.alpha), static_cast<W>(p.beta)));
  }
};

struct NotOf {
  LogicalNot p;
  PARTITA_HOST_DEVICE void operator()(Index i) const { p.y[i] = p.x[i] == 0 ? 1 : 0; }
};

PARTITA_HOST_DEVICE inline float combined(BinaryOp op, float a, float b) {
  switch (op) {
    case BinaryOp::Add: return a + b;
    case BinaryOp::Sub: return a - b;
    case BinaryOp::Mul: return a * b;
    case BinaryOp::Div: return a / b;
    // A NaN on either side is the result.
    case BinaryOp::Min: return a < b || a != a ? a : b;
    case BinaryOp::Max: return a > b || a != a ? a : b;
    case BinaryOp::Pow: return std::pow(a, b);
  }
  return a;
}

// Sums, differences and products wrap; a division by 0 gives 0.
PARTITA_HOST_DEVICE inline std::int64_t combined(BinaryOp op, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  switch (op) {
    case BinaryOp::Add: return static_cast<std::int64_t>(x + y);
    case BinaryOp::Sub: return static_cast<std::int64_t>(x - y);
    case BinaryOp::Mul: return static_cast<std::int64_t>(x * y);
    case BinaryOp::Div:
      if (b == 0) return 0;
      return b == -1 ? static_cast<std::int64_t>(0 - x) : a / b;
    case BinaryOp::Min: return a < b ? a : b;
    case BinaryOp::Max: return a > b ? a : b;
    case BinaryOp::Pow:
      return static_cast<std::int64_t>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  return a;
}

template <class T>
struct BinaryOf {
  Binary p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index at[2];
    p.walk.find(i, at);
    static_cast<T*>(p.y)[i] = narrow<T>(combined(p.op, wide(static_cast<const T*>(p.a)[at[0]]),
                                                 wide(static_cast<const T*>(p.b)[at[1]])));
  }
};

template <class T>
struct RelationOf {
  Relation p;
  PARTITA_HOST_DEVICE bool holds(Wide<T> a, Wide<T> b) const {
    switch (p.op) {
      case RelationOp::Equal: return a == b;
      case RelationOp::Greater: return a > b;
      case RelationOp::Less: return a < b;
      case RelationOp::And: return a != 0 && b != 0;
      case RelationOp::Or: return a != 0 || b != 0;
    }
    return false;
  }
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index at[2];
    p.walk.find(i, at);
    p.y[i] = holds(wide(static_cast<const T*>(p.a)[at[0]]), wide(static_cast<const T*>(p.b)[at[1]]))
                 ? 1
                 : 0;
  }
};

template <class U>
struct ChoiceOf {
  Choice p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index at[3];
    p.walk.find(i, at);
    static_cast<U*>(p.y)[i] = p.condition[at[0]] != 0 ? static_cast<const U*>(p.a)[at[1]]
                                                      : static_cast<const U*>(p.b)[at[2]];
  }
};

template <class T>
struct SumOf {
  Summation p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    Index at[1];
    p.walk.find(i, at);
    Wide<T> sum = 0;
    for (int k = 0; k < p.summands; ++k) {
      sum = combined(BinaryOp::Add, sum, wide(static_cast<const T*>(p.x[k])[p.start + at[0]]));
    }
    static_cast<T*>(p.y)[i] = narrow<T>(sum);
  }
};

}  // namespace

void launch(const Queue& queue, const Unary& unary) {
  with_number(unary.type,
              [&](auto t) { for_each_element(queue, unary.count, UnaryOf<decltype(t)>{unary}); });
}
void launch(const Queue& queue, const LogicalNot& logical_not) {
  for_each_element(queue, logical_not.count, NotOf{logical_not});
}
void launch(const Queue& queue, const Binary& binary) {
  with_number(binary.type, [&](auto t) {
    for_each_element(queue, binary.walk.count, BinaryOf<decltype(t)>{binary});
  });
}
void launch(const Queue& queue, const Relation& relation) {
  with_number(relation.type, [&](auto t) {
    for_each_element(queue, relation.walk.count, RelationOf<decltype(t)>{relation});
  });
}
void launch(const Queue& queue, const Choice& choice) {
  with_size(choice.bytes, [&](auto u) {
    for_each_element(queue, choice.walk.count, ChoiceOf<decltype(u)>{choice});
  });
}
void launch(const Queue& queue, const Summation& sum) {
  with_number(sum.type,
              [&](auto t) { for_each_element(queue, sum.walk.count, SumOf<decltype(t)>{sum}); });
}

}  // namespace partita::exec::cuda
