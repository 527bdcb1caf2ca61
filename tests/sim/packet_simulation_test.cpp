// Plans at fidelity packet: the checker accepts every timeline, and where nothing contends it is
// the fluid one, give or take a few packets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "sim/simulate.h"
#include "tests/models/collectives/equal_links.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr sim::SimulatorOptions kPackets{.fidelity = Fidelity::Packet};

class RandomCase : public testing::TestWithParam<int> {};

// One machine a process: packets need ports along its links.
TEST_P(RandomCase, TheCheckerAcceptsWhatPacketsDo) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  test::CaseOptions options;
  options.details = true;
  const Hardware hardware = test::random_hardware(seed, options);
  for (const std::uint64_t network_seed : {seed, seed + 1}) {
    const Network network = test::random_network(network_seed);
    const CostTable costs = test::random_costs(network_seed, network, hardware);
    sim::Simulator simulator(network, hardware, costs, kPackets);
    for (const std::uint64_t plan_seed : {seed, seed + 7}) {
      const Plan plan = test::random_plan(plan_seed, network, hardware);
      const Timeline timeline = simulator.run(plan);
      EXPECT_EQ(timeline.fidelity, Fidelity::Packet);
      EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
      EXPECT_EQ(simulator.run(plan), timeline) << "a second run differs";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, RandomCase, testing::Range(0, 40));

// 1 MB at 1 GB/s. Packets of 256 B cut through: the last byte comes as late as in fluid, and the
// header of one packet later (16 B of 272 B at 1.0625 GB/s: 15.06 ns), twice 100 ns of latency.
TEST(PacketSimulationTest, ACopyAloneTakesAsLongAsInFluid) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  // Longer than the latency: the packets are there before the copy is known to be.
  machine.parts.engines[machine.engine("dma", m0, 1us)].completion = 3us;
  const SwitchId node = machine.node("switch", 50ns);
  machine.link("near", m0, node, Bandwidth{1'000'000'000}, 100ns);
  machine.link("far", node, m1, Bandwidth{1'000'000'000}, 50ns);
  const Hardware hardware = machine.build();
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1'024'000})}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
  const Plan plan = test::plan_of(network, hardware, {{0}, {1}});
  sim::Simulator packets(network, hardware, costs, kPackets);
  sim::Simulator fluid(network, hardware, costs);
  const LegSpan copy = packets.run(plan).legs.at(0), flow = fluid.run(plan).legs.at(0);
  EXPECT_EQ(copy.data, flow.data);
  EXPECT_GE(copy.finish, flow.finish);
  EXPECT_LE(copy.finish - flow.finish, 2 * 16ns);
}

// Steps of a collective are layers and copies like others, also to and from what adds up behind a
// switch: 400 kB up over each of four links, and the sums down, nothing in anybody's way.
TEST(PacketSimulationTest, ASwitchThatAddsUpTakesAsLongAsInFluid) {
  const Expanded made = test::expanded({.kind = OpKind::AllReduce, .elements = 100'000},
                                       test::equal_links(4), {CollectiveAlgorithm::InSwitch, 4});
  sim::Simulator packets(made.network, made.hardware, made.costs, kPackets);
  const Timeline timeline = packets.run(made.plan);
  EXPECT_THAT(violations(timeline, made.network, made.hardware, made.plan), testing::IsEmpty());
  Evaluator fluid(made.network, made.hardware, made.costs);
  const Time expected = fluid.run(made.plan).makespan;
  EXPECT_GE(timeline.makespan, expected);
  EXPECT_LE(timeline.makespan, expected + expected / 200);
}

// Two engines send 1 MB each over one link at once, from different memories through a switch: by
// turns, so both take twice as long, as in fluid; the first to end does so a train of four packets
// (1 us) before the other.
TEST(PacketSimulationTest, TwoCopiesShareALink) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  const MemoryId m2 = machine.memory("m2", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.processor("p2", m2);
  machine.engine("d0", m0);
  machine.engine("d1", m1);
  const SwitchId node = machine.node("switch");
  machine.link("l0", m0, node, Bandwidth{1'000'000'000});
  machine.link("l1", m1, node, Bandwidth{1'000'000'000});
  machine.link("l2", node, m2, Bandwidth{1'000'000'000});
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1'024'000});
  const TensorId b = graph.layer("b", {}, Bytes{1'024'000});
  graph.layer("c", {a, b}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1us, 1us, 1us}, {1us, 1us, 1us}, {1us, 1us, 1us}});
  const Plan plan = test::plan_of(network, hardware, {{0}, {1}, {2}});
  sim::Simulator packets(network, hardware, costs, kPackets);
  const Timeline timeline = packets.run(plan);
  for (const LegSpan& leg : timeline.legs) {
    EXPECT_NEAR(static_cast<double>((leg.finish - leg.data).count()), 2 * 1'024e6, 3e6);
  }
}

}  // namespace
}  // namespace partita
