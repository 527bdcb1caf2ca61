#include "partition/adapt/slowdown.h"

#include <algorithm>

namespace partita {
namespace {

constexpr double kRise = 1.1;  // less is noise
constexpr std::int64_t kMostCaution = 64;

}  // namespace

void Slowdown::forget() {
  recent_.clear();
  fell_ = fell_ || value_ > kRise;
  value_ = 1;
  calm_ = 0;
}

void Slowdown::update(double median, Wide evidence, Wide window) {
  if (median >= value_) {
    if (fell_ && median > value_ * kRise) {
      caution_ = std::min(2 * caution_, kMostCaution);
      fell_ = false;
    }
    value_ = median;
    calm_ = 0;
    slow_window_ = window;
    return;
  }
  calm_ += evidence;
  if (calm_ < (caution_ - 1) * slow_window_) return;
  fell_ = fell_ || median * kRise < value_;
  value_ = median;
}

void Slowdown::observe(const std::vector<Sample>& samples) {
  if (samples.empty()) {
    if (++unseen_ >= forget_after_) forget();
    return;
  }
  unseen_ = 0;
  Inference latest;
  for (const Sample& sample : samples) {
    latest.measured += sample.measured.count();
    latest.expected += sample.expected.count();
  }
  recent_.push_back(latest);

  Wide heaviest = 0, seen = 0;
  for (const Inference& inference : recent_) {
    heaviest = std::max(heaviest, inference.expected);
    seen += inference.expected;
  }
  const Wide wanted = static_cast<Wide>(window_) * heaviest;
  while (seen - recent_.front().expected >= wanted) {
    seen -= recent_.front().expected;
    recent_.pop_front();
  }
  if (2 * seen > wanted) update(weighted_median(), latest.expected, wanted);
}

// The smallest ratio that half of the weight stays at or below.
double Slowdown::weighted_median() const {
  std::vector<Inference> sorted(recent_.begin(), recent_.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Inference& a, const Inference& b) { return a.ratio() < b.ratio(); });
  Wide total = 0, below = 0;
  for (const Inference& inference : sorted) total += inference.expected;
  for (const Inference& inference : sorted) {
    below += inference.expected;
    if (2 * below >= total) return inference.ratio();
  }
  return 1;
}

}  // namespace partita
