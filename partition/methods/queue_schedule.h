// How long a plan takes about, with the queues of those who copy, and what moves within a part of it
// change.
#pragma once

#include <cstdint>
#include <vector>

#include "models/plan/plan.h"
#include "partition/methods/groundwork.h"
#include "partition/problem/hops.h"

namespace partita {

// A processor for each layer and one order of all layers, topological; and when each layer would end.
//
// Model: layer by layer in that order, on the idle machine (IdleMachine), but for this: what a layer
//   sends waits for its servers (Hops), each of which serves first who comes first in that order.
//   Within a window, a part of the order, layers may move. What stands behind it is not looked at
//   again, but known by its longest path to the end: a window's cost is the longest path through it,
//   and, so that other paths than the longest count, too, a share of what is behind each processor
//   on average.
// Left out: shared channels, contention of layers for memory, capacities, the queues that inputs of
//   the network and results on the way to the host wait in; that a processor that copies by itself
//   starts no layer; of queues, what a window leaves to those behind it.
// It is a guess, neither more nor less than what happens: the cost model judges what comes out.
// Keeps references: the groundwork must outlive it.
class QueueSchedule {
 public:
  // Precondition: the groundwork has an idle machine.
  explicit QueueSchedule(const Groundwork& ground);

  struct State {
    IdVector<LayerId, ProcessorId> processor;
    std::vector<LayerId> sequence;
  };
  // No window is open then. When all is done.
  std::int64_t load(State state);
  const State& state() const { return state_; }
  // All layers by their starts, those of one processor as they stand: the same plan.
  std::vector<LayerId> by_start() const;
  Placement placement() const;

  // Layers at the places from about `first` (no later) to `last`, excluded, may move.
  void open(std::size_t first, std::size_t last);
  std::size_t first() const { return first_; }
  std::size_t last() const { return last_; }
  // Of the window as it was kept last.
  std::int64_t cost() const { return cost_; }
  // Layers of the window on a longest path, or nearly so. Valid until the next call.
  const std::vector<LayerId>& critical();

  // Moves. Preconditions: the layer stands in the window; it may run there; places are in the window,
  // and the order stays topological.
  void assign(LayerId layer, ProcessorId processor);
  void shift(std::size_t from, std::size_t to);
  // What they make of the window's cost; something above `limit` where it is more than that.
  std::int64_t judge(std::int64_t limit);
  void keep();
  void undo();

  std::size_t place(LayerId layer) const { return place_[layer]; }
  ProcessorId processor(LayerId layer) const { return state_.processor[layer]; }

 private:
  struct Arc {  // from one layer to another that reads a tensor of it
    LayerId from, to;
    TensorId tensor;
  };
  struct Assigned {
    LayerId layer;
    ProcessorId before;
  };
  struct Shifted {
    std::size_t from, to;
  };
  // Of one order of evaluation: when layers end and tensors come.
  struct Times {
    IdVector<LayerId, std::int64_t> end;
    std::vector<std::int64_t> come;  // of each arc
    std::vector<std::int64_t> points;  // what is busy how long, at every kEvery-th place
  };

  void lay_arcs();
  std::int64_t time(LayerId layer, ProcessorId p) const {
    return machine_.time(index(layer), index(p));
  }
  std::int64_t time(LayerId layer) const { return time(layer, state_.processor[layer]); }
  std::int64_t* busy_of(std::vector<std::int64_t>& points, std::size_t place) const;
  // From a place (a multiple of kEvery) to the window's end; what it costs.
  std::int64_t run(std::size_t from, std::int64_t limit);
  std::int64_t start_on(ProcessorId p, std::int64_t ready, std::int64_t time);
  void send(LayerId layer, std::int64_t end, std::int64_t& longest);
  // Of what was assigned, what comes from in front of the window.
  void receive_from_before();
  std::int64_t idle_arrival(std::size_t arc) const;
  std::size_t first_change() const;
  void find_tails(std::size_t from, std::size_t to);
  void move(std::size_t from, std::size_t to);

  const Problem& problem_;
  const IdleMachine& machine_;
  Hops hops_;
  IdVector<ProcessorId, MemoryId> memory_;
  std::vector<Arc> arcs_;                      // by producer, tensor, consumer
  IdVector<LayerId, std::size_t> first_arc_;   // and one more, for the end
  IdVector<LayerId, std::vector<std::uint32_t>> in_;
  std::vector<std::size_t> first_stream_;      // of each processor, in `busy_`; then servers

  State state_;
  IdVector<LayerId, std::size_t> place_;
  Times kept_, tried_;
  IdVector<LayerId, std::int64_t> tail_;  // behind a layer's end
  std::vector<std::int64_t> busy_;        // each stream, the last start of each processor, each server
  std::vector<std::int64_t> behind_;      // of each processor, behind the window
  std::size_t first_ = 0, last_ = 0, tried_from_ = 0;
  std::int64_t cost_ = 0, tried_cost_ = 0;
  std::vector<Assigned> assigned_;
  std::vector<Shifted> shifted_;
  std::vector<std::uint64_t> overruled_;  // arcs, by round: what was tried counts
  std::vector<std::uint32_t> overruled_arcs_;
  std::uint64_t round_ = 0;
  std::vector<LayerId> critical_;
};

}  // namespace partita
