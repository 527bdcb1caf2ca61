// Plans at fidelity packet: the checker accepts every timeline, and where nothing contends it is
// the fluid one, give or take a few packets.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "models/plan/multicast.h"
#include "sim/simulate.h"
#include "tests/models/collectives/equal_links.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr sim::SimulatorOptions kPackets{.fidelity = Fidelity::Packet};

// What crosses each channel, before it is packed: what switches send on counts once.
IdVector<ChannelId, std::int64_t> bytes_to_send(const Network& network, const Hardware& hardware,
                                                const Plan& plan) {
  IdVector<ChannelId, std::int64_t> sent(hardware.channels().size(), 0);
  const Multicasts multicasts(network, hardware, plan);
  const auto count = [&](const Leg& way, TensorId tensor) {
    for (const ChannelId channel : way.channels) sent[channel] += network.tensor(tensor).size.value;
  };
  for (std::uint32_t i = 0; i < plan.transfers().size(); ++i) {
    const Transfer& transfer = plan.transfers()[i];
    if (network.tensor(transfer.tensor).transfer_time || multicasts.of(i) != nullptr) continue;
    for (const Leg& leg : *hardware.route(transfer.src, transfer.dst)) count(leg, transfer.tensor);
  }
  for (const Multicast& all : multicasts.all()) {
    count(all.way, plan.transfers()[all.first()].tensor);
  }
  return sent;
}

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
      const IdVector<ChannelId, std::int64_t> sent = bytes_to_send(network, hardware, plan);
      for (const ChannelId id : ids<ChannelId>(sent.size())) {
        EXPECT_EQ(simulator.packet_bytes(id), sent[id]) << hardware.channels()[id].name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, RandomCase, testing::Range(0, 40));

// Two processors, a link of 1 GB/s, 1,024,000 B to send.
struct TwoProcessors {
  TwoProcessors() {
    machine.processor("p0", m0);
    machine.processor("p1", m1);
    machine.link("link", m0, m1, Bandwidth{1'000'000'000}, 100ns);
    graph.layer("b", {graph.layer("a", {}, Bytes{1'024'000})}, Bytes{1});
  }
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  test::Graph graph;
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
};

// Others take 0.4 GB/s from 500 us on: by then 499 us at 1 GB/s have moved 499,000 B, and the other
// 525,000 B take 875 us at 0.6 GB/s: 1,376 us in all with both layers, and the latency.
TEST(PacketSimulationTest, TrafficOfOthersHoldsUpPackets) {
  TwoProcessors one;
  one.machine.engine("dma", one.m0);
  one.machine.parts.load.push_back(
      {"others",
       LinkTraffic{LinkId{0}, TrafficWay::Forward, Bandwidth{400'000'000}},
       500us,
       {},
       {},
       {}});
  const Hardware hardware = one.machine.build();
  const Network network = one.graph.build();
  const Plan plan = test::plan_of(network, hardware, {{0}, {1}});
  const Timeline packets = sim::Simulator(network, hardware, one.costs, kPackets).run(plan);
  EXPECT_THAT(violations(packets, network, hardware, plan), testing::IsEmpty());
  const Timeline fluid = Evaluator(network, hardware, one.costs).run(plan);
  EXPECT_EQ(fluid.makespan, 1us + 499us + 875us + 100ns + 1us);
  EXPECT_NEAR(seconds(packets.makespan), seconds(fluid.makespan), 2e-6);
}

// Packets that are under way cannot be called back.
TEST(PacketSimulationTest, AProcessorThatCopiesMayNotBeLost) {
  TwoProcessors one;
  one.machine.parts.load.push_back({"crash", Lost{ProcessorId{0}}, 500us, {}, {}, {}});
  const Hardware hardware = one.machine.build();
  const Network network = one.graph.build();
  try {
    sim::Simulator(network, hardware, one.costs, kPackets);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("load 'crash' takes away p0, which copies by "
                                                 "itself"));
  }
}

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

// Buffers behind a fast link of 10 us take 200 kB at once, and pass them on at 1 GB/s. The engine
// is free when all has passed the slow link, as in fluid, not when it has left its own: 1,024 us.
TEST(PacketSimulationTest, BuffersDoNotFreeTheEngine) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.engine("dma", m0);
  const SwitchId node = machine.node("switch");
  machine.link("fast", m0, node, Bandwidth{10'000'000'000}, 10us);
  machine.link("slow", node, m1, Bandwidth{1'000'000'000});
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1'024'000});
  const TensorId b = graph.layer("b", {}, Bytes{1'024'000});
  graph.layer("c", {a, b}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}});
  const Plan plan = test::plan_of(network, hardware, {{0, 1}, {2}});
  sim::Simulator packets(network, hardware, costs, kPackets);
  const Time second = packets.run(plan).legs.at(1).start;
  // One latency later than in fluid, where the last byte leaves all links at once.
  EXPECT_NEAR(seconds(second), 1e-6 + 1'024e-6 + 10e-6, 1e-7);
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

// Half of the bytes are packed away: 1,024,000 B take 512 us of the wire, as in fluid.
TEST(PacketSimulationTest, WhatIsPackedTakesLessOfTheWire) {
  TwoProcessors one;
  one.machine.parts.links[LinkId{0}].compression = {.ratio = {1, 2, 1},
                                                    .rate = Bandwidth{100'000'000'000}};
  const Hardware hardware = one.machine.build();
  const Network network = one.graph.build();
  const Plan plan = test::plan_of(network, hardware, {{0}, {1}});
  sim::Simulator packets(network, hardware, one.costs, kPackets);
  sim::Simulator fluid(network, hardware, one.costs);
  const Timeline timeline = packets.run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
  const LegSpan copy = timeline.legs.at(0), flow = fluid.run(plan).legs.at(0);
  EXPECT_EQ(flow.finish - flow.data, 512us + 100ns);
  EXPECT_NEAR(seconds(copy.finish - copy.data), 512e-6, 2e-6);
}

// Two copies of 1,024,000 B leave by two channels of one engine at the same instant: on a link that
// keeps priorities the urgent one is there as if alone, 1,024 us, and the other after both.
TEST(PacketSimulationTest, TheUrgentCopyGoesFirst) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.engine("dma", m0);
  machine.parts.engines[EngineId{0}].channels = 2;
  machine.link("wire", m0, m1, Bandwidth{1'000'000'000});
  machine.parts.links[LinkId{0}].priorities = true;
  machine.parts.host = m0;
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId a = graph.input("a", Bytes{1'024'000});
  const TensorId b = graph.input("b", Bytes{1'024'000});
  graph.layer("c", {a, b}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1us, 1us}});
  Plan plan = test::plan_of(network, hardware, {{}, {0}});
  std::vector<Transfer> transfers = plan.transfers();
  transfers.at(1).priority = 1;
  plan = with_transfer_order(network, std::move(plan), transfers);
  sim::Simulator packets(network, hardware, costs, kPackets);
  const Timeline timeline = packets.run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
  EXPECT_NEAR(seconds(timeline.legs.at(1).finish), 1'024e-6, 4e-6);
  EXPECT_NEAR(seconds(timeline.legs.at(0).finish), 2'048e-6, 4e-6);
}

// b, 1,024,000 B of the host's memory that it reads in place, is a flow beside the packets of a
// copy as large: it takes its half of the link, or what it asks for, and they have the rest. Alone
// it takes 1,024 us and 200 ns for the first access.
TEST(PacketSimulationTest, ReadsInPlaceAreFlowsBesidePackets) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.parts.processors[machine.processor("p1", m1)].streams = 2;
  machine.engine("dma", m0);
  machine.link("wire", m0, m1, Bandwidth{1'000'000'000}, 100ns);
  machine.parts.links[LinkId{0}].load_store = true;
  machine.parts.host = m0;
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{1'024'000}), y = graph.input("y", Bytes{1'024'000});
  graph.layer("b", {x}, Bytes{1});
  graph.layer("c", {y}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
  const Plan copies = test::plan_of(network, hardware, {{}, {0, 1}});
  const Plan plan = std::get<Plan>(with_reads_in_place(network, hardware, copies, {{x, m1, m0}}));
  sim::Simulator packets(network, hardware, costs, kPackets);
  const Timeline timeline = packets.run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
  EXPECT_NEAR(seconds(timeline.legs.at(0).finish), 2'048e-6, 8e-6);
  EXPECT_NEAR(seconds(timeline.layers[LayerId{0}].finish), 2'048e-6, 8e-6);

  const Plan alone =
      std::get<Plan>(with_reads_in_place(network, hardware, copies, {{x, m1, m0}, {y, m1, m0}}));
  const Timeline both = packets.run(alone);
  EXPECT_TRUE(both.legs.empty());
  EXPECT_EQ(both.layers[LayerId{0}].finish,
            sim::Simulator(network, hardware, costs).run(alone).layers[LayerId{0}].finish);
}

// A copy from m0 to m1 over one link of 1 GB/s with 10 us of latency, by an engine beside m1.
struct FarCopy {
  FarCopy() {
    const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
    const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
    machine.processor("p0", m0);
    machine.processor("p1", m1);
    machine.engine("dma", m1, 1us, Direction::In);
    machine.link("wire", m0, m1, Bandwidth{1'000'000'000}, 10us);
  }
  LinkSpec& link() { return machine.parts.links[LinkId{0}]; }
  EngineSpec& engine() { return machine.parts.engines[EngineId{0}]; }

  // From the first byte or request until all is there.
  struct Times {
    Time fluid, packet;
  };
  Times run(Bytes size) {
    const Hardware hardware = machine.build();
    test::Graph graph;
    graph.layer("b", {graph.layer("a", {}, size)}, Bytes{1});
    const Network network = graph.build();
    const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
    const Plan plan = test::plan_of(network, hardware, {{0}, {1}});
    sim::Simulator packets(network, hardware, costs, kPackets);
    sim::Simulator fluid(network, hardware, costs);
    const Timeline timeline = packets.run(plan);
    EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
    const LegSpan copy = timeline.legs.at(0), flow = fluid.run(plan).legs.at(0);
    return {flow.finish - flow.start - 1us, copy.finish - copy.start - 1us};
  }
  test::Machine machine;
};

// 4,000 packets of 2,176 bits, one bit in 217,600 wrong: with every hundredth packet the count is
// whole. 40 replays, one more as the replays count too; each costs 256 ns and 20 us.
TEST(PacketSimulationTest, BitErrorsCostReplays) {
  FarCopy one;
  one.link().bit_error_rate = 1.0 / 217'600;
  const FarCopy::Times times = one.run(Bytes{4'000 * 256});
  const Time replay = 20us + 256ns;
  EXPECT_NEAR(seconds(times.packet), seconds(1'024us + 40 * replay + 10us), 1e-8);
  // p = 1/100: (256 + 20,000 / 100) / 0.99 ns a packet, 4,000 of them, give or take a replay.
  EXPECT_NEAR(seconds(times.fluid), 4'000 * 456e-9 / 0.99 + 10e-6, 1e-9);
  EXPECT_NEAR(seconds(times.packet), seconds(times.fluid), seconds(replay));
}

// Room for ten packets: 2,560 B in 256 ns and twice 10 us. A copy is faster than that only as long
// as its first credits last.
TEST(PacketSimulationTest, CreditsBoundALink) {
  FarCopy one;
  one.link().credits = Bytes{10 * 272};
  const FarCopy::Times times = one.run(Bytes{100 * 2'560});
  EXPECT_NEAR(seconds(times.fluid), 100 * 20.256e-6 + 10e-6, 1e-9);
  // The last ten follow the 99th round without a pause.
  EXPECT_NEAR(seconds(times.packet), 99 * 20.256e-6 + 2.56e-6 + 10e-6, 1e-7);
}

// Four requests of 512 B: every 20 us and what a request and its data take, 2,048 B. The first
// data sets out when the first request is there.
TEST(PacketSimulationTest, ReadRequestsBoundACopy) {
  FarCopy one;
  one.engine().outstanding = 4;
  const FarCopy::Times times = one.run(Bytes{100 * 2'048});
  const double round_trip = 20e-6 + 15.059e-9 + 512e-9;
  const double hand = 99 * round_trip + 10e-6 + 15.059e-9 + 2'048e-9 + 10e-6;
  EXPECT_NEAR(seconds(times.fluid), hand, 1e-9);
  EXPECT_NEAR(seconds(times.packet), hand, 5e-9 + 99 * 1e-9);
}

// 64 requests last longer than the round trip, so the link is never idle: 1,024 us, a request's way
// before and the data's way behind.
TEST(PacketSimulationTest, ManyReadRequestsFillTheLink) {
  FarCopy one;
  one.engine().outstanding = 64;
  const FarCopy::Times times = one.run(Bytes{1'024'000});
  const double hand = 1'024e-6 + 20e-6 + 15.059e-9;
  EXPECT_NEAR(seconds(times.fluid), hand, 1e-9);
  EXPECT_NEAR(seconds(times.packet), hand, 50e-9);
}

// p1 runs a layer that asks for 0.6 GB/s of m1's 1 GB/s while a copy into it could have all of
// that. Max-min: the layer asks for more than a half, so both have a half until the layer ends at
// 1.2 ms (0.6 MB at 0.5 GB/s); then the copy has all: 0.6 MB by then, 0.4 MB in 0.4 ms.
TEST(PacketSimulationTest, LayersLeavePacketsTheRestOfAMemory) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{1'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.engine("dma", m0);
  machine.link("wire", m0, m1, Bandwidth{2'000'000'000});
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1'024'000});
  graph.layer("busy", {}, Bytes{1});
  graph.layer("c", {a}, Bytes{1});
  const Network network = graph.build();
  CostTable costs = test::costs_of({{Time{1}, Time{1}}, {1ms, 1ms}, {1us, 1us}});
  std::optional<LayerCost> busy = costs(LayerId{1}, ProcessorId{1});
  busy->traffic = Bytes{600'000};
  costs.set(LayerId{1}, ProcessorId{1}, busy);
  const Plan plan = test::plan_of(network, hardware, {{0}, {1, 2}});
  sim::Simulator packets(network, hardware, costs, kPackets);
  sim::Simulator fluid(network, hardware, costs);
  const Timeline timeline = packets.run(plan), flows = fluid.run(plan);
  EXPECT_EQ(timeline.layers[LayerId{1}].finish, flows.layers[LayerId{1}].finish);
  EXPECT_NEAR(seconds(flows.legs.at(0).finish), 1.2e-3 + 0.424e-3, 1e-9);
  EXPECT_NEAR(seconds(timeline.legs.at(0).finish), 1.2e-3 + 0.424e-3, 1e-6);
}

// Five switches in a ring, room for one packet on each way, and five copies that all go two links
// onwards: each holds the room that the one before it needs.
void expect_deadlock(test::Machine machine) {
  std::vector<SwitchId> nodes;
  std::vector<MemoryId> memories;
  for (int i = 0; i < 5; ++i) {
    const std::string number = std::to_string(i);
    memories.push_back(machine.memory("m" + number, Bandwidth{100'000'000'000}));
    machine.processor("p" + number, memories.back());
    machine.engine("dma" + number, memories.back(), Time{0}, Direction::Out);
    nodes.push_back(machine.node("s" + number));
    machine.link("up" + number, memories.back(), nodes.back(), Bandwidth{1'000'000'000});
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const LinkId ring = machine.link("ring" + std::to_string(i), nodes[i], nodes[(i + 1) % 5],
                                     Bandwidth{1'000'000'000}, 100ns);
    machine.parts.links[ring].credits = Bytes{272};
  }
  const Hardware hardware = machine.build();
  test::Graph graph;
  std::vector<TensorId> made;
  for (int i = 0; i < 5; ++i) made.push_back(graph.layer("t" + std::to_string(i), {}, Bytes{4096}));
  for (std::size_t i = 0; i < 5; ++i) {
    graph.layer("u" + std::to_string(i), {made[(i + 3) % 5]}, Bytes{1});
  }
  const Network network = graph.build();
  CostTable costs(10, 5);
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId processor : ids<ProcessorId>(5)) {
      LayerCost cost;
      cost.time = 1us;
      costs.set(layer, processor, cost);
    }
  }
  const Plan plan = test::plan_of(network, hardware, {{0, 5}, {1, 6}, {2, 7}, {3, 8}, {4, 9}});
  sim::Simulator packets(network, hardware, costs, kPackets);
  try {
    packets.run(plan);
    FAIL() << "it ends";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_THAT(text, testing::HasSubstr("deadlock"));
    for (int i = 0; i < 5; ++i) {
      EXPECT_THAT(text, testing::HasSubstr(fmt::format(
                            "tensor t{} from m{} to m{} waits at ring{}> for room that is held by "
                            "tensor t{} from m{} to m{} at ring{}>",
                            i, i, (i + 2) % 5, (i + 1) % 5, (i + 1) % 5, (i + 1) % 5, (i + 3) % 5,
                            (i + 2) % 5)));
    }
    EXPECT_THAT(text, testing::HasSubstr("layer u"));
  }
}

TEST(PacketSimulationTest, ADeadlockNamesWhoWaitsForWhom) { expect_deadlock({}); }

// Others who come again and again do not keep such a run from ending.
TEST(PacketSimulationTest, ADeadlockEndsWhileOthersComeAndGo) {
  test::Machine machine;
  machine.parts.load.push_back({"others", BusyShare{ProcessorId{0}, 0.5}, 5us, 6us, 10us, {}});
  expect_deadlock(machine);
}

// 1,024,000 B to three memories, over a link of 1 GB/s, then two such and one of half of that. The
// packets of the fast branches come as much sooner as the switch has room for: four packets and
// those of a round trip, of 512 ns each on the slow branch.
TEST(PacketSimulationTest, AMulticastTakesAsLongAsInFluid) {
  test::Machine machine;
  const SwitchId node = machine.node("switch", 50ns);
  machine.parts.switches[node].multicast = true;
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    const MemoryId memory = machine.memory("m" + number, Bandwidth{100'000'000'000});
    machine.processor("p" + number, memory);
    machine.link("l" + number, memory, node, Bandwidth{i == 2 ? 500'000'000 : 1'000'000'000},
                 i * 100ns);
  }
  machine.engine("dma", MemoryId{0}, 1us);
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1'024'000});
  const TensorId b = graph.layer("b", {}, Bytes{1'024});
  for (const char* name : {"c", "d", "e"}) graph.layer(name, {a, b}, Bytes{1});
  const Network network = graph.build();
  CostTable costs(5, 4);
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(4)) {
      costs.set(layer, p, LayerCost{1us, Bytes{}, CostSource::Given});
    }
  }
  const Plan plan = test::plan_of(network, hardware, {{0, 1}, {2}, {3}, {4}});
  ASSERT_EQ(Multicasts(network, hardware, plan).all().size(), 2u);
  sim::Simulator packets(network, hardware, costs, kPackets);
  sim::Simulator fluid(network, hardware, costs);
  const Timeline copies = packets.run(plan), flows = fluid.run(plan);
  EXPECT_THAT(violations(copies, network, hardware, plan), testing::IsEmpty());
  EXPECT_EQ(flows.legs[1].finish, 2us + 2048us + 250ns);
  for (const std::size_t leg : {0u, 1u, 2u}) {
    EXPECT_GE(copies.legs[leg].finish, flows.legs[leg].finish - 8 * 512ns) << leg;
    EXPECT_LE(copies.legs[leg].finish, flows.legs[leg].finish + 4 * 32ns) << leg;
  }
  EXPECT_LE(abs(copies.legs[1].finish - flows.legs[1].finish), 4 * 32ns) << "the slow one";
  // The engine is free when all has passed the slow branch.
  EXPECT_LE(abs(copies.legs[3].start - flows.legs[3].start), 1us);
  EXPECT_EQ(packets.packet_bytes(hardware.channels_of(LinkId{0})[0]), 1'024'000 + 1'024);
}

}  // namespace
}  // namespace partita
