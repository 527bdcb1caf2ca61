#include "partition/runtime/policies/return_guard.h"

#include <algorithm>

namespace partita {

ReturnGuard::ReturnGuard(GuardOptions options, double typical, std::size_t in_flight)
    : options_(options),
      constant_(options.constant * typical),
      in_flight_(static_cast<double>(in_flight)) {}

void ReturnGuard::answered(double now, double latency, double least, bool at_home) {
  const double arrival = now - latency;
  const double service = at_home ? now - std::max(arrival, answered_at_) : least / in_flight_;
  answered_at_ = now;
  free_at_ = std::max(free_at_, arrival) + service;
  paid_ += latency;
  never_switching_ += std::max(free_at_ - arrival, least);
}

void ReturnGuard::moves(double time) { paid_ += time; }

}  // namespace partita
