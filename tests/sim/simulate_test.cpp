#include "sim/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <systemc>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;

// Whatever SystemC complains of is a failure.
class SimulateTest : public testing::Test {
 protected:
  void SetUp() override { sc_core::sc_report_handler::set_handler(report_to_gtest); }

  static void report_to_gtest(const sc_core::sc_report& report,
                              const sc_core::sc_actions& actions) {
    if (report.get_severity() != sc_core::SC_INFO) ADD_FAILURE() << report.what();
    sc_core::sc_report_handler::default_handler(
        report, actions & ~static_cast<sc_core::sc_actions>(sc_core::SC_ABORT));
  }
};

Machine two_processors(Bandwidth link) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.engine("e0", m0, 1us);
  machine.link("link", m0, m1, link, 2us);
  return machine;
}

Network two_layers(Bytes size) {
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, size)}, Bytes{1000});
  return graph.build();
}

// a 4 us, set-up 1, 1000 B at 1 GB/s 1, latency 2, b 5.
TEST_F(SimulateTest, ATransferBetweenTwoLayers) {
  const Hardware hardware = two_processors(Bandwidth{1'000'000'000}).build();
  const Network network = two_layers(Bytes{1000});
  const CostTable costs = costs_of({{4us, 4us}, {5us, 5us}});
  sim::Simulator simulator(network, hardware, costs);
  const Timeline timeline = simulator.run(plan_of(network, hardware, {{0}, {1}}));
  EXPECT_EQ(timeline.layers[LayerId{1}], (LayerSpan{ProcessorId{1}, 0, 8us, 13us}));
  EXPECT_EQ(timeline.legs.at(0), (LegSpan{0, 0, EngineId{0}, std::nullopt, 4us, 4us, 5us, 8us}));
  EXPECT_EQ(timeline.memory_peak, (IdVector<MemoryId, Bytes>{Bytes{1000}, Bytes{2000}}));
  EXPECT_EQ(timeline.makespan, 13us);
  EXPECT_EQ(timeline.origin, Origin::Simulated);
}

// Nothing of one run is left for the next, although SystemC's own time goes on.
TEST_F(SimulateTest, RunsOfTwoSimulatorsAlternate) {
  test::CaseOptions options;
  const Network networks[] = {test::random_network(3, options), test::random_network(4, options)};
  const Hardware machines[] = {test::random_hardware(5, options),
                               test::random_hardware(6, options)};
  const CostTable costs[] = {test::random_costs(7, networks[0], machines[0], options),
                             test::random_costs(8, networks[1], machines[1], options)};
  sim::Simulator first(networks[0], machines[0], costs[0]);
  sim::Simulator second(networks[1], machines[1], costs[1]);
  const Plan plan = test::random_plan(9, networks[0], machines[0]);
  const Plan other = test::random_plan(9, networks[1], machines[1]);
  const Timeline alone = first.run(plan);
  const auto before = sc_core::sc_time_stamp();
  const Timeline other_alone = second.run(other);
  EXPECT_GT(sc_core::sc_time_stamp(), before);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(first.run(plan), alone);
    EXPECT_EQ(first.run(plan), alone);
    EXPECT_EQ(second.run(other), other_alone);
  }
}

// 1 GB at 1 B/s take 31 years: the error leaves the machine fit for the next run.
TEST_F(SimulateTest, APlanBeyondTheEndOfTimeIsAnError) {
  const Hardware slow = two_processors(Bandwidth{1}).build();
  const Network network = two_layers(Bytes{1'000'000'000});
  const CostTable costs = costs_of({{4us, 4us}, {5us, 5us}});
  sim::Simulator simulator(network, slow, costs);
  EXPECT_THROW(simulator.run(plan_of(network, slow, {{0}, {1}})), Error);
  EXPECT_EQ(simulator.run(plan_of(network, slow, {{0, 1}, {}})).makespan, 9us);
}

// A plan of another network, whose layers depend on each other the other way round: p0 would run c
// before a, of which c is made; p1 waits for c as well.
TEST_F(SimulateTest, ARunThatStarvesNamesWhoWaitsForWhom) {
  Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{1'000'000'000});
  machine.processor("p0", memory), machine.processor("p1", memory);
  const Hardware hardware = machine.build();
  Graph apart, chain;
  for (const char* name : {"a", "c", "d"}) apart.layer(name, {}, Bytes{8});
  chain.layer("d", {chain.layer("c", {chain.layer("a", {}, Bytes{8})}, Bytes{8})}, Bytes{8});
  const Network fits = apart.build(), starves = chain.build();
  const CostTable costs = costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}});
  const Plan plan = plan_of(fits, hardware, {{1, 0}, {2}});
  EXPECT_DEATH(sim::Simulator(starves, hardware, costs).run(plan),
               "0 of 1 requests are done; request 0 has 3 layers and transfers left; "
               "p0: layer c waits for layer a on p0; "
               "p1: layer d waits for layer c on p0");
}

// 2^63 ps of simulated time are used up by runs of 53 days each.
TEST_F(SimulateTest, AProcessThatHasSimulatedTooLongSaysSo) {
  const Hardware hardware = two_processors(Bandwidth{1'000'000'000}).build();
  const Network network = two_layers(Bytes{0});
  const Time long_time{std::int64_t{1} << 62};
  CostTable costs = costs_of({{long_time, long_time}, {1us, 1us}});
  sim::Simulator simulator(network, hardware, costs);
  const Plan plan = plan_of(network, hardware, {{0, 1}, {}});
  const Timeline first = simulator.run(plan);
  EXPECT_EQ(first.makespan, long_time + 1us);
  EXPECT_EQ(simulator.run(plan), first);
  EXPECT_THROW(simulator.run(plan), Error);
}

TEST_F(SimulateTest, AMachineLargerThanTheReserveNeedsAProcessOfItsOwn) {
  const Network network = two_layers(Bytes{1000});
  const CostTable costs = costs_of({{4us, 4us}, {5us, 5us}});
  const Hardware small = two_processors(Bandwidth{1'000'000'000}).build();
  sim::Simulator simulator(network, small, costs);
  Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{1});
  for (int i = 0; i < 65; ++i) machine.processor("p" + std::to_string(i), memory);
  const Hardware large = machine.build();
  EXPECT_THROW(sim::Simulator(network, large, costs), Error);
}

TEST_F(SimulateTest, ALargeMachineIsElaboratedIfItComesFirst) {
  Machine machine;
  for (int i = 0; i < 200; ++i) {
    const auto number = std::to_string(i);
    const MemoryId memory = machine.memory("m" + number, Bandwidth{1'000'000'000});
    machine.processor("p" + number, memory);
    machine.engine("e" + number, memory);
    if (i > 0) machine.link("l" + number, MemoryId{0}, memory, Bandwidth{1'000'000'000});
  }
  const Hardware hardware = machine.build();
  Graph graph;
  std::vector<std::vector<int>> orders(200);
  const TensorId x = graph.layer("layer0", {}, Bytes{1000});
  orders[0].push_back(0);
  for (int i = 1; i < 200; ++i) {
    graph.layer("layer" + std::to_string(i), {x}, Bytes{0});
    orders[static_cast<std::size_t>(i)].push_back(i);
  }
  const Network network = graph.build();
  CostTable costs(200, 200);
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(200)) costs.set(layer, p, LayerCost{1us, {}});
  }
  const Plan plan = plan_of(network, hardware, orders);
  Timeline simulated = sim::Simulator(network, hardware, costs).run(plan);
  // One engine sends 199 times 1000 B, 1 us each.
  EXPECT_EQ(simulated.makespan, 201us);
  simulated.origin = Origin::Predicted;
  EXPECT_EQ(simulated, Evaluator(network, hardware, costs).run(plan));
}

}  // namespace
}  // namespace partita
