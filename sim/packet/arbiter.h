// Who goes next where several want the same wire.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/hardware/hardware.h"

namespace partita::sim {

// The packet at the head of a lane that may go now.
struct Candidate {
  std::uint32_t input = 0;  // the port by which it came
  std::uint64_t rank = 0;   // request, then place of its transfer in the plan
  Time arrival{0};
  std::int64_t weight = 1;  // of its input: the bandwidth by which it came
  std::int64_t bytes = 0;
  std::int32_t priority = 0;  // of its transfer, where links keep them
};

// Model: of those that may go, only the ones of the highest priority compete. Round robin: inputs
//   take turns, and send as many bytes as each other while they have some;
//   weighted: the same in proportion to the bandwidth by which they feed the wire (both by
//   start-time fair queueing: Goyal, Vin and Cheng, SIGCOMM 1996); fifo: who came first; priority:
//   the transfer that stands first in the plan. Of one input: who came first, then the earlier
//   transfer.
// Left out: the time that a decision takes.
class ArbiterState {
 public:
  explicit ArbiterState(Arbiter arbiter = Arbiter::RoundRobin) : arbiter_(arbiter) {}

  void reset(Arbiter arbiter);

  // Index of the one that goes. Precondition: there is one.
  std::size_t choose(std::span<const Candidate> candidates);

 private:
  std::size_t by_turns(std::span<const Candidate> candidates, bool weighted);

  Arbiter arbiter_;
  std::uint32_t turn_ = 0;  // the input after the one that went last
  Wide virtual_time_ = 0;
  std::vector<Wide> next_start_;  // of each input
};

}  // namespace partita::sim
