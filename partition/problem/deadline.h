// When to stop.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace partita {

// An instant of the real clock, or never: where there is none, nothing depends on the clock.
class Deadline {
 public:
  Deadline() = default;  // never
  // In so many seconds from now; never without.
  explicit Deadline(std::optional<double> seconds) {
    if (seconds)
      at_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(std::min(*seconds, 1e8)));
  }
  bool passed() const { return at_ && Clock::now() >= *at_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> at_;
};

}  // namespace partita
