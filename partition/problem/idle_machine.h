// A problem in plain numbers: what layers and transfers take where nothing disturbs them.
#pragma once

#include <functional>
#include <vector>

#include "partition/problem/candidates.h"

namespace partita {

// Tables of picoseconds for searches that look at millions of partial plans.
//
// Model: layers take their time alone, transfers what Delays says; a processor runs as many layers
//   at once as it has streams. So any execution of a plan is at least as long as the same plan here.
// Left out: what Delays leaves out, contention between layers, memory capacities, load of others.
class IdleMachine {
 public:
  IdleMachine(const Problem& problem, const Delays& delays, const Candidates& candidates);
  // Of some layers (ascending), numbered in this order. What they exchange with others is left out,
  // and what the host sends them and gets from them, unless that is asked for.
  IdleMachine(const Problem& problem, const Delays& delays, const Candidates& candidates,
              std::vector<LayerId> layers, bool with_inputs, bool with_outputs);

  // As from now on, a layer can run on one processor only.
  void fix(std::size_t layer, std::size_t processor);

  // As from now on, layers also cost something, wherever and whenever they run, and all that takes
  // time takes `part` of it, of ways `part_of_ways`.
  struct Part {
    std::int64_t numerator = 1, denominator = 1;
  };
  void charge(const std::function<Time(LayerId, ProcessorId)>& extra, Part part, Part part_of_ways);

  // Of its tables at most, for a problem.
  static std::size_t entries(const Problem& problem);

  // More than any sum of times, so that three of them still are a number.
  static constexpr std::int64_t kNever = std::int64_t{1} << 60;

  struct Arc {
    std::uint32_t layer;  // the neighbour
    std::uint32_t ways;   // where its table begins
  };

  std::size_t layers() const { return in_.size(); }
  LayerId layer(std::size_t number) const { return of_[number]; }
  std::size_t processors() const { return streams_.size(); }
  std::size_t streams(std::size_t p) const { return streams_[p]; }
  // Launch overhead included; kNever where the layer cannot run.
  std::int64_t time(std::size_t layer, std::size_t p) const { return of(time_, layer, p); }
  // What it costs beside its time.
  std::int64_t extra(std::size_t layer, std::size_t p) const {
    return extra_.empty() ? 0 : of(extra_, layer, p);
  }
  bool has_extras() const { return !extra_.empty(); }
  // When what the host sends is there, and how long outputs take to it.
  std::int64_t received(std::size_t layer, std::size_t p) const { return of(received_, layer, p); }
  std::int64_t delivery(std::size_t layer, std::size_t p) const { return of(delivery_, layer, p); }
  const std::vector<Arc>& in(std::size_t layer) const { return in_[layer]; }
  const std::vector<Arc>& out(std::size_t layer) const { return out_[layer]; }
  // Of all that one layer on `src` sends to another on `dst`; kNever where there is no way.
  std::int64_t way(Arc arc, std::size_t src, std::size_t dst) const {
    return ways_[arc.ways + src * processors() + dst];
  }

  // No plan does worse on the real machine than here: nothing is sent over engines and links, no
  // layer slows another down, nobody else is there, and memories hold everything at once.
  bool is_real() const { return real_; }

  // Processors of one class are the same for every layer and every transfer. Found when somebody asks,
  // as the two below: on large networks it takes long. Not for two threads at a time.
  const std::vector<std::size_t>& classes() const {
    if (class_.empty()) find_classes();
    return class_;
  }
  // To send from one of them, or to it, takes the same as from, or to, the other; the host's too.
  const std::vector<std::size_t>& sources() const {
    if (source_.empty()) find_sources();
    return source_;
  }
  const std::vector<std::size_t>& destinations() const {
    if (destination_.empty()) find_sources();
    return destination_;
  }

 private:
  std::int64_t of(const std::vector<std::int64_t>& table, std::size_t layer, std::size_t p) const {
    return table[layer * processors() + p];
  }
  void fill_layers(const Problem& problem, const Candidates& candidates);
  void fill_received(const Problem& problem, const Delays& delays);
  void fill_delivery(const Problem& problem, const Delays& delays);
  void fill_ways(const Problem& problem, const Delays& delays);
  void find_sources() const;
  void find_classes() const;
  bool same(std::size_t p, std::size_t q) const;
  bool sends_alike(std::size_t p, std::size_t q) const;
  bool receives_alike(std::size_t p, std::size_t q) const;

  std::vector<LayerId> of_;  // ascending
  std::vector<std::size_t> streams_;
  mutable std::vector<std::size_t> class_, source_, destination_;  // empty: not known yet
  std::vector<std::int64_t> time_, received_, delivery_, ways_, extra_;
  std::vector<std::vector<Arc>> in_, out_;
  std::vector<std::uint32_t> tables_;  // where those of ways_ begin; arcs that are alike share one
  bool real_ = false;
};

}  // namespace partita
