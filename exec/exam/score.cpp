#include "exec/exam/score.h"

#include <algorithm>
#include <cmath>

namespace partita::exec {

Score score(const std::vector<Pair>& pairs) {
  Score result;
  result.pairs = pairs.size();
  if (pairs.empty()) return result;
  std::vector<double> errors;
  for (const Pair& pair : pairs) {
    const double error = (pair.predicted - pair.measured) / pair.measured;
    errors.push_back(std::fabs(error));
    result.mape += errors.back() / static_cast<double>(pairs.size());
    result.bias += error / static_cast<double>(pairs.size());
  }
  std::sort(errors.begin(), errors.end());
  const auto rank = static_cast<std::size_t>(std::ceil(0.9 * static_cast<double>(errors.size())));
  result.p90 = errors[rank - 1];
  return result;
}

double kendall_tau(const std::vector<Pair>& pairs) {
  double agree = 0, predicted_differ = 0, measured_differ = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double predicted = pairs[i].predicted - pairs[j].predicted;
      const double measured = pairs[i].measured - pairs[j].measured;
      if (predicted != 0) ++predicted_differ;
      if (measured != 0) ++measured_differ;
      const double product = predicted * measured;
      agree += product > 0 ? 1 : product < 0 ? -1 : 0;
    }
  }
  if (predicted_differ == 0 || measured_differ == 0) return 0;
  return agree / std::sqrt(predicted_differ * measured_differ);
}

RankingToldApart ranking_told_apart(const std::vector<Ranked>& plans) {
  RankingToldApart result;
  double agree = 0;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      ++result.all;
      const bool above = plans[i].low > plans[j].high, below = plans[i].high < plans[j].low;
      if (!above && !below) continue;
      ++result.pairs;
      const double predicted = plans[i].predicted - plans[j].predicted;
      if (predicted != 0) agree += (predicted > 0) == above ? 1 : -1;
    }
  }
  if (result.pairs > 0) result.tau = agree / static_cast<double>(result.pairs);
  return result;
}

}  // namespace partita::exec
