#include "partition/explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/machine.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// p and q on memories of their own; 1 B takes 1 ns on the link, which has engines at both ends.
struct Pair {
  Pair() {
    machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
    machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
    machine.engine("dma", MemoryId{0});
    machine.engine("dma2", MemoryId{1});
    machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
    // a - b - c, and d beside them.
    const TensorId a = graph.layer("a", {}, Bytes{1'000});
    graph.layer("c", {graph.layer("b", {a}, Bytes{2'000})}, Bytes{1});
    graph.layer("d", {}, Bytes{1});
  }
  test::Machine machine;
  test::Graph graph;
};

TEST(Explain, PartsMovedByHand) {
  // p: a 0-10, (1000 B 10-11) q: b 11-31, (2000 B 31-33) p: d 10-20, c 33-43.
  Pair pair;
  const Network network = pair.graph.build();
  ASSERT_EQ(network.layer(LayerId{2}).name, "c");
  const Hardware hardware = pair.machine.build();
  const CostTable costs = test::costs_of({{10us, 12us}, {40us, 20us}, {10us, 50us}, {10us, 10us}});
  const Problem problem{network, hardware, costs};
  const Plan plan = test::plan_of(network, hardware, {{0, 3, 2}, {1}});
  const Explanation made = explain(problem, plan, 9);
  EXPECT_DOUBLE_EQ(made.value, 43e-6);
  ASSERT_EQ(made.parts.size(), 4u);
  // By work: b 20, then a, c and d 10 each. b on p: a 0-10, d 10-20, b 20-60, c 60-70. a on q: 0-12,
  // b 12-32, c 34-44. c on q: b until 31, 31-81. d on q, which it reaches between a and b: 0-10.
  EXPECT_THAT(made.parts[0].layers, ElementsAre(LayerId{1}));
  EXPECT_DOUBLE_EQ(made.parts[0].value_there, 70e-6);
  EXPECT_DOUBLE_EQ(made.parts[1].value_there, 44e-6);
  EXPECT_DOUBLE_EQ(made.parts[2].value_there, 81e-6);
  EXPECT_DOUBLE_EQ(made.parts[3].value_there, 43e-6);
  for (const PlanPart& part : made.parts) {
    EXPECT_EQ(part.elsewhere, part.processor == ProcessorId{0} ? ProcessorId{1} : ProcessorId{0});
  }
  // a, its copy, b, its copy, c: the copies take 1 and 2 us of it.
  ASSERT_EQ(made.path.size(), 5u);
  ASSERT_EQ(made.copies.size(), 2u);
  EXPECT_EQ(made.copies[0].on_path, 2us);
  EXPECT_EQ(made.copies[1].on_path, 1us);
  EXPECT_EQ(network.tensor(plan.transfers()[made.copies[0].transfer].tensor).name, "b");
  // Given times halve with their processor: p alone saves 5 us each of a and c, q alone 10 us of b,
  // both 20. The link saves half of 3 us.
  ASSERT_GE(made.changes.size(), 4u);
  EXPECT_THAT(made.changes[0].what, HasSubstr("p, q"));
  EXPECT_DOUBLE_EQ(made.changes[0].value, 23e-6);
  EXPECT_DOUBLE_EQ(made.changes[1].value, 33e-6);
  EXPECT_DOUBLE_EQ(made.changes[2].value, 33e-6);
  EXPECT_THAT(made.changes[3].what, HasSubstr("link"));
  EXPECT_DOUBLE_EQ(made.changes[3].value, 41.5e-6);
}

TEST(Explain, PartsAreJoinedLayersAndGroups) {
  Pair pair;
  const Network network = pair.graph.build();
  const Hardware hardware = pair.machine.build();
  const CostTable costs = test::costs_of({{10us, 12us}, {10us, 20us}, {10us, 50us}, {10us, 10us}});
  Problem problem{network, hardware, costs};
  const Plan plan = test::plan_of(network, hardware, {{0, 1, 3, 2}, {}});
  EXPECT_EQ(explain(problem, plan, 9).parts.size(), 2u);  // a, b, c; and d
  problem.constraints.together = {{LayerId{1}, LayerId{3}}};
  const Explanation made = explain(problem, plan, 9);
  ASSERT_EQ(made.parts.size(), 1u);
  EXPECT_EQ(made.parts[0].work, 40us);
  EXPECT_THAT(made.copies, IsEmpty());
  EXPECT_EQ(explain(problem, plan, 0).more_parts, 1u);
}

TEST(Explain, SaysWhyAPartCanBeNowhereElse) {
  Pair pair;
  pair.machine.parts.memories[MemoryId{1}].capacity = Bytes{1'000};
  const Network network = pair.graph.build();
  const Hardware hardware = pair.machine.build();
  CostTable costs = test::costs_of({{10us, 12us}, {10us, 20us}, {10us, 50us}, {10us, 10us}});
  const Problem problem{network, hardware, costs};
  const Plan plan = test::plan_of(network, hardware, {{0, 1, 3, 2}, {}});
  Explanation made = explain(problem, plan, 9);
  EXPECT_FALSE(made.parts[0].elsewhere.has_value());
  EXPECT_THAT(made.parts[0].why_nowhere, HasSubstr("on 'q': memory mq would hold"));
  costs.set(LayerId{1}, ProcessorId{1}, std::nullopt);
  made = explain(problem, plan, 9);
  EXPECT_EQ(made.parts[0].why_nowhere, "'b' may not run on 'q'");
}

TEST(Explain, PowersAreTriedWhereEnergyIsWeighed) {
  // One layer of 10 us on p at 4 W beside q, which idles at 3 W: 70 uJ. p at 2 W saves 20, q 15.
  test::Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{1'000'000'000'000});
  machine.processor("p", memory);
  machine.processor("q", memory);
  machine.parts.processors[ProcessorId{0}].active = Power{4'000};
  machine.parts.processors[ProcessorId{1}].idle = Power{3'000};
  machine.parts.processors[ProcessorId{1}].active = Power{9'000};
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = test::costs_of({{10us, 10us}});
  const Problem problem{network, hardware, costs, Objective::only(Term::EnergyUse)};
  const Explanation made = explain(problem, test::plan_of(network, hardware, {{0}, {}}), 9);
  EXPECT_DOUBLE_EQ(made.value, 70e-6);
  // Twice as fast, p takes 5 us: 35 uJ.
  ASSERT_EQ(made.changes.size(), 3u);
  EXPECT_DOUBLE_EQ(made.changes[0].value, 35e-6);
  EXPECT_EQ(made.changes[1].what, "half the active power of p");
  EXPECT_DOUBLE_EQ(made.changes[1].value, 50e-6);
  EXPECT_EQ(made.changes[2].what, "half the idle power of q");
  EXPECT_DOUBLE_EQ(made.changes[2].value, 55e-6);
  EXPECT_DOUBLE_EQ(made.parts[0].value_there, 90e-6);
}

}  // namespace
}  // namespace partita
