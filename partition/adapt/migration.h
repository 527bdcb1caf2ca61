// What it takes to go from one plan to another: weights that must move.
#pragma once

#include <optional>
#include <vector>

#include "models/plan/plan.h"

namespace partita {

// Model: a new plan needs the weights of its layers beside their processors. Those that the old
//   plan had nowhere in that memory are copied from the memory of the old plan that is nearest, one
//   after another, each over idle routes.
// Left out: copies at the same time, and inferences that run meanwhile.
struct Migration {
  struct Move {
    TensorId weight{};
    MemoryId src{}, dst{};
    friend bool operator==(const Move&, const Move&) = default;
  };
  std::vector<Move> moves;  // by destination, then by tensor
  Bytes total;
  Time cost{0};
};

// Absent where a weight has no way to where the new plan needs it. Both plans are of this network
// and machine.
std::optional<Migration> migration(const Network& network, const Hardware& hardware,
                                   const Plan& from, const Plan& to);

}  // namespace partita
