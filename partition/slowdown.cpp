#include "partition/slowdown.h"

#include <algorithm>

namespace partita {
namespace {

// Beyond these a clock was wrong, not a processor slow.
constexpr double kLeast = 0.05, kMost = 1000;

double ratio(const Slowdown::Sample& sample) {
  const double value =
      static_cast<double>(sample.measured.count()) / static_cast<double>(sample.expected.count());
  return std::clamp(value, kLeast, kMost);
}

// The smallest ratio that half of the expected time stays at or below.
double weighted_median(std::vector<Slowdown::Sample> samples) {
  std::sort(samples.begin(), samples.end(), [](const auto& a, const auto& b) {
    return static_cast<Wide>(a.measured.count()) * b.expected.count() <
           static_cast<Wide>(b.measured.count()) * a.expected.count();
  });
  Wide total = 0, below = 0;
  for (const auto& sample : samples) total += sample.expected.count();
  for (const auto& sample : samples) {
    below += sample.expected.count();
    if (2 * below >= total) return ratio(sample);
  }
  return 1;
}

}  // namespace

void Slowdown::observe(std::vector<Sample> samples) {
  if (samples.empty()) {
    if (++unseen_ >= forget_after_) recent_.clear();
    return;
  }
  unseen_ = 0;
  recent_.push_back(weighted_median(std::move(samples)));
  if (recent_.size() > window_) recent_.pop_front();
}

double Slowdown::value() const {
  if (2 * recent_.size() < window_ + 1) return 1;
  std::vector<double> sorted(recent_.begin(), recent_.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted[(sorted.size() - 1) / 2];
}

}  // namespace partita
