#include "models/timeline/time_spent.h"

#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

// a on p; b on q reads it over a link of 1 B/ns; c on q follows b. An engine copies, or p by
// itself.
class TimeSpentTest : public testing::Test {
 protected:
  void build(bool engine) {
    test::Machine machine;
    const MemoryId mp = machine.memory("mp", Bandwidth{1'000'000'000'000});
    const MemoryId mq = machine.memory("mq", Bandwidth{1'000'000'000'000});
    machine.processor("p", mp);
    machine.processor("q", mq);
    if (engine) machine.engine("e", mp);
    machine.link("link", mp, mq, Bandwidth{1'000'000'000});
    hardware.emplace(machine.build());
    test::Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{500});
    const TensorId b = graph.layer("b", {a}, Bytes{1});
    graph.layer("c", {b}, Bytes{1});
    network.emplace(graph.build());
    plan.emplace(test::plan_of(*network, *hardware, {{0}, {1, 2}}));
    const CostTable costs = test::costs_of({{10us, 10us}, {20us, 20us}, {30us, 30us}});
    timeline = Evaluator(*network, *hardware, costs).run(*plan);
  }
  Time spent(int layer) const {
    return time_spent(timeline, *network, *hardware, *plan)[static_cast<LayerId>(layer)];
  }
  LayerSpan& span(int layer) { return timeline.layers[static_cast<LayerId>(layer)]; }

  std::optional<Hardware> hardware;
  std::optional<Network> network;
  std::optional<Plan> plan;
  Timeline timeline;
};

// a 0 .. 10 us, 500 ns on the link, b 10.5 .. 30.5, c .. 60.5: q's wait for a and the link is not
// its own.
TEST_F(TimeSpentTest, WaitingForOthersIsNotSpent) {
  build(true);
  EXPECT_EQ(spent(0), 10us);
  EXPECT_EQ(spent(1), 20us);
  EXPECT_EQ(spent(2), 30us);
}

TEST_F(TimeSpentTest, TimeLostBeforeALayerIsSpent) {
  build(true);
  span(0).start += 3us, span(0).finish += 3us;  // p was kept from starting it
  EXPECT_EQ(spent(0), 13us);
  span(2).start += 4us, span(2).finish += 5us;
  EXPECT_EQ(spent(2), 35us);
}

// The leg is q's own: queued when a ends, copied by q until 10.5 us.
TEST_F(TimeSpentTest, OwnCopiesAndTimeLostInThemAreSpent) {
  build(true);
  LegSpan& leg = timeline.legs.front();
  leg.engine.reset();
  leg.copier = ProcessorId{1};
  EXPECT_EQ(spent(1), 20us + 500ns);
  leg.start += 7us, leg.data += 7us, leg.finish += 7us;
  span(1).start += 7us, span(1).finish += 7us;
  EXPECT_EQ(spent(1), 27us + 500ns);
  span(2).start += 7us, span(2).finish += 7us;
  EXPECT_EQ(spent(2), 30us);
}

// Copied by p, which then is busy until 10.5 us: nothing of it is b's.
TEST_F(TimeSpentTest, CopiesOfAnotherProcessorAreNotSpent) {
  build(false);
  ASSERT_EQ(timeline.legs.front().copier, ProcessorId{0});
  EXPECT_EQ(spent(1), 20us);
}

// On one memory: y on q reads what p made; a stream that idles until then does not spend the time.
TEST(TimeSpent, OnOneMemoryTheProducersEndCounts) {
  test::Machine machine;
  const MemoryId m = machine.memory("m", Bandwidth{1'000'000'000'000});
  machine.processor("p", m);
  machine.processor("q", m);
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId x = graph.layer("x", {}, Bytes{1});
  graph.layer("y", {x}, Bytes{1});
  const Network network = graph.build();
  const Plan plan = test::plan_of(network, hardware, {{0}, {1}});
  const CostTable costs = test::costs_of({{10us, 10us}, {20us, 20us}});
  const Timeline timeline = Evaluator(network, hardware, costs).run(plan);
  EXPECT_EQ(time_spent(timeline, network, hardware, plan)[LayerId{1}], 20us);
}

}  // namespace
}  // namespace partita
