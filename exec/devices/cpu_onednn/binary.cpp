// Elementwise operations of two operands, and Where: oneDNN's for f32 arithmetic in any layout, own
// loops for the rest.
#include <cmath>

#include "exec/devices/cpu_onednn/broadcast.h"
#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

using dnnl::algorithm;
using Side = OnednnKernel::Side;

std::optional<algorithm> onednn_operation(OpKind kind) {
  switch (kind) {
    case OpKind::Add: return algorithm::binary_add;
    case OpKind::Sub: return algorithm::binary_sub;
    case OpKind::Mul: return algorithm::binary_mul;
    case OpKind::Div: return algorithm::binary_div;
    case OpKind::Min: return algorithm::binary_min;
    case OpKind::Max: return algorithm::binary_max;
    default: return std::nullopt;
  }
}

bool is_reference(const std::string& implementation) { return implementation.starts_with("ref"); }

// One of oneDNN's, unless only its slow reference loop would do.
std::unique_ptr<Kernel> make_onednn_binary(const KernelRequest& request, algorithm operation,
                                           std::size_t large, const Layout& layout) {
  const std::size_t small = 1 - large;
  const Shape& y = request.output().shape;
  const Shape b_shape = with_rank(request.input(small).shape, y.size());
  const bool full = request.input(small).shape == y;
  // The smaller operand follows the larger one's blocks where it has as many values, else it stays
  // as it is: blocks of a broadcast operand would be mostly padding.
  const Layout b = full ? layout : Layout::plain(DataType::F32, request.input(small).shape);
  const Desc b_desc = full ? layout.order() : plain_desc(b_shape);
  const Primitive made = make_binary(operation, layout.order(), b_desc, layout.order());
  if (is_reference(made.implementation)) return nullptr;
  std::vector<Layout> wants(2);
  wants[large] = layout;
  wants[small] = b;
  return std::make_unique<OnednnKernel>(
      made.primitive, made.implementation,
      std::vector<OnednnKernel::Operand>{{DNNL_ARG_SRC_0, Side::Input, large, layout.order()},
                                         {DNNL_ARG_SRC_1, Side::Input, small, b_desc},
                                         {DNNL_ARG_DST, Side::Output, 0, layout.order()}},
      std::move(wants), std::vector{layout}, large);
}

// The layout in which a full-sized operand comes: a blocked one before a plain one, so that what
// convolutions made stays as they like it.
Layout common_layout(const KernelRequest& request) {
  const Shape& y = request.output().shape;
  std::optional<Layout> plain;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!request.offered[i] || request.input(i).shape != y) continue;
    if (!request.offered[i]->is_plain()) return *request.offered[i];
    plain = request.offered[i];
  }
  return plain.value_or(convolution_layout(y));
}

std::unique_ptr<Kernel> make_fast_binary(const KernelRequest& request) {
  const auto operation = onednn_operation(request.layer.kind);
  const Shape& y = request.output().shape;
  if (!operation || request.input(0).type != DataType::F32 || y.empty()) return nullptr;
  const bool commutes = request.layer.kind != OpKind::Sub && request.layer.kind != OpKind::Div;
  std::size_t large = 0;
  if (request.input(0).shape != y) {
    // oneDNN repeats its second operand only.
    if (!commutes || request.input(1).shape != y) return nullptr;
    large = 1;
  }
  return make_onednn_binary(request, *operation, large, common_layout(request));
}

// One result row: operands step by 0 or 1, and each case is a loop that vectorises.
template <class From, class To, class Function>
void map_row(const From* a, std::int64_t a_step, const From* b, std::int64_t b_step, To* y,
             std::int64_t n, Function f) {
  if (a_step != 0 && b_step != 0) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  } else if (a_step != 0) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], *b);
  } else if (b_step != 0) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(*a, b[i]);
  } else {
    std::fill_n(y, n, f(*a, *b));
  }
}

template <class From, class To, class Function>
class BinaryKernel : public PlainKernel {
 public:
  BinaryKernel(const KernelRequest& request, Function function)
      : PlainKernel(request),
        walk_({request.input(0).shape, request.input(1).shape}, request.output().shape),
        function_(function) {}
  void run() override {
    To* y = out<To>();
    walk_.rows([&](const std::array<std::int64_t, 2>& at) {
      map_row(in<From>(0) + at[0], walk_.row_step(0), in<From>(1) + at[1], walk_.row_step(1), y,
              walk_.row_length(), function_);
      y += walk_.row_length();
    });
  }

 private:
  BroadcastWalk<2> walk_;
  Function function_;
};

template <class From, class To, class Function>
std::unique_ptr<Kernel> make_loop(const KernelRequest& request, Function function) {
  return std::make_unique<BinaryKernel<From, To, Function>>(request, function);
}

std::unique_ptr<Kernel> make_power(const KernelRequest& request) {
  const Tensor& exponent = request.input(1);
  if (exponent.values && exponent.elements() == 1 && exponent.type == DataType::F32) {
    // The usual powers, without a call for each element.
    const float p = *reinterpret_cast<const float*>(exponent.values->data());
    if (p == 2) return make_loop<float, float>(request, [](float x, float) { return x * x; });
    if (p == 3) return make_loop<float, float>(request, [](float x, float) { return x * x * x; });
    if (p == 0.5f) {
      return make_loop<float, float>(request, [](float x, float) { return std::sqrt(x); });
    }
  }
  return make_loop<float, float>(request, [](float x, float p) { return std::pow(x, p); });
}

template <class T>
std::unique_ptr<Kernel> make_arithmetic(const KernelRequest& request) {
  using Truth = std::uint8_t;
  switch (request.layer.kind) {
    case OpKind::Add: return make_loop<T, T>(request, [](T a, T b) { return a + b; });
    case OpKind::Sub: return make_loop<T, T>(request, [](T a, T b) { return a - b; });
    case OpKind::Mul: return make_loop<T, T>(request, [](T a, T b) { return a * b; });
    case OpKind::Div: return make_loop<T, T>(request, [](T a, T b) { return a / b; });
    case OpKind::Min: return make_loop<T, T>(request, [](T a, T b) { return std::min(a, b); });
    case OpKind::Max: return make_loop<T, T>(request, [](T a, T b) { return std::max(a, b); });
    case OpKind::Equal:
      return make_loop<T, Truth>(request, [](T a, T b) { return static_cast<Truth>(a == b); });
    case OpKind::Greater:
      return make_loop<T, Truth>(request, [](T a, T b) { return static_cast<Truth>(a > b); });
    case OpKind::Less:
      return make_loop<T, Truth>(request, [](T a, T b) { return static_cast<Truth>(a < b); });
    default: break;
  }
  if constexpr (std::is_same_v<T, float>) {
    if (request.layer.kind == OpKind::Pow) return make_power(request);
  }
  throw Error("not for operands of type " + std::string(to_string(request.input(0).type)));
}

std::unique_ptr<Kernel> make_logic(const KernelRequest& request) {
  using Truth = std::uint8_t;
  switch (request.layer.kind) {
    case OpKind::And:
      return make_loop<Truth, Truth>(
          request, [](Truth a, Truth b) { return static_cast<Truth>(a != 0 && b != 0); });
    case OpKind::Or:
      return make_loop<Truth, Truth>(
          request, [](Truth a, Truth b) { return static_cast<Truth>(a != 0 || b != 0); });
    case OpKind::Equal:
      return make_loop<Truth, Truth>(
          request, [](Truth a, Truth b) { return static_cast<Truth>((a != 0) == (b != 0)); });
    default: throw Error("not for operands of type bool");
  }
}

template <class T>
class WhereKernel : public PlainKernel {
 public:
  explicit WhereKernel(const KernelRequest& request)
      : PlainKernel(request),
        walk_({request.input(0).shape, request.input(1).shape, request.input(2).shape},
              request.output().shape) {}
  void run() override {
    T* y = out<T>();
    const std::int64_t n = walk_.row_length();
    walk_.rows([&](const std::array<std::int64_t, 3>& at) {
      const std::uint8_t* condition = in<std::uint8_t>(0) + at[0];
      const T* a = in<T>(1) + at[1];
      const T* b = in<T>(2) + at[2];
      for (std::int64_t i = 0; i < n; ++i) {
        y[i] = condition[i * walk_.row_step(0)] != 0 ? a[i * walk_.row_step(1)]
                                                     : b[i * walk_.row_step(2)];
      }
      y += n;
    });
  }

 private:
  BroadcastWalk<3> walk_;
};

}  // namespace

std::unique_ptr<Kernel> make_binary_kernel(const KernelRequest& request) {
  if (auto fast = make_fast_binary(request)) return fast;
  switch (request.input(0).type) {
    case DataType::F32: return make_arithmetic<float>(request);
    case DataType::I32: return make_arithmetic<std::int32_t>(request);
    case DataType::I64: return make_arithmetic<std::int64_t>(request);
    case DataType::Bool: return make_logic(request);
    default:
      throw Error("not for operands of type " + std::string(to_string(request.input(0).type)));
  }
}

std::unique_ptr<Kernel> make_where_kernel(const KernelRequest& request) {
  switch (info(request.output().type).bytes) {
    case 1: return std::make_unique<WhereKernel<std::uint8_t>>(request);
    case 2: return std::make_unique<WhereKernel<std::uint16_t>>(request);
    case 4: return std::make_unique<WhereKernel<std::uint32_t>>(request);
    default: return std::make_unique<WhereKernel<std::uint64_t>>(request);
  }
}

}  // namespace partita::exec
