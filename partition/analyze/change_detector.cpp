#include "partition/analyze/change_detector.h"

#include <algorithm>
#include <cmath>

namespace partita::analyze {

double ChangeDetector::run_length(double threshold, double k) {
  const double exponent = 2 * k * (threshold + 1.166);
  return (std::exp(exponent) - exponent - 1) / (2 * k * k) / 2;
}

ChangeDetector::ChangeDetector(double wanted, double shift) : k_(shift / 2) {
  double low = 0, high = 1;
  while (run_length(high, k_) < wanted) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (run_length(middle, k_) < wanted ? low : high) = middle;
  }
  threshold_ = high;
}

double ChangeDetector::standardised(double x) const {
  // One degree of freedom is the least.
  if (baseline_.count() < 2) return 0;
  const double away = x - baseline_.mean(), deviation = baseline_.deviation();
  if (away == 0) return 0;
  // After nothing but equal observations, any other is as wild as can be.
  if (deviation == 0) return away > 0 ? kWildest : -kWildest;
  const auto n = static_cast<double>(baseline_.count());
  const double t = away / deviation * std::sqrt(n / (n + 1)), freedom = n - 1;
  const double z =
      (8 * freedom + 1) / (8 * freedom + 3) * std::sqrt(freedom * std::log1p(t * t / freedom));
  return std::copysign(std::min(z, kWildest), t);
}

bool ChangeDetector::exceeds(Side& side, double step) {
  if (side.sum == 0) {
    side.since = seen_;
    side.before = baseline_;
  }
  side.sum = std::max(0.0, side.sum + step - k_);
  return side.sum > threshold_;
}

std::optional<ChangeDetector::Change> ChangeDetector::observe(double x) {
  const double u = standardised(x);
  const bool rose = exceeds(up_, u), fell = exceeds(down_, -u);
  baseline_.add(x);
  const std::int64_t now = seen_++;
  if (!rose && !fell) return std::nullopt;
  const Side& side = rose ? up_ : down_;
  const Change change{
      .noticed = now, .since = side.since, .upwards = rose, .before = side.before.mean()};
  baseline_ = {};
  up_ = down_ = {};
  return change;
}

}  // namespace partita::analyze
