#include "partition/runtime/policies/overrun.h"

#include <algorithm>
#include <cmath>

namespace partita {

void Overrun::answered(const Configuration* in_force, double measured, double believed) {
  for (Known& each : known_) --each.left;
  std::erase_if(known_, [](const Known& each) { return each.left <= 0; });
  if (in_force != in_force_) count_ = 0;
  in_force_ = in_force;
  recent_[count_++ % kRecent] = measured / believed;
  if (count_ < kRecent) return;
  std::array<double, kRecent> sorted = recent_;
  std::nth_element(sorted.begin(), sorted.begin() + kRecent / 2, sorted.end());
  const double median = sorted[kRecent / 2];
  usual_ = usual_ == 0 ? median : usual_ * std::pow(median / usual_, 1 / kMemory);
  forget(in_force);
  known_.push_back({in_force, median, kRemember});
}

void Overrun::now(const Conditions& conditions, const Configuration* in_force) {
  bool changed = conditions_.slowdown.size() != conditions.slowdown.size();
  for (std::size_t i = 0; !changed && i < conditions.slowdown.size(); ++i) {
    const auto p = static_cast<ProcessorId>(i);
    changed = conditions.present[p] != conditions_.present[p] ||
              std::abs(conditions.slowdown[p] / conditions_.slowdown[p] - 1) > kChanged;
  }
  if (!changed) return;
  conditions_ = conditions;
  count_ = 0;
  forget(in_force);
}

void Overrun::forget(const Configuration* gone) {
  std::erase_if(known_, [&](const Known& each) { return each.configuration == gone; });
}

double Overrun::of(const Configuration* configuration) const {
  const auto beyond = [this](const Known& each) { return each.ratio / usual_; };
  const bool matters = std::any_of(known_.begin(), known_.end(),
                                   [&](const Known& each) { return beyond(each) > kMatters; });
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& each) {
    return each.configuration == configuration;
  });
  return matters && found != known_.end() ? std::max(1.0, beyond(*found)) : 1;
}

}  // namespace partita
