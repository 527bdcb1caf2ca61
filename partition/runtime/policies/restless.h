// Optimises anew at every request, and switches whenever that gains anything at all.
#pragma once

#include <memory>

#include "partition/runtime/policies/estimates.h"
#include "partition/runtime/policies/plan_library.h"

namespace partita {

// Model: with what layers and links are believed to take now, each class gets the best of HEFT's
//   plan, the library's and the one in force, executed by the plain evaluator. Neither what moving
//   costs nor how long things will stay so is looked at.
class Restless : public Policy {
 public:
  Restless(PolicyProblem problem, std::shared_ptr<const PlanLibrary> library);

  std::shared_ptr<const Configuration> first() override {
    return library_->candidates.front().configuration;
  }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override;
  void arrived(Time, std::uint32_t) override { new_request_ = true; }
  void answered(Time, Time) override {}
  void lost(Time, ProcessorId processor) override;
  void back(Time, ProcessorId processor) override;
  Decision decide(const Situation& situation) override;
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return nullptr; }

 private:
  std::shared_ptr<const Plan> best_plan(std::size_t input_class,
                                        std::shared_ptr<const Plan> in_force);

  const PolicyProblem problem_;
  const std::shared_ptr<const PlanLibrary> library_;
  const Hardware hardware_;  // undisturbed
  Estimates estimates_;
  ConditionedMachine machine_;
  CandidateMaker maker_;
  bool new_request_ = true;
  const Configuration* expected_from_ = nullptr;
};

}  // namespace partita
