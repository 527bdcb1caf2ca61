// A policy for tests: of some configurations the first whose processors are all there.
#pragma once

#include <memory>
#include <vector>

#include "partition/runtime/plan_needs.h"
#include "partition/runtime/policy.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {

class Survivors : public Policy {
 public:
  Survivors(const Network& network, const Hardware& hardware,
            std::vector<std::shared_ptr<const Configuration>> configurations)
      : network_(network),
        hardware_(hardware),
        configurations_(std::move(configurations)),
        present_(hardware.processors().size(), true) {}

  std::shared_ptr<const Configuration> first() override { return configurations_.front(); }
  void observe(Time, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override {
    layers_.insert(layers_.end(), layers.begin(), layers.end());
    copies_.insert(copies_.end(), copies.begin(), copies.end());
  }
  void arrived(Time, std::uint32_t) override {}
  void answered(Time, Time) override {}
  void lost(Time, ProcessorId processor) override { present_[processor] = false; }
  void back(Time, ProcessorId processor) override { present_[processor] = true; }
  Decision decide(const Situation&) override {
    for (const auto& each : configurations_) {
      if (is_possible(*each)) return Switch{each, "the best of those that are possible"};
    }
    return Stay{"nobody is there"};
  }
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return nullptr; }

  const std::vector<LayerReading>& layers() const { return layers_; }
  const std::vector<CopyReading>& copies() const { return copies_; }

 private:
  bool is_possible(const Configuration& configuration) const {
    for (const ProcessorId id : ids<ProcessorId>(present_.size())) {
      for (const auto& plan : configuration.plans) {
        if (!present_[id] && needs(*plan, id, network_, hardware_)) return false;
      }
    }
    return true;
  }

  const Network& network_;
  const Hardware& hardware_;
  const std::vector<std::shared_ptr<const Configuration>> configurations_;
  IdVector<ProcessorId, bool> present_;
  std::vector<LayerReading> layers_;
  std::vector<CopyReading> copies_;
};

// For one class of inputs.
inline std::shared_ptr<const Configuration> configuration(const std::string& name, Plan plan) {
  return std::make_shared<const Configuration>(
      Configuration{name, {std::make_shared<const Plan>(std::move(plan))}, {}});
}

// Layers everywhere, then on each processor alone.
inline std::vector<std::shared_ptr<const Configuration>> all_then_each_alone(
    const Network& network, const Hardware& hardware) {
  std::vector<std::shared_ptr<const Configuration>> configurations{
      configuration("all", random_plan(network, hardware, 2))};
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    configurations.push_back(
        configuration(hardware.processors()[id].name + " alone", plan_on(network, hardware, id)));
  }
  return configurations;
}

}  // namespace partita::exec
