// Everything that a profile of some networks on a machine consists of.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exec/profile/actor.h"
#include "exec/profile/distinct_part.h"
#include "exec/profile/readings.h"

namespace partita::exec {

// A plan that is run over and over, and what its runs say.
struct Measurement {
  std::string what;        // "layers on cpu0"
  double importance = 1;   // Prospect::importance
  Actor* actor = nullptr;  // who runs it
  Plan plan;
  std::function<std::vector<Reading>(const RunResult& run, Time wall)> read;
  // Whether a row is one that its runs say something about, and how many such rows there are where
  // that does not depend on what overlaps.
  std::function<bool(const ProfileRow&)> about;
  std::size_t rows = 1;
};

// Model, the most important first:
//   layers and subgraphs, and what lies between layers: the distinct part of the networks that is
//     not `known` yet, all on one processor at a time;
//   copies as networks make them: the distinct part handed from processor to processor every few
//     layers; copies by themselves, 4 KiB to `largest_copy` in powers of 4, unless a network has a
//     tensor of that size; overheads of each processor;
//   interference: the distinct part on two processors of one package or memory at once, on each
//     pair of them, and on 3, 4, ... of them; copies of all processors at once.
// Left out: computing beside copying; which of several sockets shares what.
class Measurements {
 public:
  // Starts the workers of the distinct part, `where`: see ReplayerOptions. The machine must outlive this.
  // Throws what Replayer does, and Error where processors cannot hand a network to each other.
  Measurements(const std::vector<const Network*>& networks, const Hardware& hardware,
               std::uint64_t seed, const std::string& where, Bytes largest_copy,
               const Known& known);

  const std::deque<Measurement>& list() const { return list_; }
  const std::string& processor_name(ProcessorId processor) const { return name(processor); }
  std::string environment(ProcessorId processor) {
    return whole_actor_->replayer().environment(processor);
  }

 private:
  void add_layers(const DistinctPart& part, Actor& actor);
  void add_handed_over_copies();
  void add_overheads();
  void add_lone_copies(const std::vector<Bytes>& sizes, double importance);
  void add_interference();
  void add_copies_at_once();

  void add(Measurement measurement) { list_.push_back(std::move(measurement)); }
  Plan plan_of(const Network& network, Placement placement) const;
  // Each layer where it is wished to be, else on the first processor that has a kernel for it.
  Placement possible(const DistinctPart& part, Actor& actor,
                     IdVector<LayerId, ProcessorId> wish) const;
  Actor& actor(Stage stage);
  Actor& actor_of(const DistinctPart& part);
  const std::string& name(ProcessorId processor) const {
    return hardware_.processors()[processor].name;
  }
  ids<ProcessorId> processors() const { return ids<ProcessorId>(hardware_.processors().size()); }
  std::vector<Bytes> sizes(Bytes from, Bytes to, std::int64_t factor) const;

  const Hardware& hardware_;
  const std::uint64_t seed_;
  const std::string where_;
  const Bytes largest_copy_;
  DistinctPart whole_;
  std::optional<DistinctPart> lacking_;  // absent: nothing, or all of it
  std::vector<std::unique_ptr<Actor>> actors_;
  Actor* whole_actor_ = nullptr;
  std::set<Bytes> tensor_sizes_;  // of the networks' activations
  std::deque<Measurement> list_;
};

}  // namespace partita::exec
