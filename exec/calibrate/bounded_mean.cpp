#include "exec/calibrate/bounded_mean.h"

#include <algorithm>
#include <cmath>

namespace partita::exec {

double bounded_mean(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto most =
      static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(values.size()))) - 1;
  double sum = 0;
  for (const double value : values) sum += std::min(value, values[most]);
  return sum / static_cast<double>(values.size());
}

}  // namespace partita::exec
