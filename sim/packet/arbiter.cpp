#include "sim/packet/arbiter.h"

#include <algorithm>
#include <tuple>

namespace partita::sim {
namespace {

template <class Key>
std::size_t least(std::span<const Candidate> candidates, Key&& key) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    if (key(candidates[i]) < key(candidates[best])) best = i;
  }
  return best;
}

}  // namespace

void ArbiterState::reset(Arbiter arbiter) { *this = ArbiterState(arbiter); }

std::size_t ArbiterState::choose(std::span<const Candidate> candidates) {
  switch (arbiter_) {
    case Arbiter::RoundRobin: return by_turns(candidates, false);
    case Arbiter::Weighted: return by_turns(candidates, true);
    case Arbiter::Priority:
      return least(candidates,
                   [](const Candidate& c) { return std::tuple(c.rank, c.arrival, c.input); });
    case Arbiter::Fifo: break;
  }
  return least(candidates,
               [](const Candidate& c) { return std::tuple(c.arrival, c.input, c.rank); });
}

std::size_t ArbiterState::by_turns(std::span<const Candidate> candidates, bool weighted) {
  for (const Candidate& candidate : candidates) {
    if (candidate.input >= next_start_.size()) next_start_.resize(candidate.input + 1);
  }
  const std::size_t best = least(candidates, [&](const Candidate& c) {
    return std::tuple(std::max(virtual_time_, next_start_[c.input]), c.input < turn_, c.input,
                      c.arrival, c.rank);
  });
  const Candidate& chosen = candidates[best];
  turn_ = chosen.input + 1;
  virtual_time_ = std::max(virtual_time_, next_start_[chosen.input]);
  const Wide work = static_cast<Wide>(chosen.bytes) * std::pico::den;
  next_start_[chosen.input] = virtual_time_ + work / (weighted ? chosen.weight : 1);
  return best;
}

}  // namespace partita::sim
