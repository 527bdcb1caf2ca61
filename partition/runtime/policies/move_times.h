// How long weights take from where one configuration has them to where another wants them.
#pragma once

#include <map>
#include <optional>

#include "partition/problem/delays.h"
#include "partition/runtime/policies/candidate.h"

namespace partita {

// Model: weights that the new configuration wants in a memory where the old one has none come from
//   the nearest memory that has them, over idle routes. Who copies (an engine, or a processor by
//   itself) makes one copy after the other; different ones copy at the same time. So it takes as
//   long as the busiest of them.
// Left out: requests that use the same links meanwhile (the policy adds what they lose).
class MoveTimes {
 public:
  // References are kept. `hardware` is the undisturbed machine.
  MoveTimes(const Network& network, const Hardware& hardware);

  struct Move {
    double seconds = 0;
    Bytes bytes;
  };
  // Absent where a weight has no way to where it is wanted. Remembers what it was asked for: between
  // the same two configurations it allocates nothing.
  const std::optional<Move>& between(const Candidate& from, const Candidate& to);
  // No longer of use: one of the two is gone.
  void forget(const Configuration* gone);

 private:
  std::optional<Move> work_out(const Candidate& from, const Candidate& to) const;

  const Network& network_;
  const Hardware& hardware_;
  Delays delays_;
  using Key = std::pair<const Configuration*, const Configuration*>;
  std::map<Key, std::optional<Move>> known_;
};

}  // namespace partita
