// A policy, and how long its decisions take: whether to switch, and which plan a request gets.
#pragma once

#include <chrono>
#include <vector>

#include "partition/runtime/policy.h"

namespace partita::command {

// Passes everything on; measures decide() and plan_for() by this computer's clock.
class TimedPolicy final : public Policy {
 public:
  explicit TimedPolicy(Policy& policy) : policy_(policy) { took_.reserve(1 << 16); }

  std::shared_ptr<const Configuration> first() override { return policy_.first(); }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override {
    policy_.observe(now, layers, copies);
  }
  void others(Time now, std::span<const LoadReading> loads) override { policy_.others(now, loads); }
  void arrived(Time now, std::uint32_t seen_class) override { policy_.arrived(now, seen_class); }
  void answered(Time now, Time latency) override { policy_.answered(now, latency); }
  void lost(Time now, ProcessorId processor) override { policy_.lost(now, processor); }
  void back(Time now, ProcessorId processor) override { policy_.back(now, processor); }
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class) override {
    const auto begin = std::chrono::steady_clock::now();
    auto plan = policy_.plan_for(now, seen_class);
    took_.push_back(std::chrono::steady_clock::now() - begin);
    return plan;
  }
  Time next_look() const override { return policy_.next_look(); }
  Decision decide(const Situation& situation) override {
    const auto begin = std::chrono::steady_clock::now();
    Decision decision = policy_.decide(situation);
    took_.push_back(std::chrono::steady_clock::now() - begin);
    return decision;
  }

  const std::vector<Time>& took() const { return took_; }

 private:
  Policy& policy_;
  std::vector<Time> took_;
};

}  // namespace partita::command
