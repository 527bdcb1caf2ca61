// Where weights that sum to 1 are sought.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

namespace partita {

// The nearest point whose parts are not negative and sum to 1 (Held, Wolfe, Crowder, "Validation of
// subgradient optimization", Mathematical Programming 6, 1974).
inline void project_to_simplex(std::vector<double>& point) {
  std::vector<double> sorted = point;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0, shift = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    const double candidate = (sum - 1) / static_cast<double>(i + 1);
    if (sorted[i] - candidate > 0) shift = candidate;
  }
  for (double& part : point) part = std::max(0.0, part - shift);
}

}  // namespace partita
