// A schedule that grows by one layer at a time: what the list methods share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "partition/methods/methods.h"
#include "partition/problem/candidates.h"
#include "partition/problem/constraint_excess.h"

namespace partita {

// Bytes of each memory that a method leaves free for activations.
using Reserve = IdVector<MemoryId, Bytes>;
// A negative reserve: memories that hold whatever is put there.
Reserve unlimited_memory(const Hardware& hardware);

// Model: a layer takes launch overhead + its time on one stream; it starts when its inputs have
//   come over idle routes. A memory holds the distinct weights of the layers placed beside it, and
//   what one layer needs while it runs.
//   Layers of a group follow the first of them; where parts are contiguous, no layer goes back to a
//   processor that a path to it has left.
// Left out: contention, copies that keep a processor busy, activations that wait in a memory, shares
//   and limits. The evaluator counts them afterwards (fitting_plan below).
class ListSchedule {
 public:
  enum class Gaps { Leave, Fill };  // append to a stream, or use the first gap that is long enough

  ListSchedule(const Problem& problem, const Delays& delays, const Reserve& reserve);

  struct Slot {
    Time start{0}, finish{0};
    std::size_t stream = 0;
  };
  // The earliest finish on a processor; absent where inputs cannot come, weights do not fit, or
  // constraints on what is placed close it. Inputs whose producers are not placed yet do not count.
  // Precondition: the cost table has a time.
  std::optional<Slot> earliest(LayerId layer, ProcessorId processor, Gaps gaps) const;
  // When the last of its outputs is where it is wanted, for network outputs at the host.
  std::optional<Time> delivered(LayerId layer, ProcessorId processor, const Slot& slot) const;
  void place(LayerId layer, ProcessorId processor, const Slot& slot);
  void take_back();  // what was placed last. Precondition: something is placed

  // The candidate that delivers the layer first (ties: the lowest) takes it: when. Absent where none
  // can.
  std::optional<Time> place_first_finisher(LayerId layer, const Candidates& candidates, Gaps gaps);

  // Bytes missing on each candidate, for messages.
  std::string why_not(LayerId layer, const Candidates& candidates) const;

  // Preconditions: all layers are placed. Orders follow the starts.
  Placement placement() const;
  // All layers by their starts: a topological order, since consumers start after producers end.
  std::vector<LayerId> sequence() const;

 private:
  struct Busy {
    Time start{0}, finish{0};
  };
  using Stream = std::vector<Busy>;  // ascending
  struct Placed {
    LayerId layer;
    std::size_t stream;
    std::vector<TensorId> weights;  // that were not in the memory before
    bool leads = false;             // the first of its group to be placed
  };

  // What a layer asks of the memory beside it. Asked for all candidates of a layer in a row.
  struct Needs {
    std::optional<LayerId> of;
    Bytes running;
    std::vector<TensorId> weights;
  };
  const Needs& needs(LayerId layer) const;

  std::optional<Time> inputs_there(LayerId layer, ProcessorId processor) const;
  Bytes missing(LayerId layer, ProcessorId processor) const;
  bool closed(LayerId layer, ProcessorId processor) const;
  bool resident(TensorId weight, MemoryId memory) const { return resident_[memory][index(weight)]; }

  const Problem& problem_;
  const Delays& delays_;
  const Reserve& reserve_;
  IdVector<ProcessorId, std::vector<Stream>> streams_;
  IdVector<LayerId, std::optional<ProcessorId>> processor_;
  IdVector<LayerId, Busy> span_;
  IdVector<MemoryId, std::vector<bool>> resident_;
  IdVector<MemoryId, Bytes> weights_;
  std::vector<Placed> placed_;
  mutable Needs needs_;  // of the layer asked for last
  IdVector<LayerId, std::optional<LayerId>>
      leader_;  // the first of its group; empty without groups
  IdVector<LayerId, std::optional<ProcessorId>> taken_;  // by a leader's group
  // Where parts are contiguous: processors of what is before a layer, itself included, and those of
  // them that a path to it has left.
  ProcessorSets visited_, left_;
};

// Places all layers, or says why it cannot.
using PlaceAll = std::function<std::variant<Placement, Infeasible>(const Reserve&)>;

// Places one layer after the other; `place` is false where a layer finds no place.
std::variant<Placement, Infeasible> place_in_order(
    ListSchedule schedule, const Candidates& candidates, const std::vector<LayerId>& order,
    const std::function<bool(ListSchedule&, LayerId)>& place, const Deadline& deadline = {});

// Runs what `prepare` gives until the plan fits as the evaluator sees it: each time it does not,
// the memory that overflows keeps more of itself free.
Outcome fitting_plan(const Problem& problem, const std::string& method,
                     const std::function<PlaceAll(const Delays&, const Candidates&)>& prepare,
                     const Deadline& deadline = {});

}  // namespace partita
