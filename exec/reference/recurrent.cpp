// LSTM.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "exec/reference/kernel.h"
#include "exec/reference/product.h"

namespace partita::reference {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

// X [T, B, I], W [D, 4H, I], R [D, 4H, H], bias [D, 8H] (of W, then of R), h0 and c0 [D, B, H] -> Y
// [T, D, B, H], last h and c [D, B, H]. Gates in the order i, o, f, c (ONNX, operator LSTM):
//   i, o, f = sigmoid(W x + R h + b),  g = tanh(W x + R h + b),  c' = f c + i g,  h' = o tanh(c').
void lstm(const Call& call) {
  const Shape& x = call.in(0).shape;
  const std::int64_t steps = x[0], batch = x[1], width = x[2];
  const std::int64_t hidden = call.integer("hidden_size"), gates = 4 * hidden;
  const std::int64_t directions = call.in(1).shape[0];
  const bool reverse_only = call.layer.attributes.text("direction") == "reverse";
  const std::int64_t state = batch * hidden;
  for (std::int64_t d = 0; d < directions; ++d) {
    std::vector<double> bias(static_cast<std::size_t>(gates), 0.0);
    if (call.has(3)) {
      const float* given = call.f32(3) + d * 2 * gates;
      for (std::int64_t g = 0; g < gates; ++g) {
        bias[static_cast<std::size_t>(g)] = static_cast<double>(given[g]) + given[gates + g];
      }
    }
    // W x + b of all steps: [T B, 4H].
    std::vector<double> of_input(static_cast<std::size_t>(steps * batch * gates));
    multiply(steps * batch, gates, width, {call.f32(0), width, 1},
             fill_from({call.f32(1) + d * gates * width, 1, width}),
             [&](std::int64_t i, std::int64_t first, std::int64_t count, const double* sums) {
               double* to = of_input.data() + i * gates + first;
               for (std::int64_t j = 0; j < count; ++j) {
                 to[j] = sums[j] + bias[static_cast<std::size_t>(first + j)];
               }
             });

    std::vector<float> h(static_cast<std::size_t>(state), 0.0F);
    std::vector<double> c(static_cast<std::size_t>(state), 0.0);
    if (call.has(4)) std::copy_n(call.f32(4) + d * state, state, h.begin());
    if (call.has(5)) std::copy_n(call.f32(5) + d * state, state, c.begin());
    std::vector<double> sum(static_cast<std::size_t>(batch * gates));
    const bool backwards = d == 1 || reverse_only;
    for (std::int64_t step = 0; step < steps; ++step) {
      const std::int64_t t = backwards ? steps - 1 - step : step;
      multiply(batch, gates, hidden, {h.data(), hidden, 1},
               fill_from({call.f32(2) + d * gates * hidden, 1, hidden}),
               [&](std::int64_t i, std::int64_t first, std::int64_t count, const double* sums) {
                 const double* from = of_input.data() + (t * batch + i) * gates + first;
                 double* to = sum.data() + i * gates + first;
                 for (std::int64_t j = 0; j < count; ++j) to[j] = from[j] + sums[j];
               });
      for (std::int64_t n = 0; n < batch; ++n) {
        const double* gate = sum.data() + n * gates;
        for (std::int64_t k = 0; k < hidden; ++k) {
          const auto at = static_cast<std::size_t>(n * hidden + k);
          const double i = sigmoid(gate[k]), o = sigmoid(gate[hidden + k]);
          const double f = sigmoid(gate[2 * hidden + k]), g = std::tanh(gate[3 * hidden + k]);
          c[at] = f * c[at] + i * g;
          h[at] = static_cast<float>(o * std::tanh(c[at]));
        }
      }
      std::copy(h.begin(), h.end(), call.out(0).as<float>().data() + (t * directions + d) * state);
    }
    if (call.outputs.size() > 1) {
      std::copy(h.begin(), h.end(), call.out(1).as<float>().data() + d * state);
    }
    if (call.outputs.size() > 2) {
      std::transform(c.begin(), c.end(), call.out(2).as<float>().data() + d * state,
                     [](double v) { return static_cast<float>(v); });
    }
  }
}

}  // namespace partita::reference
