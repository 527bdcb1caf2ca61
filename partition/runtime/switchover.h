// Takes a service from one configuration to the next.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "partition/runtime/execution.h"
#include "partition/runtime/record.h"
#include "partition/runtime/relocation_plan.h"

namespace partita {

// Model: one relocation at a time. What a wanted configuration lacks is moved while the one in force
//   serves on, if memory holds both (with requests of both, and of older ones). Else, if it would
//   once requests of older configurations are done: then. Else the one in force is let go: nothing
//   starts, and when nothing runs any more, weights move in steps. With the last move the wanted one
//   is in force; when requests of older ones are done, weights that nobody needs any more are dropped.
//   A relocation is cancelled when its configuration is no longer wanted, or a processor that has to
//   copy is lost; what was made of it counts for the next.
//   Where the one in force was let go, and the wanted one turns out to be impossible, the way leads
//   back, or on to the one that was wanted before; while both are impossible, either is tried again
//   at each event.
class Switchover {
 public:
  // References are kept.
  Switchover(const Network& network, const Hardware& hardware, bool host_keeps_weights,
             ActivationPeaks peaks, Execution& execution, std::vector<RelocationRecord>& record);

  // All of its weights are there.
  void begin(std::shared_ptr<const Configuration> first);

  // Who runs, and who is there.
  struct Now {
    Time time{0};
    std::span<const Run> runs;
    const IdVector<ProcessorId, bool>& present;
  };
  enum class Answer : std::uint8_t { NothingNew, Begun, Refused };
  struct Wanted {
    Answer answer = Answer::NothingNew;
    std::string why_not{};  // where it is refused
  };
  // advance() is to follow.
  Wanted want(std::shared_ptr<const Configuration> to, const Now& now);
  // Does what can be done next. Gives why what is wanted has become impossible; "": it has not.
  std::string advance(const Now& now);
  void relocation_done(Time now, RelocationId id, std::span<const Relocation::Move> made);

  const std::shared_ptr<const Configuration>& in_force() const { return in_force_; }
  const std::shared_ptr<const Configuration>& wanted() const { return wanted_; }
  std::uint32_t era() const { return era_; }  // counts configurations that came into force
  bool may_start() const { return complete_ && !letting_go_; }
  bool under_way() const { return wanted_ != nullptr || moving_.has_value(); }
  bool has_weights_of(const Plan& plan) const { return planner_.has_needs(plan, resident_); }
  // Moves under way do not count.
  const WeightSet& resident() const { return resident_; }

 private:
  struct Moving {
    RelocationId id{};
    std::shared_ptr<const Configuration> target;
    Relocation relocation;
    bool cancelled = false;
    bool tidying = false;  // drops only, for nobody
  };

  using Reason = std::string;
  using Peaks = IdVector<MemoryId, Bytes>;
  std::variant<Migration, NoMigration> beside(const Now& now, const Configuration& wanted,
                                              bool with_older_runs) const;
  std::variant<Migration, NoMigration> in_steps(const Now& now, const Configuration& wanted) const;
  Reason why_impossible(const Now& now, const Configuration& wanted) const;
  bool older_runs(const Now& now) const;
  Reason prepare(const Now& now);
  void tidy(const Now& now);
  void relocate(Time now, std::shared_ptr<const Configuration> target, Relocation relocation,
                bool tidying);
  void cut_over();
  void add_peaks(const Plan& plan, Peaks& to) const;
  void add_peaks(const Configuration& configuration, Peaks& to) const;

  const Network& network_;
  const Hardware& hardware_;
  ActivationPeaks peaks_;
  Execution& execution_;
  std::vector<RelocationRecord>& record_;
  RelocationPlanner planner_;
  WeightSet resident_;
  std::shared_ptr<const Configuration> in_force_, wanted_;
  std::shared_ptr<const Configuration> given_up_;  // was wanted since weights were let go
  std::shared_ptr<const Configuration> prepared_;  // by the last relocation
  bool complete_ = false;    // all weights of the one in force are there, and nobody lets it go
  bool letting_go_ = false;  // when nothing runs any more
  bool tidy_ = true;         // no weight is there that nobody needs
  std::uint32_t era_ = 0;
  std::optional<Moving> moving_;
};

}  // namespace partita
