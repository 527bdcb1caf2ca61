// Classes of inputs on a machine under conditions: what plans take there.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/evaluate/evaluate.h"
#include "partition/problem/problem.h"
#include "partition/runtime/policies/policy_problem.h"

namespace partita {

// The machine without what others do on it.
Hardware without_load(const Hardware& hardware);
// The same with each link slower by its factor.
Hardware with_slower_links(const Hardware& hardware, const IdVector<LinkId, double>& slowdown);

// Model: a layer takes its expected time, launch overhead included, times a factor: its processor's
//   slowdown, unless whoever sets it knows more. A link has its bandwidth over its slowdown. Absent
//   processors run nothing.
class ConditionedMachine {
 public:
  // Begins undisturbed. What the problem points to must outlive it.
  explicit ConditionedMachine(const PolicyProblem& problem);

  using Factor = std::function<double(std::size_t input_class, LayerId, ProcessorId)>;
  void set(const Conditions& conditions, const Factor& factor = nullptr);

  const Conditions& conditions() const { return conditions_; }
  const Hardware& hardware() const { return *hardware_; }
  const CostTable& costs(std::size_t input_class) const { return costs_[input_class]; }
  std::size_t classes() const { return costs_.size(); }
  const Network& network(std::size_t input_class) const { return *networks_[input_class]; }
  Problem problem(std::size_t input_class, Objective objective = {}) const {
    return {network(input_class), hardware(), costs(input_class), objective};
  }

  // Whether all of its layers have a cost where it has them.
  bool can_run(std::size_t input_class, const Plan& plan) const;
  // Seconds between two answers where so many requests are always under way, from a few of them.
  // Precondition: can_run().
  double period(std::size_t input_class, const Plan& plan, std::size_t in_flight);
  static std::size_t requests_of_period(std::size_t in_flight) { return 4 * in_flight + 8; }
  // One request. Valid until the next call of run() or set(). Precondition: can_run().
  const Timeline& run(std::size_t input_class, const Plan& plan);

 private:
  std::vector<const Network*> networks_;
  std::vector<const CostTable*> expected_;
  Hardware undisturbed_;
  std::unique_ptr<Hardware> slower_;  // where any link is
  const Hardware* hardware_;
  Conditions conditions_;
  std::vector<CostTable> costs_;
  std::vector<Evaluator> evaluators_;  // by class
};

}  // namespace partita
