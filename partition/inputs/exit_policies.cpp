#include "partition/inputs/exit_policies.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/random.h"

namespace partita::inputs {
namespace {

std::size_t really_best(const ExitTimes& times, const std::vector<bool>& sure) {
  std::size_t best = 0;
  for (std::size_t start = 1; start < times.exits(); ++start) {
    if (times.of(start, leaves_at(sure, start)) < times.of(best, leaves_at(sure, best))) {
      best = start;
    }
  }
  return best;
}

}  // namespace

std::vector<ExitPolicy> exit_policies(const ExitTimes& times, const ExitModel& model,
                                      const ExitModel& blind, const JudgedInputs& inputs,
                                      std::uint64_t seed) {
  const std::size_t count = inputs.features.size();
  std::vector<std::size_t> others(count);
  std::iota(others.begin(), others.end(), std::size_t{0});
  Random random(seed);
  for (std::size_t i = count; i > 1; --i) std::swap(others[i - 1], others[random.below(i)]);

  std::vector<ExitPolicy> policies{
      {"exit by exit", {}}, {"one plan", {}}, {"analyzer", {}}, {"shuffled", {}}, {"oracle", {}}};
  for (std::size_t i = 0; i < count; ++i) {
    policies[0].starts.push_back(0);
    policies[1].starts.push_back(blind.best_start(times, {}));
    policies[2].starts.push_back(model.best_start(times, inputs.features[i]));
    policies[3].starts.push_back(model.best_start(times, inputs.features[others[i]]));
    policies[4].starts.push_back(really_best(times, inputs.sure[i]));
  }
  return policies;
}

std::vector<Time> times_of(const ExitPolicy& policy, const ExitTimes& times,
                           const std::vector<std::vector<bool>>& sure) {
  std::vector<Time> taken;
  for (std::size_t i = 0; i < sure.size(); ++i) {
    taken.push_back(times.of(policy.starts[i], leaves_at(sure[i], policy.starts[i])));
  }
  return taken;
}

Time mean(const std::vector<Time>& times) {
  const double sum = std::accumulate(times.begin(), times.end(), 0.0, [](double so_far, Time time) {
    return so_far + static_cast<double>(time.count());
  });
  return Time{std::llround(sum / static_cast<double>(times.size()))};
}

Time quantile(std::vector<Time> times, double share) {
  const auto count = static_cast<double>(times.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share * count - 1e-9));
  const std::size_t at = std::min(std::max<std::size_t>(rank, 1), times.size()) - 1;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(at), times.end());
  return times[at];
}

}  // namespace partita::inputs
