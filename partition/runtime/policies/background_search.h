// A full search for better plans under new conditions, a few steps at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "models/base/random.h"
#include "partition/methods/walk.h"
#include "partition/runtime/policies/conditioned_machine.h"

namespace partita {

// Model: for one class of inputs after the other, local moves around the plans that it is given: a
//   move is kept where the plan, executed by the plain evaluator, is no worse (walk.h): its latency, and
//   so much of its imbalance as others would wait longer for its busiest processor. Requests that
//   overlap disturb each other, too: a result that is better for others only has to be so in a stream.
//   Begun anew where conditions have changed.
class BackgroundSearch {
 public:
  // What the problem points to must outlive it.
  explicit BackgroundSearch(const PolicyProblem& problem);

  using SharedPlan = std::shared_ptr<const Plan>;
  // `starts`: by class, plans that can run under these conditions. `waiting`: of others, for each
  // second that the busiest processor works longer than all do on average. What was under way is
  // given up.
  void begin(const Conditions& conditions, const ConditionedMachine::Factor& factor,
             std::vector<std::vector<SharedPlan>> starts, double waiting = 0);
  // At once, any plan of each class that can run under these conditions: the best of the quick methods
  // and a few moves. What was under way is given up.
  std::optional<std::vector<SharedPlan>> any(const Conditions& conditions,
                                             const ConditionedMachine::Factor& factor);
  bool is_busy() const { return class_ < starts_.size(); }
  // Under which it looks, or looked last.
  const Conditions& conditions() const { return machine_.conditions(); }
  // Looks at one more plan, or lays the ground for a class; how many layers that was worth.
  // Precondition: is_busy().
  std::int64_t step();

  // Of a search that is over, once: the best plan of each class, where any is better than the first
  // of its starts by more than kWorthIt.
  std::optional<std::vector<SharedPlan>> take_result();

  // Looks on from the best plans so far, with other moves: a search has kRounds rounds of
  // PolicyProblem::steps for each class. Precondition: !is_busy().
  void go_on();

  static constexpr double kWorthIt = 0.01;
  static constexpr int kRounds = 8;

 private:
  void lay_ground();
  std::int64_t end_class();
  bool is_better(const Solution& found, const Plan& before, std::int64_t& work);

  const std::int64_t steps_;
  const std::size_t in_flight_;
  const std::uint64_t seed_;
  ConditionedMachine machine_;
  Objective objective_;
  std::vector<std::vector<SharedPlan>> starts_;
  std::size_t class_ = 0;
  std::optional<Problem> problem_;  // of this class, for as long as its walk goes on
  SearchOptions options_;
  std::unique_ptr<Groundwork> ground_;
  std::unique_ptr<Walk> walk_;
  Random random_;
  std::vector<SharedPlan> best_;
  int round_ = 0;
  bool better_ = false;
};

}  // namespace partita
