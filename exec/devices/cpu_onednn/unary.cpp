// Elementwise functions of one operand: oneDNN's in any layout, own loops for what it lacks.
#include <cmath>
#include <limits>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

using dnnl::algorithm;
using Side = OnednnKernel::Side;

struct Eltwise {
  algorithm function;
  float alpha = 0, beta = 0;
};

float number_or(const Attributes& attributes, const std::string& name, float otherwise) {
  return attributes.has(name) ? static_cast<float>(attributes.number(name)) : otherwise;
}

std::optional<Eltwise> onednn_function(const Layer& layer) {
  const Attributes& a = layer.attributes;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (layer.kind) {
    case OpKind::Relu: return Eltwise{algorithm::eltwise_relu};
    case OpKind::LeakyRelu: return Eltwise{algorithm::eltwise_relu, number_or(a, "alpha", 0)};
    case OpKind::Elu: return Eltwise{algorithm::eltwise_elu, number_or(a, "alpha", 1)};
    case OpKind::Sigmoid: return Eltwise{algorithm::eltwise_logistic};
    case OpKind::HardSwish:  // x * clamp(x / 6 + 1/2); oneDNN 2 knows no other
      return Eltwise{algorithm::eltwise_hardswish, 1.0f / 6, 0.5f};
    case OpKind::Tanh: return Eltwise{algorithm::eltwise_tanh};
    case OpKind::Gelu:
      return Eltwise{a.text("approximate") == "tanh" ? algorithm::eltwise_gelu_tanh
                                                     : algorithm::eltwise_gelu_erf};
    case OpKind::Clip:
      return Eltwise{algorithm::eltwise_clip, number_or(a, "min", -kInfinity),
                     number_or(a, "max", kInfinity)};
    case OpKind::Exp: return Eltwise{algorithm::eltwise_exp};
    case OpKind::Log: return Eltwise{algorithm::eltwise_log};
    case OpKind::Sqrt: return Eltwise{algorithm::eltwise_sqrt};
    case OpKind::Abs: return Eltwise{algorithm::eltwise_abs};
    case OpKind::Neg: return Eltwise{algorithm::eltwise_linear, -1, 0};
    default: return std::nullopt;
  }
}

// A function of one value, applied to all of them.
template <class From, class To, class Function>
class MapKernel : public PlainKernel {
 public:
  MapKernel(const KernelRequest& request, Function function)
      : PlainKernel(request),
        count_(static_cast<std::size_t>(request.input(0).elements())),
        function_(function) {}
  void run() override {
    const From* x = in<From>(0);
    To* y = out<To>();
    for (std::size_t i = 0; i < count_; ++i) y[i] = function_(x[i]);
  }

 private:
  std::size_t count_;
  Function function_;
};

template <class From, class To, class Function>
std::unique_ptr<Kernel> make_map(const KernelRequest& request, Function function) {
  return std::make_unique<MapKernel<From, To, Function>>(request, function);
}

// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.28 (absolute error below 3e-7);
// below 1/2 the first terms of the series 7.1.5, which keep the relative error small where erf is
// small. No branch, no call: it vectorises.
float error_function(float x) {
  const float z = std::fabs(x);
  float p = 0.0000430638f;
  for (const float c :
       {0.0002765672f, 0.0001520143f, 0.0092705272f, 0.0422820123f, 0.0705230784f, 1.0f}) {
    p = p * z + c;
  }
  // Where p^16 would overflow, erf is 1 to the last bit long since.
  p = std::min(p, 200.0f);
  const float p2 = p * p, p4 = p2 * p2, p8 = p4 * p4;
  const float far = 1.0f - 1.0f / (p8 * p8);
  const float s = x * x;
  const float series =
      1.0f + s * (-1.0f / 3 + s * (1.0f / 10 + s * (-1.0f / 42 + s * (1.0f / 216 - s / 1320))));
  const float near = 1.1283791671f * z * series;
  return std::copysign(z < 0.5f ? near : far, x);
}

std::unique_ptr<Kernel> make_own(const KernelRequest& request) {
  switch (request.layer.kind) {
    case OpKind::Erf:
      return make_map<float, float>(request, [](float x) { return error_function(x); });
    case OpKind::Floor:
      return make_map<float, float>(request, [](float x) { return std::floor(x); });
    case OpKind::Reciprocal:
      return make_map<float, float>(request, [](float x) { return 1.0f / x; });
    case OpKind::HardSigmoid: {
      const float alpha = number_or(request.attributes(), "alpha", 0.2f);
      const float beta = number_or(request.attributes(), "beta", 0.5f);
      return make_map<float, float>(request, [alpha, beta](float x) {
        return std::max(0.0f, std::min(1.0f, alpha * x + beta));
      });
    }
    default: throw Error("no function of f32");
  }
}

}  // namespace

std::unique_ptr<Kernel> make_unary_kernel(const KernelRequest& request) {
  const DataType type = request.input(0).type;
  if (request.layer.kind == OpKind::Not) {
    return make_map<std::uint8_t, std::uint8_t>(
        request, [](std::uint8_t x) { return static_cast<std::uint8_t>(x == 0); });
  }
  if (type == DataType::I64 && request.layer.kind == OpKind::Neg) {
    return make_map<std::int64_t, std::int64_t>(request, [](std::int64_t x) { return -x; });
  }
  if (type == DataType::I64 && request.layer.kind == OpKind::Abs) {
    return make_map<std::int64_t, std::int64_t>(request,
                                                [](std::int64_t x) { return x < 0 ? -x : x; });
  }
  const auto function = onednn_function(request.layer);
  if (!function) return make_own(request);
  const Layout data = offered_or(request, 0, convolution_layout(request.input(0).shape));
  const Primitive made =
      make_eltwise(function->function, data.order(), function->alpha, function->beta);
  return std::make_unique<OnednnKernel>(
      made.primitive, made.implementation,
      std::vector<OnednnKernel::Operand>{{DNNL_ARG_SRC, Side::Input, 0, data.order()},
                                         {DNNL_ARG_DST, Side::Output, 0, data.order()}},
      std::vector{data}, std::vector{data}, 0);
}

}  // namespace partita::exec
