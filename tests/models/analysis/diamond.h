// A diamond on two processors whose whole timeline can be worked out by hand.
#pragma once

#include <optional>

#include "models/analysis/analysis.h"
#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita::test {

// top (p0, 10 us) -> left (p1, 15 us), right (p0, 30 us) -> bottom (p0, 10 us).
// 2000 B of each result cross the link (1 GB/s, 1 us of latency) in 2 us, after 1 us of set-up by
// an engine of p0's memory and the same by one of p1's.
//
//   us  0        10       13 14               29 30   32 33            40        50
//   p0  top      right .....................................right ends | bottom
//   e0           set-up 10-11, data 11-13, there at 14
//   p1                       left 14-29
//   e1                                        set-up 29-30, data 30-32, there at 33
//
// p0 consumes 1 W, 5 W while busy; p1 2 W and 4 W.
struct Diamond {
  Diamond() {
    Machine machine;
    const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
    const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
    ProcessorSpec& p0 = machine.parts.processors[machine.processor("p0", m0)];
    p0.idle = Power{1000};
    p0.active = Power{5000};
    ProcessorSpec& p1 = machine.parts.processors[machine.processor("p1", m1)];
    p1.idle = Power{2000};
    p1.active = Power{4000};
    machine.engine("e0", m0, 1us, Direction::Out);
    machine.engine("e1", m1, 1us, Direction::Out);
    machine.link("link", m0, m1, Bandwidth{1'000'000'000}, 1us);
    hardware.emplace(machine.build());
    Graph graph;
    const TensorId top = graph.layer("top", {}, Bytes{2000});
    const TensorId left = graph.layer("left", {top}, Bytes{2000}, Bytes{500});
    const TensorId right = graph.layer("right", {top}, Bytes{3000});
    graph.output(graph.layer("bottom", {left, right}, Bytes{100}));
    network.emplace(graph.build());
    costs.emplace(costs_of({{10us, 10us}, {15us, 15us}, {30us, 30us}, {10us, 10us}}));
  }

  PlanRun run() {
    plan.emplace(plan_of(*network, *hardware, {{0, 2, 3}, {1}}));
    timeline = Evaluator(*network, *hardware, *costs).run(*plan);
    return {timeline, *network, *hardware, *plan, *costs};
  }

  std::optional<Hardware> hardware;
  std::optional<Network> network;
  std::optional<CostTable> costs;
  std::optional<Plan> plan;
  Timeline timeline;
};

}  // namespace partita::test
