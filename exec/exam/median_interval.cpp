#include "exec/exam/median_interval.h"

#include <algorithm>
#include <cmath>

namespace partita::exec {

Interval median_interval(std::vector<Time> samples) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<double>(samples.size());
  const double reach = 0.98 * std::sqrt(n);
  const auto low = std::max(0.0, std::floor(n / 2 - reach));
  const auto high = std::min(n - 1, std::ceil(n / 2 + reach));
  return {samples[static_cast<std::size_t>(low)], samples[static_cast<std::size_t>(high)]};
}

}  // namespace partita::exec
