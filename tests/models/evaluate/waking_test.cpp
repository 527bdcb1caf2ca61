// Processors that fall asleep and have to wake, by hand (evaluate.h, rule 3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr Bandwidth kWide{1'000'000'000'000'000};

// p0, which sleeps after 2 us and wakes in 3 us, and p1 on one memory.
struct Sleeper : test::Machine {
  Sleeper() { parts.processors[p0].sleep = SleepSpec{2us, Power{}, 3us}; }
  MemoryId m0 = memory("m0", kWide);
  ProcessorId p0 = processor("p0", m0), p1 = processor("p1", m0);
};

Timeline run(const test::Machine& machine, test::Graph& graph, const CostTable& costs,
             const std::vector<std::vector<int>>& orders) {
  const Hardware hardware = machine.build();
  const Network network = graph.build();
  const Plan plan = test::plan_of(network, hardware, orders);
  Timeline timeline = Evaluator(network, hardware, costs).run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
  return timeline;
}

// a (p0, 1 us), then b (p1) for so long, then c (p0, 2 us).
LayerSpan c_after(Time b) {
  test::Graph graph;
  graph.layer("c", {graph.layer("b", {graph.layer("a", {}, Bytes{1})}, Bytes{1})}, Bytes{1});
  return run(Sleeper(), graph, test::costs_of({{1us, 1us}, {b, b}, {2us, 2us}}), {{0, 2}, {1}})
      .layers[LayerId{2}];
}

TEST(Waking, TakesTimeOnceAProcessorHasSlept) {
  EXPECT_EQ(c_after(10us), (LayerSpan{ProcessorId{0}, 0, 11us, 16us, 3us}));
  EXPECT_EQ(c_after(2us + 1_ps), (LayerSpan{ProcessorId{0}, 0, 3us + 1_ps, 8us + 1_ps, 3us}));
  EXPECT_EQ(c_after(2us), (LayerSpan{ProcessorId{0}, 0, 3us, 5us}));
}

// From the start it is idle, too.
TEST(Waking, CountsFromTheStart) {
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1})}, Bytes{1});
  const CostTable costs = test::costs_of({{5us, 5us}, {2us, 2us}});
  EXPECT_EQ(run(Sleeper(), graph, costs, {{1}, {0}}).layers[LayerId{1}].finish, 5us + 3us + 2us);
}

// x, y and z come at 10, 10 and 11 us; p0 is awake at 13.
TEST(Waking, HoldsUpAllThatStartsMeanwhile) {
  Sleeper machine;
  machine.parts.processors[machine.p0].streams = 3;
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1}), b = graph.layer("b", {}, Bytes{1});
  graph.layer("x", {a}, Bytes{1});
  graph.layer("y", {a}, Bytes{1});
  graph.layer("z", {b}, Bytes{1});
  const CostTable costs =
      test::costs_of({{10us, 10us}, {1us, 1us}, {5us, 5us}, {7us, 7us}, {4us, 4us}});
  const Timeline timeline = run(machine, graph, costs, {{2, 3, 4}, {0, 1}});
  EXPECT_EQ(timeline.layers[LayerId{2}], (LayerSpan{ProcessorId{0}, 0, 10us, 18us, 3us}));
  EXPECT_EQ(timeline.layers[LayerId{3}], (LayerSpan{ProcessorId{0}, 1, 10us, 20us, 3us}));
  EXPECT_EQ(timeline.layers[LayerId{4}], (LayerSpan{ProcessorId{0}, 2, 11us, 17us, 2us}));
}

// a's 1,000 B go from m1 by way of m0, where p0 takes them on: it wakes, and sets the copy up.
TEST(Waking, ComesBeforeACopyByItself) {
  Sleeper machine;
  machine.parts.processors[machine.p0].copy_setup = 1us;
  const MemoryId m1 = machine.memory("m1", kWide), m2 = machine.memory("m2", kWide);
  machine.processor("q1", m1);
  machine.processor("q2", m2);
  machine.link("near", m1, machine.m0, Bandwidth{1'000'000'000});
  machine.link("far", machine.m0, m2, Bandwidth{1'000'000'000});
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1'000})}, Bytes{1});
  const CostTable costs = test::costs_of({{10us, 10us, 10us, 10us}, {1us, 1us, 1us, 1us}});
  const Timeline slept = run(machine, graph, costs, {{}, {}, {0}, {1}});
  EXPECT_EQ(slept.legs.at(0).finish, 11us);
  EXPECT_EQ(slept.legs.at(1).start, 11us);
  EXPECT_EQ(slept.legs.at(1).waking, 3us);
  EXPECT_EQ(slept.legs.at(1).data, 11us + 3us + 1us);
  EXPECT_EQ(slept.layers[LayerId{1}].start, 16us);

  machine.parts.processors[machine.p0].sleep->after = 11us;
  test::Graph again;
  again.layer("b", {again.layer("a", {}, Bytes{1'000})}, Bytes{1});
  EXPECT_EQ(run(machine, again, costs, {{}, {}, {0}, {1}}).layers[LayerId{1}].start, 13us);
}

// The load of others takes p0 away while it wakes: back after 4 us, it has slept again.
TEST(Waking, BeginsAgainAfterALoss) {
  Sleeper machine;
  LoadSpec away;
  away.name = "away";
  away.effect = Lost{machine.p0};
  away.from = 11us;
  away.until = 15us;
  machine.parts.load.push_back(away);
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1})}, Bytes{1});
  const CostTable costs = test::costs_of({{10us, 10us}, {2us, 2us}});
  const Timeline timeline = run(machine, graph, costs, {{1}, {0}});
  // From 10 to 11 it wakes; away for 4 us, it sleeps again.
  ASSERT_EQ(timeline.interrupted.size(), 1u);
  EXPECT_EQ(timeline.interrupted[0].waking, 3us);
  EXPECT_EQ(timeline.layers[LayerId{1}], (LayerSpan{ProcessorId{0}, 0, 15us, 20us, 3us}));

  // Back after 1 us, what was left of waking is left.
  machine.parts.load[0].until = 12us;
  test::Graph again;
  again.layer("b", {again.layer("a", {}, Bytes{1})}, Bytes{1});
  const Timeline soon = run(machine, again, costs, {{1}, {0}});
  EXPECT_EQ(soon.layers[LayerId{1}], (LayerSpan{ProcessorId{0}, 0, 12us, 15us, 1us}));
}

}  // namespace
}  // namespace partita
