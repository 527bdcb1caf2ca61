// Knows the future, and pays for moves: what the others are compared with.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "partition/runtime/policies/move_times.h"
#include "partition/runtime/policies/plan_library.h"
#include "partition/runtime/policy.h"

namespace partita {

// Model: a library for exactly the conditions, shares and rates of each segment of the future; then
//   the schedule of its configurations, one for each segment, with the least sum of
//     what requests of the segment cost (PlanLibrary::cost) + what each move makes them lose,
//   by dynamic programming over segments (Bellman, "Dynamic Programming", 1957). A move begins so
//   long ahead that weights are there when the segment begins, and no sooner than the segment before
//   it; where it takes longer, the rest of it is served by the old configuration. While weights
//   move, copies of requests take twice as long.
// Left out: backlogs that one segment leaves to the next; that one segment could be split.
class Clairvoyant : public Policy {
 public:
  // Precondition: the problem has a future. Infeasible: no plan at all.
  static std::variant<std::unique_ptr<Clairvoyant>, Infeasible> make(const PolicyProblem& problem);

  std::shared_ptr<const Configuration> first() override { return steps_.front().to; }
  void observe(Time, std::span<const LayerReading>, std::span<const CopyReading>) override {}
  void arrived(Time, std::uint32_t) override {}
  void answered(Time, Time) override {}
  void lost(Time, ProcessorId) override {}
  void back(Time, ProcessorId) override {}
  Decision decide(const Situation& situation) override;
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return nullptr; }
  Time next_look() const override { return next_; }

  // Ascending; the first is what it begins with.
  struct Step {
    Time at{0};  // when the move begins
    std::shared_ptr<const Configuration> to;
  };
  const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
  Time next_ = Time::max();
};

}  // namespace partita
