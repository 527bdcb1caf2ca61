// What annealing changes: a processor for each layer, one order of all layers, and the moves
// between such states.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/random.h"
#include "models/timeline/timeline.h"
#include "partition/problem/candidates.h"

namespace partita {

// The order is topological in every state, and each processor follows it: no state can wait for
// itself. Every plan has a state: any order of its layers that follows both graph and processors.
//
// Keeps references: problem and candidates must outlive it.
class SearchState {
 public:
  SearchState(const Problem& problem, const Candidates& candidates);

  struct Snapshot {
    IdVector<LayerId, ProcessorId> processor;
    std::vector<LayerId> sequence;
  };

  // Both bring groups that are apart to where the first of their layers is.
  void load(const Placement& placement, const Timeline& timeline);
  Snapshot snapshot() const { return {processor_, sequence_}; }
  void restore(const Snapshot& snapshot);
  Placement placement() const;

  // Half of the moves begin at one of these layers from now on.
  void focus(const std::vector<LayerId>& layers);

  // Half of the time one of those, else any.
  LayerId pick_layer(Random& random) const { return pick(focus_, sequence_, random); }

  // One random move. False where it changed no processor and no processor's order. Then undo() or
  // keep() it.
  bool change(Random& random);
  void undo();
  void keep();
  // The first place of the order whose layer, or its processor, is another than at the last keep().
  std::size_t first_change() const;

  const std::vector<LayerId>& sequence() const { return sequence_; }
  std::size_t position(LayerId layer) const { return position_[layer]; }
  ProcessorId processor(LayerId layer) const { return processor_[layer]; }

 private:
  struct Assigned {
    LayerId layer;
    ProcessorId before;
  };
  struct Shifted {
    std::size_t from, to;
  };

  bool move_one(Random& random);
  bool move_block(Random& random);
  bool move_chain(Random& random);
  bool move_window(Random& random);
  bool exchange(Random& random);
  bool reorder(Random& random);

  // Half of the time one of `focus`, else any of `all`.
  LayerId pick(const std::vector<LayerId>& focus, const std::vector<LayerId>& all,
               Random& random) const;
  // Where `layer` could go: half of the time beside a neighbour, else anywhere. Its own processor
  // if there is no other.
  ProcessorId target(LayerId layer, Random& random) const;
  // With its group. False where it is no candidate, or nothing changes.
  bool assign(LayerId layer, ProcessorId processor);
  void assign_one(LayerId layer, ProcessorId processor);
  void shift(std::size_t from, std::size_t to);
  bool only_follower(LayerId before, LayerId after) const;

  const Problem& problem_;
  const Candidates& candidates_;
  std::vector<LayerId> movable_;  // with more than one candidate
  std::vector<LayerId> focus_, movable_focus_;

  IdVector<LayerId, ProcessorId> processor_;
  std::vector<LayerId> sequence_;
  IdVector<LayerId, std::size_t> position_;

  std::vector<Assigned> assigned_;  // since the last keep()
  std::vector<Shifted> shifted_;

  std::vector<LayerId> block_;  // buffers of move_block
  IdVector<LayerId, std::uint64_t> seen_;
  std::uint64_t round_ = 0;
};

}  // namespace partita
