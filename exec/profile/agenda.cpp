#include "exec/profile/agenda.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace partita::exec {

std::optional<std::size_t> next_measurement(const std::vector<Prospect>& prospects,
                                            Seconds time_left) {
  std::optional<std::size_t> best;
  // Whether a is to come before b.
  const auto before = [](const Prospect& a, const Prospect& b) {
    if (a.begun != b.begun) return !a.begun;
    if (!a.begun) return a.importance > b.importance;
    const auto worth = [](const Prospect& p) {
      return p.importance * p.uncertainty / std::max(p.cost.count(), 1e-6);
    };
    return worth(a) > worth(b);
  };
  for (std::size_t i = 0; i < prospects.size(); ++i) {
    const Prospect& each = prospects[i];
    if (each.done || (each.begun && each.cost > time_left)) continue;
    if (!best || before(each, prospects[*best])) best = i;
  }
  return best;
}

double relative_uncertainty(const ProfileRow& row) {
  if (row.samples < 3) return 1;
  const double sigma = seconds(row.p90 - row.p10) / 2.563;
  const double error = std::sqrt(std::numbers::pi / 2) * sigma / std::sqrt(row.samples);
  return 1.96 * error / seconds(row.median);
}

}  // namespace partita::exec
