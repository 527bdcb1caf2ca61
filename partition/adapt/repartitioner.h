// When to leave a plan for another, while inferences go on: decisions only, no clock and no thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "models/timeline/timeline.h"
#include "partition/adapt/migration.h"
#include "partition/adapt/slowdown.h"
#include "partition/methods/methods.h"

namespace partita {

// One layer of one inference, as measured: the time that it kept its processor (time_spent.h;
// alone, launch overhead and its own time). Layers of the current plan, or probes of others on any
// processor.
struct Reading {
  LayerId layer{};
  ProcessorId processor{};
  Time measured{0};
};

struct RepartitionOptions {
  std::size_t window = 5;  // inferences that an estimate is the median of
  std::size_t forget_after =
      100;  // inferences without a reading, then a processor counts as undisturbed
  double least_change = 0.1;  // of a slowdown, before another plan is looked for at all
  double least_gain = 0.05;   // of the predicted makespan
  std::uint64_t seed = 1;
  std::int64_t steps =
      2'000;  // plans that annealing, and that moving layers one by one, may evaluate
};

struct Stay {
  std::string reason;
};
struct Switch {
  Plan plan;
  Migration migration;
  std::string reason;
  Time before{0}, after{0};  // predicted makespans under what was measured
  Time gain{0};              // over the remaining inferences, migration paid
};
using Decision = std::variant<Stay, Switch>;

// Model: the expected costs, each processor's stretched by its slowdown, say what the current plan
//   and its rivals (single, greedy, HEFT, annealing from all of them, and the current plan with
//   layers moved one by one while that gains) take. The best rival is the one with the largest
//     gain = (makespan of the current plan - its own) * remaining inferences - migration.
//   Switch when that is positive and its makespan is shorter by more than least_gain. No rival is
//   sought while no slowdown has changed by least_change since the last search.
// Left out: slowdowns of links and memories, and inferences that overlap.
// Network and machine must outlive it.
class Repartitioner {
 public:
  // Precondition: every layer has an expected cost on its processor in `current`.
  Repartitioner(const Network& network, const Hardware& hardware, CostTable expected, Plan current,
                RepartitionOptions options = {});

  // All readings of one inference.
  void observe(std::span<const Reading> readings);
  // The same of an inference that ran by the current plan.
  void observe(const Timeline& timeline);

  // After a Switch its plan is the current one: the caller carries it out.
  Decision decide(std::int64_t remaining_inferences);

  double slowdown(ProcessorId processor) const { return slowdowns_[processor].value(); }
  const Plan& current() const { return current_; }
  // The expected costs, each stretched by its processor's slowdown.
  CostTable corrected_costs() const;

 private:
  struct Rival {
    Plan plan;
    Migration migration;
    Time makespan{0};
    Wide gain = 0;
  };
  void expect(const Plan& plan);
  bool changed_since_last_search() const;
  std::vector<Plan> rivals(const Problem& problem) const;
  std::optional<Rival> as_rival(Plan plan, Evaluator& evaluator, Time before,
                                std::int64_t remaining) const;
  Rival moved_one_by_one(const Problem& problem, Evaluator& evaluator, Time before,
                         std::int64_t remaining) const;
  std::string slowdown_text() const;

  const Network& network_;
  const Hardware& hardware_;
  CostTable expected_;
  Plan current_;
  RepartitionOptions options_;
  IdVector<LayerId, Time> expected_spent_;  // of the current plan, contention included
  IdVector<ProcessorId, Slowdown> slowdowns_;
  IdVector<ProcessorId, double> last_search_;  // slowdowns then
  std::int64_t last_remaining_ = 0;
};

}  // namespace partita
