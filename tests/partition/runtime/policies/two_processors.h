// The machine and network that tests of policies do their arithmetic with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partition/runtime/policies/plan_library.h"
#include "tests/partition/runtime/policies/stream.h"
#include "tests/support/machine.h"

namespace partita::test {

// p and q on memories of their own, 1 B a nanosecond between.
inline Machine two_processors() {
  Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
  machine.engine("dp", MemoryId{0});
  machine.engine("dq", MemoryId{1});
  machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  return machine;
}

// Two equal processors on memories of their own, 1 B a nanosecond between; eight free layers of 100
// us, each with a weight of 1,000 B (1 us to move): four on each is best, 400 us. A ninth without a
// weight takes 10 us: 410 us.
class TwoProcessors {
 public:
  static constexpr ProcessorId kP{0}, kQ{1};
  static constexpr int kLayers = 8;

  explicit TwoProcessors(Bytes weight = Bytes{1'000}) {
    hardware.emplace(two_processors().build());
    Graph graph;
    for (int i = 0; i < kLayers; ++i) {
      const std::string name = std::to_string(i);
      graph.layer("x" + name, {graph.weight("w" + name, weight)}, Bytes{1});
    }
    graph.layer("light", {}, Bytes{1});
    network.emplace(graph.build());
    costs.emplace(network->layer_count(), 2);
    for (const LayerId layer : network->layers()) {
      const Time time = index(layer) < kLayers ? Time{100us} : Time{10us};
      for (const ProcessorId p : {kP, kQ}) costs->set(layer, p, LayerCost{time, Bytes{}});
    }
    problem.hardware = &*hardware;
    problem.classes = {{&*network, &*costs, 1}};
    problem.arrivals_per_second = 100;
    problem.horizon = std::chrono::seconds{2};
    problem.steps = 300;
    problem.routes = problem.replicates = false;  // unless a test is about them
  }

  std::shared_ptr<const PlanLibrary> library() const {
    return std::make_shared<PlanLibrary>(
        std::get<PlanLibrary>(plan_library(problem, usual_occasions(problem))));
  }
  // One every 10 ms.
  static std::vector<Arrival> arrivals(std::size_t count) {
    std::vector<Arrival> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back({10ms * static_cast<int>(i), 0});
    return all;
  }
  Conditions slowed(double p, double q) const {
    Conditions made = Conditions::undisturbed(*hardware);
    made.slowdown[kP] = p;
    made.slowdown[kQ] = q;
    return made;
  }
  // q is `factor` times slower from one time until another.
  World q_slower(double factor, Time from, Time until = Time::max()) const {
    return {.conditions = [=, this](Time now, std::size_t, Time) {
      return slowed(1, from <= now && now < until ? factor : 1);
    }};
  }

  std::optional<Hardware> hardware;
  std::optional<Network> network;
  std::optional<CostTable> costs;
  PolicyProblem problem;
};

// A chain a, b, c, d of 100 us each on the two, whose tensors of a byte take a nanosecond to send. In a
// package, they take `slowdown` times as long while both are busy.
class ChainOnTwo {
 public:
  explicit ChainOnTwo(double slowdown = 1) { build(slowdown); }
  void build(double slowdown) {
    Machine machine = two_processors();
    if (slowdown > 1) machine.package(slowdown, {ProcessorId{0}, ProcessorId{1}});
    hardware.emplace(machine.build());
    Graph graph;
    TensorId last = graph.layer("a", {}, Bytes{1});
    for (const char* name : {"b", "c", "d"}) last = graph.layer(name, {last}, Bytes{1});
    network.emplace(graph.build());
    costs.emplace(costs_of({{100us, 100us}, {100us, 100us}, {100us, 100us}, {100us, 100us}}));
    problem.hardware = &*hardware;
    problem.classes = {{&*network, &*costs, 1}};
  }

  std::optional<Hardware> hardware;
  std::optional<Network> network;
  std::optional<CostTable> costs;
  PolicyProblem problem;
};

}  // namespace partita::test
