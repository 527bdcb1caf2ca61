// Softmax and LogSoftmax.
#include <algorithm>
#include <cmath>
#include <limits>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"
#include "models/base/assert.h"

namespace partita::reference {

// exp(x) / sum of exp(x), or its logarithm, over the elements along `axes`, which are neighbours.
// Subtracting the largest element changes nothing but keeps exp() in range.
void softmax(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const auto& axes = call.integers("axes");
  PARTITA_ASSERT(axes.back() - axes.front() + 1 == static_cast<std::int64_t>(axes.size()),
                 "axes of a softmax are neighbours: " + call.layer.name);
  const auto first = static_cast<std::size_t>(axes.front());
  const auto behind = static_cast<std::size_t>(axes.back()) + 1;
  const std::int64_t outer = extent_of(shape, 0, first);
  const std::int64_t count = extent_of(shape, first, behind);
  const std::int64_t step = extent_of(shape, behind, shape.size());
  const bool logarithm = call.layer.kind == OpKind::LogSoftmax;
  for (std::int64_t line = 0; line < outer * step; ++line) {
    const std::int64_t start = line / step * count * step + line % step;
    const float* x = call.f32(0) + start;
    float* y = call.out().as<float>().data() + start;
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (std::int64_t i = 0; i < count; ++i) largest = std::max<double>(largest, x[i * step]);
    for (std::int64_t i = 0; i < count; ++i) sum += std::exp(x[i * step] - largest);
    for (std::int64_t i = 0; i < count; ++i) {
      const double shifted = x[i * step] - largest;
      y[i * step] =
          static_cast<float>(logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum);
    }
  }
}

}  // namespace partita::reference
