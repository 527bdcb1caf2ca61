// Readings on their way to the policy, as old as those of a monitor that looks now and then.
#pragma once

#include <span>
#include <vector>

#include "partition/runtime/policy.h"

namespace partita {

// Model: looks at begin, begin + every, begin + 2 * every, ...; what is read between two looks is
//   told at the second. every = 0: what is read is told at once.
class Monitor {
 public:
  explicit Monitor(Time every) : every_(every) {}

  void begin(Time now) { begin_ = now; }

  void read(Time now, std::span<const LayerReading> layers, std::span<const CopyReading> copies) {
    if (layers.empty() && copies.empty()) return;
    if (nothing_new()) due_ = next_look(now);
    layers_.insert(layers_.end(), layers.begin(), layers.end());
    copies_.insert(copies_.end(), copies.begin(), copies.end());
  }
  // Time::max(): nothing has been read since the last look.
  Time due() const { return due_; }

  void tell(Policy& policy, Time now) {
    policy.observe(now, layers_, copies_);
    layers_.clear();
    copies_.clear();
    due_ = Time::max();
  }

 private:
  bool nothing_new() const { return due_ == Time::max(); }
  Time next_look(Time now) const {
    if (every_ <= Time{0}) return now;
    const std::int64_t looks = ((now - begin_).count() + every_.count() - 1) / every_.count();
    return begin_ + looks * every_;
  }

  Time every_, begin_{0}, due_{Time::max()};
  std::vector<LayerReading> layers_;
  std::vector<CopyReading> copies_;
};

}  // namespace partita
