// Branch and bound over the schedules of a machine where nothing disturbs anything.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "partition/problem/idle_machine.h"

namespace partita {

// The length of a schedule includes what its layers cost beside their time (IdleMachine::charge).
//
// Walks through schedules depth first: a node places one more layer on a processor, behind what is
// there, as early as its inputs and a stream allow. Layers are placed by ascending start (ties: by
// processor), so that every assignment with every order of each processor's layers is one leaf.
//
// A node is left out when no leaf below it is shorter than the cutoff:
//  * heads: earliest start of each layer that is not placed on each processor, along the graph from
//    what is placed; tails: what must follow. Processors where head + time + tail reaches the
//    cutoff are no longer open to a layer, which lengthens the heads behind it.
//  * work: what is left, at each layer's fastest open processor, does not fit between the heads
//    and the tails on all processors together, weighed by their speeds.
// Where only one best schedule is wanted, it is also left out when another is at least as good:
//  * a layer would fit into a gap before it on its processor (active schedules suffice: Giffler,
//    Thompson, Operations Research 8, 1960);
//  * the same layers have been placed before, with the same layers that still send something on
//    processors from where that takes the same, nothing later, and no greater sum of starts;
//  * of processors of one class, another that is still empty comes first.
// Together these are safe. Of the best schedules with the least sum of starts, each is active, and
// one that is left out for nodes placed before leads to another of them, whose nodes come earlier in
// the walk: so one is not left out. Without the sums, a gap in one and what was placed before in
// another could leave out each other.
class ScheduleSearch {
 public:
  enum class Wanted { OneBest, All };
  struct Step {
    std::uint32_t layer, processor;
    std::int64_t start, finish;
  };
  using Schedule = std::vector<Step>;  // by ascending start

  ScheduleSearch(const IdleMachine& machine, Wanted wanted);

  // `leaf` gets each complete schedule shorter than the cutoff, and gives the cutoff from then on;
  // `go_on` is asked at every node. Returns how long any schedule that was not visited is at
  // least, if it is shorter than the last cutoff.
  std::int64_t run(std::int64_t cutoff,
                   const std::function<std::int64_t(const Schedule&, std::int64_t length)>& leaf,
                   const std::function<bool()>& go_on);

  std::int64_t nodes() const { return nodes_; }
  // The same while it runs, or after it has been stopped.
  std::int64_t open_bound() const;

 private:
  struct Child {
    std::uint32_t layer, processor;
    std::int64_t start, bound;
  };
  struct Frame {
    std::vector<Child> children;
    std::size_t next = 0;
  };
  struct Known {  // a node that has been visited
    std::int64_t last_start;
    std::uint32_t last_processor;
    std::vector<std::int64_t> times;  // of streams, layers that still send something, and sums
  };

  void visit(std::int64_t bound);
  void branch(std::int64_t bound);
  void place(const Child& child);
  void take_back();
  std::int64_t start_of(std::size_t layer, std::size_t p) const;
  bool fits_before(std::size_t layer, std::size_t p) const;
  bool waits_for_equal(std::size_t p) const;
  bool seen_before();
  std::int64_t bound();
  bool find_heads();
  std::int64_t work_bound();
  std::int64_t end_of(Wide work);
  std::int64_t work_and_extras(const std::vector<std::int64_t>& weights);
  std::int64_t length() const { return length_.back() + extra_; }
  void find_tails();
  void find_weights();
  bool placed(std::size_t layer) const { return placed_[layer]; }

  const IdleMachine& machine_;
  const Wanted wanted_;
  const std::size_t processors_;
  std::vector<std::int64_t> tails_;                 // [layer][processor], own time excluded
  std::vector<std::vector<std::int64_t>> weights_;  // of processors

  std::int64_t cutoff_ = 0, root_bound_ = 0;
  const std::function<std::int64_t(const Schedule&, std::int64_t)>* leaf_ = nullptr;
  const std::function<bool()>* go_on_ = nullptr;
  std::int64_t nodes_ = 0;
  bool stopped_ = false;

  std::vector<bool> placed_;
  Schedule schedule_;
  std::vector<std::int64_t> length_;  // so far, at each depth, without extras
  std::int64_t extra_ = 0;            // of layers that are placed
  // Of those that are not, at least: of each, and of all together, at processors where they can run,
  // and of all at those that are open to them.
  std::vector<std::int64_t> least_extra_;
  std::int64_t least_extras_ = 0, open_extras_ = 0;
  std::vector<std::uint32_t> at_;  // processor of each layer
  std::vector<std::int64_t> finish_;
  std::vector<std::size_t> missing_;                // producers that are not placed
  std::vector<std::vector<std::int64_t>> streams_;  // when each is free, ascending
  std::vector<std::vector<std::int64_t>> undo_;     // streams as they were
  std::vector<std::vector<std::uint32_t>> on_;      // steps of each processor
  std::vector<std::int64_t> heads_;                 // [layer][processor]; kNever: not open
  std::vector<std::pair<std::int64_t, std::int64_t>> supply_;  // of streams: from when, weight
  std::vector<Frame> frames_;
  // By what is placed, and where that still matters.
  std::map<std::vector<std::uint32_t>, std::vector<Known>> known_;
  std::size_t known_count_ = 0;
};

}  // namespace partita
