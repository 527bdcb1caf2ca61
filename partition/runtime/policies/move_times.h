// How long weights take from where one configuration has them to where another wants them.
#pragma once

#include <map>
#include <optional>

#include "partition/runtime/move_cost.h"
#include "partition/runtime/policies/candidate.h"

namespace partita {

// Model: weights that the new configuration wants in a memory where the old one has none come from
//   the nearest memory that has them, over idle routes, all at once (MoveCost).
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
  std::optional<Move> work_out(const Candidate& from, const Candidate& to);

  const Network& network_;
  MoveCost cost_;
  using Key = std::pair<const Configuration*, const Configuration*>;
  std::map<Key, std::optional<Move>> known_;
};

}  // namespace partita
