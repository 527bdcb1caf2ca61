#include "partition/slowdown.h"

#include <algorithm>

namespace partita {

void Slowdown::forget() {
  recent_.clear();
  value_ = 1;
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
  if (2 * seen > wanted) value_ = weighted_median();
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
