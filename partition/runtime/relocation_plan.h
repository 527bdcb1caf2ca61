// What must move, and what must go, before a configuration can be in force.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "partition/runtime/configuration.h"
#include "partition/runtime/move_cost.h"
#include "partition/runtime/weight_set.h"

namespace partita {

// What as many requests as may run at once, all by this plan, hold in each memory at most: results,
// copies and workspace, but no weights. Empty: nothing.
using ActivationPeaks = std::function<IdVector<MemoryId, Bytes>(const Plan&)>;

struct Migration {
  std::vector<Relocation> steps;  // one after another
  Bytes bytes;                    // of all moves
  Time cost{0};                   // of all moves, over idle routes (MoveCost)
};
struct NoMigration {
  std::string reason;  // "weight w3 has no way to memory hbm1"
};

// Model: a configuration needs the weights of its plans' layers where they read them, and those of
//   Configuration::also; where the host keeps weights, its memory needs and has all of them. A weight
//   that is missing comes from the memory that has it and is nearest: whose copy takes least alone
//   (ties: the lowest number). A way on which a processor copies by itself that is lost is none.
//   Weights are moved in the order of the layers that read them first, those of Configuration::also
//   and of the host last.
// Left out: a copy to a third memory to make room; that a weight which has come could be the source
//   of another move of the same step. Copies staged on the way count as if all were there at once.
// References are kept. One for each thread.
class RelocationPlanner {
 public:
  RelocationPlanner(const Network& network, const Hardware& hardware, bool host_keeps_weights);

  WeightSet needed_by(const Configuration& configuration) const;
  // By the plan alone, added to what is there.
  void add_needs(const Plan& plan, WeightSet& to) const;
  bool has_needs(const Plan& plan, const WeightSet& in) const;

  // What moving costs where memory does not matter: for policies. Time: absent where there is no
  // way. Allocates nothing.
  struct Cost {
    Bytes bytes;
    std::optional<Time> time;
  };
  Cost cost(const WeightSet& from, const WeightSet& to) const;

  // What is where, what others hold meanwhile, and who is there to copy.
  struct Now {
    const WeightSet& resident;
    const IdVector<MemoryId, Bytes>& activations;
    const IdVector<ProcessorId, bool>& present;
  };
  // In one step, while all of `kept` stays; other weights that nobody needs are dropped first.
  std::variant<Migration, NoMigration> beside(const Now& now, const WeightSet& kept,
                                              const Configuration& wanted) const;
  // Where that has no room: while nothing runs, all that `wanted` does not need goes as soon as it
  // is the source of no move; a step makes the moves for which there is room then. At the end,
  // sources of the last step are still there. `activations`: once it is in force.
  std::variant<Migration, NoMigration> in_steps(const Now& now, const Configuration& wanted) const;

  // No move needs a processor that is lost.
  bool can_be_made(const Relocation& relocation, const IdVector<ProcessorId, bool>& present) const;

 private:
  using Move = Relocation::Move;

  // Needed, the first that is read first; each once.
  std::vector<WeightPlace> in_order(const Configuration& configuration) const;
  bool can_be_made(const Move& move, const IdVector<ProcessorId, bool>& present) const;
  std::optional<MemoryId> nearest(const WeightSet& from, const WeightPlace& missing,
                                  const IdVector<ProcessorId, bool>* present) const;
  // Adds what the move takes on its way, and at its end.
  void add_room(const Move& move, IdVector<MemoryId, Bytes>& to) const;
  std::string too_full(const IdVector<MemoryId, Bytes>& held) const;
  std::string no_way(const WeightPlace& missing) const;

  const Network& network_;
  const Hardware& hardware_;
  std::optional<MemoryId> keeper_;  // the host's memory, where it keeps weights
  IdVector<LayerId, std::vector<TensorId>> weights_;
  mutable MoveCost move_cost_;
};

}  // namespace partita
