#include "partition/inputs/exit_choice.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/assert.h"

namespace partita::inputs {

Time ExitTimes::of(std::size_t start, std::size_t leave) const {
  PARTITA_ASSERT(start <= leave && leave < exits(), "nobody leaves before the start");
  Time time = direct[start];
  for (std::size_t k = start + 1; k <= leave; ++k) time += onward[k];
  return time;
}

std::size_t leaves_at(const std::vector<bool>& sure, std::size_t start) {
  for (std::size_t k = start; k + 1 < sure.size(); ++k) {
    if (sure[k]) return k;
  }
  return sure.size() - 1;
}

Time expected_time(const ExitTimes& times, std::size_t start, const std::vector<double>& leaves) {
  double sum = 0;
  for (std::size_t k = start; k < times.exits(); ++k) {
    sum += leaves[k] * static_cast<double>(times.of(start, k).count());
  }
  return Time{std::llround(sum)};
}

Time tail_time(const ExitTimes& times, const std::vector<std::size_t>& starts,
               const std::vector<std::vector<double>>& leaves, double share) {
  std::vector<std::pair<Time, double>> all;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    for (std::size_t k = starts[i]; k < times.exits(); ++k) {
      if (leaves[i][k] > 0) all.emplace_back(times.of(starts[i], k), leaves[i][k]);
    }
  }
  std::sort(all.begin(), all.end());
  // Sums of probabilities round: a millionth of an input is none.
  const double wanted = share * static_cast<double>(starts.size()) - 1e-6;
  double below = 0;
  for (const auto& [time, part] : all) {
    below += part;
    if (below >= wanted) return time;
  }
  return all.back().first;
}

ExitModel::ExitModel(ModelKind kind, const Rows& features,
                     const std::vector<std::vector<bool>>& sure)
    : exits_(sure.front().size()) {
  for (std::size_t start = 0; start < exits_; ++start) {
    std::vector<std::size_t> classes;
    for (const auto& each : sure) classes.push_back(leaves_at(each, start) - start);
    of_start_.push_back(fit_classes(kind, features, classes, exits_ - start));
  }
}

std::vector<double> ExitModel::leaves(const std::vector<double>& features,
                                      std::size_t start) const {
  std::vector<double> leaves(start, 0.0);
  const std::vector<double> parts = of_start_[start](features);
  leaves.insert(leaves.end(), parts.begin(), parts.end());
  return leaves;
}

std::size_t ExitModel::best_start(const ExitTimes& times,
                                  const std::vector<double>& features) const {
  std::size_t best = 0;
  Time least = expected_time(times, 0, leaves(features, 0));
  for (std::size_t start = 1; start < exits_; ++start) {
    const Time time = expected_time(times, start, leaves(features, start));
    if (time < least) best = start, least = time;
  }
  return best;
}

}  // namespace partita::inputs
