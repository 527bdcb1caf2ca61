#include "partition/runtime/policies/return_guard.h"

#include <algorithm>

namespace partita {

ReturnGuard::ReturnGuard(GuardOptions options, double typical, bool one_at_a_time)
    : options_(options), constant_(options.constant * typical), one_at_a_time_(one_at_a_time) {}

void ReturnGuard::answered(double now, double latency, double undisturbed, bool at_home) {
  paid_ += latency;
  if (!one_at_a_time_) {
    never_switching_ += at_home && settled_ ? latency : undisturbed;
    return;
  }
  const double arrival = now - latency;
  const double service = at_home ? now - std::max(arrival, answered_at_) : undisturbed;
  answered_at_ = now;
  free_at_ = std::max(free_at_, arrival) + service;
  never_switching_ += free_at_ - arrival;
}

void ReturnGuard::moves(double time) { paid_ += time; }
void ReturnGuard::idle() { settled_ = true; }
void ReturnGuard::left_home() { settled_ = false; }

}  // namespace partita
