// A policy that decides what a test says, and an execution that notes what it is asked.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "partition/runtime/service.h"

namespace partita::test {

class ScriptedPolicy : public Policy {
 public:
  explicit ScriptedPolicy(std::shared_ptr<const Configuration> first) : first_(std::move(first)) {}

  // What the next decide() says; then to stay again.
  void say(Decision decision) { next = std::move(decision); }

  std::shared_ptr<const Configuration> first() override { return first_; }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override {
    log.push_back(fmt::format("observe {} layers, {} copies at {}", layers.size(), copies.size(),
                              exact_text(now)));
  }
  void arrived(Time, std::uint32_t) override {}
  void answered(Time now, Time latency) override {
    log.push_back(fmt::format("answered after {} at {}", exact_text(latency), exact_text(now)));
  }
  void lost(Time, ProcessorId) override {}
  void back(Time, ProcessorId) override {}
  Decision decide(const Situation& now) override {
    ++decisions;
    situation = now;
    return std::exchange(next, Stay{"as before"});
  }
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return own_plan; }
  Time next_look() const override { return look; }

  Decision next = Stay{"as before"};
  std::shared_ptr<const Plan> own_plan;
  Time look{Time::max()};
  Situation situation;  // at the last decision
  std::size_t decisions = 0;
  std::vector<std::string> log;

 private:
  std::shared_ptr<const Configuration> first_;
};

class ScriptedExecution : public Execution {
 public:
  explicit ScriptedExecution(const Network& network, const Hardware& hardware)
      : network_(network), hardware_(hardware) {}

  void start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) override {
    log.push_back(fmt::format("start {}: request {} by {}", index(run), request, plan->method()));
  }
  void cancel(RunId run) override { log.push_back(fmt::format("cancel run {}", index(run))); }
  void relocate(RelocationId id, const Relocation& relocation,
                const Configuration& target) override {
    relocations.push_back(relocation);
    std::string line = fmt::format("relocate {} for {}:", index(id), target.name);
    for (const auto& [weight, memory] : relocation.drops) {
      line += fmt::format(" drop {}@{}", weight_name(weight), memory_name(memory));
    }
    for (const auto& [weight, src, dst] : relocation.moves) {
      line += fmt::format(" {} {}>{}", weight_name(weight), memory_name(src), memory_name(dst));
    }
    log.push_back(line);
  }
  void cancel(RelocationId id) override {
    log.push_back(fmt::format("cancel relocation {}", index(id)));
  }
  void call_at(Time when) override {
    timer = when;
    ++timers;
  }

  // What was asked since the last call.
  std::vector<std::string> asked() { return std::exchange(log, {}); }

  std::vector<Relocation> relocations;
  Time timer{Time::max()};
  std::size_t timers = 0;  // calls of call_at()

 private:
  const std::string& weight_name(TensorId id) const { return network_.tensor(id).name; }
  const std::string& memory_name(MemoryId id) const { return hardware_.memories()[id].name; }

  const Network& network_;
  const Hardware& hardware_;
  std::vector<std::string> log;
};

}  // namespace partita::test
