#include "partition/problem/uncertainty.h"

#include <algorithm>
#include <numeric>

#include "models/base/random.h"

namespace partita {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kLow = 100'000, kMiddle = 500'000, kHigh = 900'000;  // of the quantiles

Time between(Time from, Time until, std::int64_t part, std::int64_t whole) {
  return from +
         Time{static_cast<std::int64_t>(static_cast<Wide>((until - from).count()) * part / whole)};
}

// `at`: 0 .. kMillion.
Time quantile(Time low, Time middle, Time high, std::int64_t at) {
  // Beyond the ends, the lines go on for 10 of 40 %.
  if (at < kMiddle) return between(low, middle, at - kLow, kMiddle - kLow);
  return between(middle, high, at - kMiddle, kHigh - kMiddle);
}

}  // namespace

double statistic_of(std::vector<double> values, Statistic statistic) {
  if (statistic == Statistic::Expected) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  const std::size_t rank = (values.size() * 95 + 99) / 100;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<CostTable> sampled_costs(const CostTable& costs, std::size_t processors, double spread,
                                     std::size_t count, std::uint64_t seed) {
  Random random(seed);
  const auto draw = [&] { return static_cast<std::int64_t>(random.below(kMillion + 1)); };
  std::vector<CostTable> samples(count, costs);
  for (CostTable& sample : samples) {
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      const std::int64_t common = draw();
      for (const LayerId layer : ids<LayerId>(costs.layers())) {
        // Drawn for absent entries too: whether one is there moves no other.
        const bool is_common = random.one_in(2);
        const std::int64_t own = draw();
        std::optional<LayerCost> cost = costs(layer, p);
        if (!cost) continue;
        const LayerCost::Spread ends =
            cost->spread.value_or(LayerCost::Spread{1 - spread, 1 + spread});
        cost->time =
            std::max(1_ps, quantile(scaled(cost->time, ends.low), cost->time,
                                    scaled(cost->time, ends.high), is_common ? common : own));
        sample.set(layer, p, cost);
      }
    }
  }
  return samples;
}

}  // namespace partita
