#include "models/hardware/fit_regimes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "models/base/assert.h"

namespace partita {
namespace {

// The largest rate of a regime: what a level line is written as.
constexpr double kLevel = 1e15;  // B/s

// Sums over the first copies, each with the weight of its relative error, 1 / time^2. Bytes and
// picoseconds.
struct Sums {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

  Sums with(double size, double time) const {
    const double weight = 1 / (time * time);
    return {w + weight,
            x + weight * size,
            y + weight * time,
            xx + weight * size * size,
            xy + weight * size * time,
            yy + weight * time * time};
  }
  friend Sums operator-(const Sums& a, const Sums& b) {
    return {a.w - b.w, a.x - b.x, a.y - b.y, a.xx - b.xx, a.xy - b.xy, a.yy - b.yy};
  }
};

struct Line {
  double at_zero = 0, each = 0;  // ps, ps a byte
  double error = 0;              // sum of squared relative errors
};

Line fit(const Sums& s) {
  constexpr double kLeast = 1e12 / kLevel;
  Line line;
  const double spread = s.w * s.xx - s.x * s.x;
  if (spread > 1e-9 * s.w * s.xx) line.each = (s.w * s.xy - s.x * s.y) / spread;
  line.each = std::max(line.each, kLeast);
  line.at_zero = (s.y - line.each * s.x) / s.w;
  const double a = line.at_zero, b = line.each;
  line.error = std::max(
      0.0, s.yy - 2 * a * s.y - 2 * b * s.xy + a * a * s.w + 2 * a * b * s.x + b * b * s.xx);
  return line;
}

Regime regime_from(Bytes from, const Line& line) {
  const double at = line.at_zero + line.each * static_cast<double>(from.value);
  return {from, Time{std::max<std::int64_t>(1, std::llround(at))},
          Bandwidth{std::max<std::int64_t>(1, std::llround(1e12 / line.each))}};
}

void by_size(std::vector<MeasuredCopy>& copies) {
  std::stable_sort(copies.begin(), copies.end(),
                   [](const MeasuredCopy& a, const MeasuredCopy& b) { return a.size < b.size; });
}

}  // namespace

std::vector<Regime> fit_regimes(std::vector<MeasuredCopy> copies, double price,
                                std::size_t least_points) {
  PARTITA_ASSERT(!copies.empty(), "nothing to fit to");
  by_size(copies);
  const std::size_t count = copies.size();
  least_points = std::min(least_points, count);
  std::vector<Sums> sums{Sums{}};
  for (const MeasuredCopy& copy : copies) {
    sums.push_back(sums.back().with(static_cast<double>(copy.size.value),
                                    static_cast<double>(copy.time.count())));
  }
  struct Best {
    double cost = std::numeric_limits<double>::infinity();
    std::size_t from = 0;
    Line line;
  };
  std::vector<Best> best(count + 1);
  best[0].cost = 0;
  for (std::size_t to = least_points; to <= count; ++to) {
    for (std::size_t from = 0; from + least_points <= to; ++from) {
      // Copies of one size stay together.
      if (from > 0 && copies[from].size == copies[from - 1].size) continue;
      if (std::isinf(best[from].cost)) continue;
      const Line line = fit(sums[to] - sums[from]);
      const double cost = best[from].cost + line.error + price;
      if (cost < best[to].cost) best[to] = {cost, from, line};
    }
  }
  std::vector<Regime> regimes;
  for (std::size_t to = count; to > 0; to = best[to].from) {
    regimes.push_back(regime_from(copies[best[to].from].size, best[to].line));
  }
  std::reverse(regimes.begin(), regimes.end());
  return regimes;
}

std::vector<Regime> fit_regimes(const std::vector<MeasuredCopy>& copies) {
  constexpr std::array kPrices{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1};
  constexpr std::size_t kFew = 64;
  const std::size_t least_points = copies.size() < kFew ? 2 : 3;
  std::vector<MeasuredCopy> sorted = copies, fitted, judged;
  by_size(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i)
    (i % 2 == 0 ? fitted : judged).push_back(sorted[i]);
  if (judged.empty()) return fit_regimes(copies, kPrices.front(), least_points);
  std::array<double, kPrices.size()> scores{};
  for (std::size_t i = 0; i < kPrices.size(); ++i) {
    const CopyErrors errors = errors_of(fit_regimes(fitted, kPrices[i], least_points), judged);
    scores[i] = errors.mean + errors.by_power_of_two;
  }
  const double limit = 1.05 * *std::min_element(scores.begin(), scores.end());
  std::size_t chosen = kPrices.size() - 1;
  while (scores[chosen] > limit) --chosen;
  return fit_regimes(copies, kPrices[chosen], least_points);
}

std::vector<Regime> join_regimes(std::vector<MeasuredCopy> copies) {
  PARTITA_ASSERT(!copies.empty(), "nothing to join");
  by_size(copies);
  std::vector<Regime> regimes;
  for (std::size_t i = 0; i + 1 < copies.size() || regimes.empty(); ++i) {
    const MeasuredCopy& from = copies[i];
    const MeasuredCopy& to = copies[std::min(i + 1, copies.size() - 1)];
    double each = 0;
    if (to.size > from.size) {
      each = static_cast<double>((to.time - from.time).count()) /
             static_cast<double>((to.size - from.size).value);
    }
    each = std::max(each, 1e12 / kLevel);
    const double at_zero =
        static_cast<double>(from.time.count()) - each * static_cast<double>(from.size.value);
    regimes.push_back(regime_from(from.size, {at_zero, each, 0}));
  }
  return regimes;
}

Time copy_time(const std::vector<Regime>& regimes, Bytes size) {
  auto after = std::find_if(regimes.begin(), regimes.end(),
                            [&](const Regime& regime) { return regime.from > size; });
  if (after == regimes.begin()) ++after;
  const Regime& regime = after[-1];
  if (size >= regime.from) return regime.time + (size - regime.from) / regime.bandwidth;
  return std::max(Time{1}, regime.time - (regime.from - size) / regime.bandwidth);
}

CopyErrors errors_of(const std::vector<Regime>& regimes, const std::vector<MeasuredCopy>& copies) {
  CopyErrors errors;
  std::map<int, std::pair<double, int>> bins;
  for (const MeasuredCopy& copy : copies) {
    const double error = 100 * std::abs(static_cast<double>(copy_time(regimes, copy.size).count()) /
                                            static_cast<double>(copy.time.count()) -
                                        1);
    errors.mean += error / static_cast<double>(copies.size());
    auto& [sum, count] = bins[std::bit_width(static_cast<std::uint64_t>(copy.size.value))];
    sum += error;
    ++count;
  }
  for (const auto& [power, bin] : bins) {
    errors.by_power_of_two += bin.first / bin.second / static_cast<double>(bins.size());
  }
  return errors;
}

}  // namespace partita
