// What the elementwise operators do to one element (or a pair), in double, from the ONNX operator
// specification.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "models/network/network.h"

namespace partita {

inline double attribute_or(const Layer& layer, const std::string& name, double absent) {
  return layer.attributes.has(name) ? layer.attributes.number(name) : absent;
}

inline double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// Calls use(f) with f: double -> double and returns true; returns false for all other operators.
template <class Use>
bool with_unary_function(const Layer& layer, Use use) {
  switch (layer.kind) {
    // The comparison is false for NaN, which therefore passes, as in numpy.
    case OpKind::Relu: use([](double x) { return x < 0 ? 0.0 : x; }); return true;
    case OpKind::LeakyRelu:
      use([alpha = layer.attributes.number("alpha")](double x) { return x < 0 ? alpha * x : x; });
      return true;
    case OpKind::Elu:
      use([alpha = layer.attributes.number("alpha")](double x) {
        return x < 0 ? alpha * std::expm1(x) : x;
      });
      return true;
    case OpKind::Sigmoid: use([](double x) { return 1 / (1 + std::exp(-x)); }); return true;
    case OpKind::HardSigmoid:
      use([alpha = layer.attributes.number("alpha"), beta = layer.attributes.number("beta")](
              double x) { return std::max(0.0, std::min(1.0, alpha * x + beta)); });
      return true;
    case OpKind::HardSwish:
      use([](double x) { return x * std::max(0.0, std::min(1.0, x / 6 + 0.5)); });
      return true;
    case OpKind::Tanh: use([](double x) { return std::tanh(x); }); return true;
    case OpKind::Erf: use([](double x) { return std::erf(x); }); return true;
    case OpKind::Gelu:
      if (layer.attributes.text("approximate") == "tanh") {
        use([](double x) {
          const double inner = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
          return 0.5 * x * (1 + std::tanh(inner));
        });
      } else {
        use([](double x) { return x * normal_distribution(x); });
      }
      return true;
    case OpKind::Clip: {
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      use([low = attribute_or(layer, "min", -kInfinity),
           high = attribute_or(layer, "max", kInfinity)](double x) {
        const double raised = x < low ? low : x;
        return raised > high ? high : raised;  // max wins where min > max (ONNX, Clip)
      });
      return true;
    }
    case OpKind::Exp: use([](double x) { return std::exp(x); }); return true;
    case OpKind::Log: use([](double x) { return std::log(x); }); return true;
    case OpKind::Sqrt: use([](double x) { return std::sqrt(x); }); return true;
    case OpKind::Abs: use([](double x) { return std::abs(x); }); return true;
    case OpKind::Neg: use([](double x) { return -x; }); return true;
    case OpKind::Reciprocal: use([](double x) { return 1 / x; }); return true;
    case OpKind::Floor: use([](double x) { return std::floor(x); }); return true;
    default: return false;
  }
}

}  // namespace partita
