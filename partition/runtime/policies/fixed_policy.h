// Never switches: the best plan for what is expected, or the one that suffers least on average.
#pragma once

#include <string>
#include <utility>

#include "partition/runtime/policy.h"

namespace partita {

class FixedPolicy : public Policy {
 public:
  // `stands_in`: why, where it takes the place of another policy.
  explicit FixedPolicy(std::shared_ptr<const Configuration> always, std::string stands_in = {})
      : always_(std::move(always)), stands_in_(std::move(stands_in)) {}

  std::shared_ptr<const Configuration> first() override { return always_; }
  void observe(Time, std::span<const LayerReading>, std::span<const CopyReading>) override {}
  void arrived(Time, std::uint32_t) override {}
  void answered(Time, Time) override {}
  void lost(Time, ProcessorId) override {}
  void back(Time, ProcessorId) override {}
  Decision decide(const Situation&) override { return Stay{"never switches"}; }
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return nullptr; }
  std::string stands_in() const override { return stands_in_; }

 private:
  std::shared_ptr<const Configuration> always_;
  std::string stands_in_;
};

}  // namespace partita
