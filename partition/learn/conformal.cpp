#include "partition/learn/conformal.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace partita::learn {

double conformal_quantile(const std::vector<std::vector<double>>& groups, double coverage) {
  std::size_t with_scores = 0, count = 0;
  for (const auto& group : groups) {
    with_scores += group.empty() ? 0 : 1;
    count += group.size();
  }
  if (count == 0) return 0;
  std::vector<std::pair<double, double>> scores;  // and their weight
  for (const auto& group : groups) {
    for (const double each : group) {
      scores.emplace_back(each, 1.0 / static_cast<double>(group.size() * with_scores));
    }
  }
  std::sort(scores.begin(), scores.end());
  const auto n = static_cast<double>(count);
  const double wanted = coverage * (n + 1) / n;
  double weight = 0;
  for (const auto& [score, part] : scores) {
    weight += part;
    if (weight >= wanted - 1e-12) return score;
  }
  return scores.back().first;
}

}  // namespace partita::learn
