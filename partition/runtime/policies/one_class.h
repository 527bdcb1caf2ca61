// A policy that does not look at inputs: to it, all of them are one class.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "partition/runtime/policies/plan_library.h"
#include "partition/runtime/policy.h"

namespace partita {

// Model: a request is expected to take the mean of all classes, each as often as it is expected to
//   come, and to be as large as those of the most frequent class; every configuration has one plan.
//   When a request has run, it is known what it was: its times are told in proportion.
class OneClass : public Policy {
 public:
  // Who decides, of the mean.
  using Maker = std::function<std::unique_ptr<Policy>(const PolicyProblem& mean,
                                                      std::shared_ptr<const PlanLibrary>)>;
  // Makes a library of its own. Infeasible: there is no plan for the mean of all inputs.
  static std::variant<std::unique_ptr<OneClass>, Infeasible> make(const PolicyProblem& problem,
                                                                  const Maker& maker);

  std::shared_ptr<const Configuration> first() override { return outer(inner_->first()); }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override;
  void others(Time now, std::span<const LoadReading> loads) override { inner_->others(now, loads); }
  void arrived(Time now, std::uint32_t) override { inner_->arrived(now, 0); }
  void answered(Time now, Time latency) override { inner_->answered(now, latency); }
  void lost(Time now, ProcessorId processor) override { inner_->lost(now, processor); }
  void back(Time now, ProcessorId processor) override { inner_->back(now, processor); }
  Decision decide(const Situation& situation) override;
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t) override {
    return inner_->plan_for(now, 0);
  }
  Time next_look() const override { return inner_->next_look(); }

  // Of the mean.
  const CostTable& costs() const { return costs_; }

 private:
  explicit OneClass(const PolicyProblem& problem);
  std::shared_ptr<const Configuration> outer(const std::shared_ptr<const Configuration>& inner);
  std::shared_ptr<const Configuration> inner(const std::shared_ptr<const Configuration>& outer);

  // As if it had been of the only class.
  void fold(LayerReading& reading) const;
  void fold(CopyReading& reading) const;

  const std::vector<InputClass> classes_;  // of inputs that have run
  const CostTable costs_;
  const Hardware* hardware_;
  const Network* network_ = nullptr;  // of the only class
  std::unique_ptr<Policy> inner_;
  using Shared = std::shared_ptr<const Configuration>;
  std::vector<std::pair<Shared, Shared>> known_;  // inner, outer
  std::vector<LayerReading> layers_;
  std::vector<CopyReading> copies_;
};

}  // namespace partita
