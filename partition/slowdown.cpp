#include "partition/slowdown.h"

#include <algorithm>

namespace partita {
namespace {

double ratio_of_sums(const std::vector<Slowdown::Sample>& samples) {
  double measured = 0, expected = 0;
  for (const Slowdown::Sample& sample : samples) {
    measured += static_cast<double>(sample.measured.count());
    expected += static_cast<double>(sample.expected.count());
  }
  return measured / expected;
}

}  // namespace

void Slowdown::observe(const std::vector<Sample>& samples) {
  if (samples.empty()) {
    if (++unseen_ >= forget_after_) recent_.clear();
    return;
  }
  unseen_ = 0;
  recent_.push_back(ratio_of_sums(samples));
  if (recent_.size() > window_) recent_.pop_front();
}

double Slowdown::value() const {
  if (2 * recent_.size() < window_ + 1) return 1;
  std::vector<double> sorted(recent_.begin(), recent_.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted[(sorted.size() - 1) / 2];
}

}  // namespace partita
