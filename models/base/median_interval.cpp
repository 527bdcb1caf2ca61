#include "models/base/median_interval.h"

#include <algorithm>
#include <cmath>

namespace partita {

std::optional<MedianInterval> median_interval(std::vector<Time> values) {
  constexpr double kOutside = 0.05;
  const std::size_t n = values.size();
  const auto count = static_cast<double>(n);
  std::size_t k = 0;
  double below = 0;  // P(B < k + 1)
  while (k < n / 2) {
    const auto i = static_cast<double>(k);
    below += std::exp(std::lgamma(count + 1) - std::lgamma(i + 1) - std::lgamma(count - i + 1) -
                      count * std::log(2.0));
    if (2 * below > kOutside) break;
    ++k;
  }
  if (k == 0) return std::nullopt;
  std::sort(values.begin(), values.end());
  return MedianInterval{values[k - 1], values[n - k]};
}

}  // namespace partita
