// The rules of evaluate.h, one by one, with times that can be worked out by hand: links of 1 GB/s
// move 1000 B in 1 us.
#include "models/evaluate/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;

constexpr Bandwidth kWide{100'000'000'000};  // never the narrowest
constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr Bytes kKilobyte{1000};

LayerId layer(int number) { return static_cast<LayerId>(number); }

struct Interval {
  Time start, finish;
  friend bool operator==(const Interval&, const Interval&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Interval& interval) {
    return out << interval.start.count() << " - " << interval.finish.count() << " ps";
  }
};

// A plan that has been run, and checked by the independent checker too.
struct Evaluation {
  Evaluation(Graph& graph, const Machine& machine, const CostTable& costs,
             const std::vector<std::vector<int>>& orders)
      : network(graph.build()), hardware(machine.build()) {
    const Plan plan = plan_of(network, hardware, orders);
    timeline = Evaluator(network, hardware, costs).run(plan);
    EXPECT_THAT(violations(timeline, network, hardware, plan), testing::IsEmpty());
  }

  Interval at(int number) const {
    const LayerSpan& span = timeline.layers[layer(number)];
    return {span.start, span.finish};
  }
  const LegSpan& leg(std::size_t number) const { return timeline.legs.at(number); }
  std::int64_t peak(MemoryId memory) const { return timeline.memory_peak[memory].value; }

  Network network;
  Hardware hardware;
  Timeline timeline;
};

// Two processors, p0 on m0 and p1 on m1, joined by a link with 2 us of latency.
struct Pair : Machine {
  explicit Pair(bool full_duplex = true) { link("link", m0, m1, kGigabyte, 2us, full_duplex); }

  MemoryId m0 = memory("m0", kWide), m1 = memory("m1", kWide);
  ProcessorId p0 = processor("p0", m0), p1 = processor("p1", m1);
};

TEST(Evaluate, AChainOnOneProcessor) {
  Machine machine;
  machine.parts.processors[machine.processor("p0", machine.memory("m0", kWide))].launch_overhead =
      1us;
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, kKilobyte)}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{3us}, {5us}}), {{0, 1}});
  EXPECT_EQ(run.at(0), (Interval{0us, 4us}));
  EXPECT_EQ(run.at(1), (Interval{4us, 10us}));
  EXPECT_EQ(run.timeline.makespan, 10us);
}

// a (p0, 4 us) feeds b (p0, 3 us) and c (p1, 5 us); d (p0, 2 us) joins them.
struct ForkJoin : Graph {
  ForkJoin() {
    const TensorId a = layer("a", {}, kKilobyte);
    const TensorId b = layer("b", {a}, kKilobyte);
    const TensorId c = layer("c", {a}, Bytes{2000});
    layer("d", {b, c}, kKilobyte);
  }
};
const CostTable kForkJoinCosts = costs_of({{4us, 4us}, {3us, 3us}, {5us, 5us}, {2us, 2us}});

TEST(Evaluate, AForkAndAJoinOverEngines) {
  Pair machine;
  const EngineId e0 = machine.engine("e0", machine.m0, 1us);
  const EngineId e1 = machine.engine("e1", machine.m1);
  ForkJoin graph;
  const Evaluation run(graph, machine, kForkJoinCosts, {{0, 1, 3}, {2}});
  // a's result: queued 4, set-up to 5, 1000 B to 6, arrives 2 us later.
  EXPECT_EQ(run.leg(0), (LegSpan{0, 0, e0, std::nullopt, 4us, 4us, 5us, 8us}));
  EXPECT_EQ(run.at(1), (Interval{4us, 7us}));
  EXPECT_EQ(run.at(2), (Interval{8us, 13us}));
  // c's result: 2000 B from 13 to 15, arrives at 17.
  EXPECT_EQ(run.leg(1), (LegSpan{1, 0, e1, std::nullopt, 13us, 13us, 13us, 17us}));
  EXPECT_EQ(run.at(3), (Interval{17us, 19us}));
  EXPECT_EQ(run.timeline.makespan, 19us);
}

// Three results of 1000 B are queued at 1 us and a picosecond after each other; one layer on p1
// reads them all.
struct ThreeCopies : Graph {
  ThreeCopies() {
    for (int i = 0; i < 3; ++i) {
      sent.push_back(layer("a" + std::to_string(i), {}, kKilobyte));
    }
    layer("end", sent, kKilobyte);
  }
  std::vector<TensorId> sent;
};
const CostTable kThreeCopies = costs_of({{1us, 1us}, {1_ps, 1_ps}, {1_ps, 1_ps}, {1us, 1us}});

// a reads x, b reads the weights w and v, c reads w again.
struct ColdStart : Machine {
  ColdStart() {
    parts.host = host;
    engine("dma", host, 1us);
    link("link", host, m0, kGigabyte);
  }
  MemoryId host = memory("host", kWide), m0 = memory("m0", kWide);
  ProcessorId p0 = processor("p0", m0);
};
struct WithWeights : Graph {
  WithWeights() {
    const TensorId w = weight("w", Bytes{2000}), v = weight("v", Bytes{3000});
    weight("unread", Bytes{500});
    const TensorId x = input("x", kKilobyte);
    const TensorId a = layer("a", {x}, kKilobyte);
    const TensorId b = layer("b", {a, v, w}, kKilobyte);
    output(layer("c", {b, w}, kKilobyte));
  }
};

TEST(Evaluate, AColdStartLoadsWeightsInTheOrderOfTheirReaders) {
  const ColdStart machine;
  WithWeights graph;
  const Hardware hardware = machine.build();
  const Network warm = graph.build();
  const Network cold = with_cold_weights(warm);
  const CostTable costs = costs_of({{1us}, {1us}, {1us}});
  const Plan plan = plan_of(warm, hardware, {{0, 1, 2}});
  const Plan cold_plan = std::get<Plan>(with_cold_start(cold, hardware, plan));
  Evaluator evaluator(cold, hardware, costs);
  const Timeline& timeline = evaluator.run(cold_plan);
  EXPECT_THAT(violations(timeline, cold, hardware, cold_plan), testing::IsEmpty());
  ASSERT_EQ(timeline.legs.size(), 4u);
  // x: set-up to 1, data to 2. w (numbered before v): set-up to 3, data to 5. v: to 6, to 9.
  EXPECT_EQ(timeline.legs[0].finish, 2us);
  EXPECT_EQ(timeline.legs[1].finish, 5us);
  EXPECT_EQ(timeline.legs[2].finish, 9us);
  EXPECT_EQ(timeline.layers[layer(0)].start, 2us);
  EXPECT_EQ(timeline.layers[layer(1)].start, 9us);
  EXPECT_EQ(timeline.layers[layer(2)].finish, 11us);
  // In m0 at c's start: w, v (kept for the next inference), b, c. In the host's: x, w, v from the
  // start; c's result comes when x has gone.
  EXPECT_EQ(timeline.memory_peak[machine.m0], Bytes{7000});
  EXPECT_EQ(timeline.memory_peak[machine.host], Bytes{6000});

  // An input keeps its priority.
  std::vector<Transfer> transfers = plan.transfers();
  transfers.at(0).priority = 3;
  const Plan urgent = with_transfer_order(warm, plan, transfers);
  const Plan cold_urgent = std::get<Plan>(with_cold_start(cold, hardware, urgent));
  std::vector<std::int32_t> priorities;
  for (const Transfer& each : cold_urgent.transfers()) priorities.push_back(each.priority);
  EXPECT_THAT(priorities, testing::ElementsAre(3, 0, 0, 0));  // x, w, v, c

  // Warm, a waits for x alone, and the host holds no weights.
  const Timeline at_once = Evaluator(warm, hardware, costs).run(plan);
  EXPECT_EQ(at_once.layers[layer(2)].finish, 5us);
  EXPECT_EQ(at_once.memory_peak[machine.host], kKilobyte);
}

// Two channels: the copies queued at 1 us and a picosecond later share the link, the third waits
// for a channel.
TEST(Evaluate, TheChannelsOfAnEngineShareTheLink) {
  Pair machine;
  machine.parts.engines[machine.engine("e0", machine.m0, 1us)].channels = 2;
  ThreeCopies graph;
  const Evaluation run(graph, machine, kThreeCopies, {{0, 1, 2}, {3}});
  // The first moves alone for a picosecond (1000 B at 1 GB/s are 10^6 ps), then both at half speed:
  // it has 999,999 ps of work left, and ends 1,999,998 ps later.
  EXPECT_EQ(run.leg(0).start, 1us);
  EXPECT_EQ(run.leg(0).data, 2us);
  EXPECT_EQ(run.leg(0).finish, 4us - 1_ps + 2us);
  EXPECT_EQ(run.leg(1).start, 1us + 1_ps);
  EXPECT_EQ(run.leg(1).data, 2us + 1_ps);
  // The third: queued at 1 us + 2 ps, starts when the first one's data has left.
  EXPECT_EQ(run.leg(2).queued, 1us + 2_ps);
  EXPECT_EQ(run.leg(2).start, 4us - 1_ps);
  // The second was left alone with 1 ps of work.
  EXPECT_EQ(run.leg(1).finish, 4us + 2us);
  EXPECT_EQ(run.leg(2).finish, 4us - 1_ps + 1us + 1us + 2us);
}

// Three channels: nobody waits.
TEST(Evaluate, AsManyCopiesAsChannelsStartAtOnce) {
  Pair machine;
  machine.parts.engines[machine.engine("e0", machine.m0, 1us)].channels = 3;
  ThreeCopies graph;
  const Evaluation run(graph, machine, kThreeCopies, {{0, 1, 2}, {3}});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(run.leg(i).start, run.leg(i).queued) << i;
}

// Completion 500 ns: the channel is held that long after the data, and the layer that needs the
// copy waits as well.
TEST(Evaluate, CompletionHoldsTheChannelAndTheConsumer) {
  Pair machine;
  machine.parts.engines[machine.engine("e0", machine.m0, 1us)].completion = 500ns;
  ThreeCopies graph;
  const Evaluation run(graph, machine, kThreeCopies, {{0, 1, 2}, {3}});
  // Set-up 1 to 2, data to 3, completion to 3.5, arrives at 5.5.
  EXPECT_EQ(run.leg(0).finish, 5500ns);
  EXPECT_EQ(run.leg(1).start, 3500ns);
  EXPECT_EQ(run.leg(2).start, 6us);
  EXPECT_EQ(run.leg(2).finish, 8500ns + 2us);
  EXPECT_EQ(run.at(3), (Interval{10500ns, 11500ns}));
}

// An empty tensor is a copy too: set-up, 1 ps, completion.
TEST(Evaluate, AnEmptyCopyIsCompletedToo) {
  Pair machine;
  const EngineId engine = machine.engine("e0", machine.m0, 1us);
  machine.parts.engines[engine].completion = 500ns;
  machine.parts.engines[engine].chunk = Bytes{100};
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{0})}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{1us, 1us}, {1us, 1us}}), {{0}, {1}});
  EXPECT_EQ(run.leg(0).finish, 1us + 1us + 1_ps + 500ns + 2us);
}

// Chunks of 500 B: 1000 B are two descriptors, 1001 B are three, 500 B are one.
TEST(Evaluate, EachDescriptorPaysItsSetUp) {
  for (const auto& [size, setups] : {std::pair{1000, 2}, {1001, 3}, {500, 1}, {501, 2}, {1, 1}}) {
    Pair machine;
    machine.parts.engines[machine.engine("e0", machine.m0, 1us)].chunk = Bytes{500};
    Graph graph;
    graph.layer("b", {graph.layer("a", {}, Bytes{size})}, kKilobyte);
    const Evaluation run(graph, machine, costs_of({{1us, 1us}, {1us, 1us}}), {{0}, {1}});
    EXPECT_EQ(run.leg(0).data, 1us + setups * 1us) << size;
    EXPECT_EQ(run.leg(0).finish, 1us + setups * 1us + size * 1ns + 2us) << size;
  }
}

// A tiny chunk of a large tensor takes more set-up than time can hold: an error, not a wrap.
TEST(Evaluate, SetUpsSaturate) {
  EngineSpec engine;
  engine.setup = 1000us;
  engine.chunk = Bytes{1};
  EXPECT_EQ(engine.descriptors(test::kLarge), test::kLarge.value);
  EXPECT_EQ(engine.setup_of(test::kLarge), Time::max());
  EXPECT_EQ(engine.setup_of(Bytes{3}), 3000us);
}

TEST(Evaluate, AProcessorWithoutAnEngineCopiesBeforeItGoesOn) {
  Pair machine;
  machine.parts.processors[machine.p0].copy_setup = 1us;
  ForkJoin graph;
  const Evaluation run(graph, machine, kForkJoinCosts, {{0, 1, 3}, {2}});
  // p0 copies from 4 to 8 (set-up 1, data 1, latency 2), and only then runs b.
  EXPECT_EQ(run.leg(0), (LegSpan{0, 0, std::nullopt, machine.p0, 4us, 4us, 5us, 8us}));
  EXPECT_EQ(run.at(1), (Interval{8us, 11us}));
  EXPECT_EQ(run.at(2), (Interval{8us, 13us}));
  EXPECT_EQ(run.at(3), (Interval{17us, 19us}));
}

// a (4 us) and b (7 us) on two streams; both start at 0.
Evaluation on_two_streams(double share) {
  Machine machine;
  ProcessorSpec& spec =
      machine.parts.processors[machine.processor("p0", machine.memory("m0", kWide))];
  spec.streams = 2;
  spec.stream_share = share;
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  return Evaluation(graph, machine, costs_of({{4us}, {7us}}), {{0, 1}});
}

// Half as fast until a ends at 8; then b, which has done 4 of 7, is alone.
TEST(Evaluate, TwoStreamsOfAWholeProcessorHalveEachOther) {
  const Evaluation run = on_two_streams(1);
  EXPECT_EQ(run.at(0), (Interval{0us, 8us}));
  EXPECT_EQ(run.at(1), (Interval{0us, 11us}));
}

// Together they ask for 1.25 of the processor.
TEST(Evaluate, StreamsThatAskForMoreThanTheProcessorShareIt) {
  const Evaluation run = on_two_streams(0.625);
  EXPECT_EQ(run.at(0), (Interval{0us, 5us}));
  EXPECT_EQ(run.at(1), (Interval{0us, 8us}));
}

// Exactly the whole is enough for both; two millionths more are not. Work is counted in 10^9 units
// a second, of which floor(10^9 / 1.000002) = 999,998,000 are done: a's 4 us take 4,000,008.00002
// ps, rounded up.
TEST(Evaluate, StreamsThatAskForTheWholeDoNotSlowEachOtherDown) {
  const Evaluation fits = on_two_streams(0.5);
  EXPECT_EQ(fits.at(0), (Interval{0us, 4us}));
  EXPECT_EQ(fits.at(1), (Interval{0us, 7us}));
  const Evaluation crowded = on_two_streams(0.500001);
  EXPECT_EQ(crowded.at(0).finish, 4us + 9_ps);
}

// Two layers that each ask for all of the memory's bandwidth would halve each other anyway: sharing
// the processor too costs nothing more.
TEST(Evaluate, LayersThatWaitForMemoryDoNotPayTwice) {
  Machine machine;
  ProcessorSpec& spec =
      machine.parts.processors[machine.processor("p0", machine.memory("m0", kGigabyte))];
  spec.streams = 2;
  spec.stream_share = 1;
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  CostTable costs = costs_of({{4us}, {4us}});
  for (const int number : {0, 1}) {
    costs.set(layer(number), ProcessorId{0}, LayerCost{4us, Bytes{4000}});
  }
  const Evaluation run(graph, machine, costs, {{0, 1}});
  EXPECT_EQ(run.at(0), (Interval{0us, 8us}));
  EXPECT_EQ(run.at(1), (Interval{0us, 8us}));
}

// Streams: a (4 us) and b (7 us) run together; a's copy must wait until b has ended as well, but c
// need not.
TEST(Evaluate, ACopyWaitsUntilNoLayerOfTheProcessorRuns) {
  Pair machine;
  machine.parts.processors[machine.p0].streams = 2;
  Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  graph.layer("c", {}, kKilobyte);
  graph.layer("d", {a}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{4us, 4us}, {7us, 7us}, {1us, 1us}, {1us, 1us}}),
                       {{0, 1, 2}, {3}});
  EXPECT_EQ(run.at(2), (Interval{4us, 5us}));
  EXPECT_EQ(run.leg(0), (LegSpan{0, 0, std::nullopt, machine.p0, 4us, 7us, 7us, 10us}));
  EXPECT_EQ(run.at(3), (Interval{10us, 11us}));
}

// The tensor's producer copies, not the first processor of the memory; but where no processor sits
// on the source, the first on the destination.
TEST(Evaluate, WhoCopiesWithoutEngines) {
  Pair machine;
  const ProcessorId second = machine.processor("p2", machine.m0);
  const MemoryId host = machine.memory("host", kWide);
  machine.parts.host = host;
  machine.link("up", host, machine.m0, kGigabyte);
  Graph graph;
  const TensorId x = graph.input("x", kKilobyte);
  graph.layer("b", {graph.layer("a", {x}, kKilobyte)}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{1us, 1us, 1us}, {1us, 1us, 1us}}),
                       {{}, {1}, {0}});
  EXPECT_EQ(run.leg(0).copier, machine.p0);  // x, from the host
  EXPECT_EQ(run.leg(1).copier, second);      // a's result
}

// a and b end at the same instant and share one engine: the transfer of the lower index goes first.
TEST(Evaluate, AnEngineServesTiesInPlanOrder) {
  Pair machine;
  machine.processor("p2", machine.m0);
  machine.engine("e0", machine.m0);
  Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  const TensorId b = graph.layer("b", {}, kKilobyte);
  graph.layer("c", {b}, kKilobyte);
  graph.layer("d", {a}, kKilobyte);
  const Evaluation run(
      graph, machine,
      costs_of({{4us, 4us, 4us}, {4us, 4us, 4us}, {1us, 1us, 1us}, {1us, 1us, 1us}}),
      {{1}, {2, 3}, {0}});
  EXPECT_EQ(run.leg(0).start, 4us);
  EXPECT_EQ(run.leg(1).start, 5us);
  EXPECT_EQ(run.leg(1).queued, 4us);
  EXPECT_EQ(run.at(2), (Interval{8us, 9us}));
}

// What was queued earlier goes first, whatever its index: b ends at 3, a at 4, while c's copy holds
// the engine to 6.
TEST(Evaluate, AnEngineServesTheFirstQueuedFirst) {
  Pair machine;
  machine.processor("p2", machine.m0);
  machine.processor("p3", machine.m0);
  machine.engine("e0", machine.m0);
  Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  const TensorId b = graph.layer("b", {}, kKilobyte);
  const TensorId c = graph.layer("c", {}, Bytes{5000});
  graph.layer("d", {a, b, c}, kKilobyte);
  const Evaluation run(
      graph, machine,
      costs_of(
          {{4us, 4us, 4us, 4us}, {3us, 3us, 3us, 3us}, {1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}}),
      {{0}, {3}, {1}, {2}});
  EXPECT_EQ(run.leg(2).start, 1us);
  EXPECT_EQ(run.leg(1).start, 6us);
  EXPECT_EQ(run.leg(0).start, 7us);
}

// m0 and m1 meet only in the host's memory: two legs, the second queued when the first has arrived.
TEST(Evaluate, StagingThroughTheHost) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", kWide), m1 = machine.memory("m1", kWide);
  const MemoryId host = machine.memory("host", kWide);
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  const EngineId e0 = machine.engine("e0", m0, 1us), e1 = machine.engine("e1", m1, 3us);
  machine.link("l0", m0, host, kGigabyte, 2us);
  machine.link("l1", host, m1, kGigabyte, 5us);
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, kKilobyte)}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{4us, 4us}, {1us, 1us}}), {{0}, {1}});
  EXPECT_EQ(run.leg(0), (LegSpan{0, 0, e0, std::nullopt, 4us, 4us, 5us, 8us}));
  // Nobody copies out of the host, so m1's engine fetches: 8 + 3 + 1 + 5.
  EXPECT_EQ(run.leg(1), (LegSpan{0, 1, e1, std::nullopt, 8us, 8us, 11us, 17us}));
  EXPECT_EQ(run.at(1), (Interval{17us, 18us}));
  EXPECT_EQ(run.peak(host), 1000);
}

// A switch without peer-to-peer: from m0 up to the host (2 + 1 + 2 us of latency) and down again.
TEST(Evaluate, ASwitchWithoutPeerToPeerSendsEverythingUp) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", kWide), m1 = machine.memory("m1", kWide);
  const MemoryId host = machine.memory("host", kWide);
  const SwitchId node = machine.node("switch", 1us);
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.engine("e0", m0);
  machine.engine("e1", m1);
  const LinkId up = machine.link("up", host, node, kGigabyte, 2us);
  machine.link("l0", m0, node, kGigabyte, 2us);
  machine.link("l1", m1, node, kGigabyte, 2us);
  Graph peer_graph, staged_graph;
  for (Graph* graph : {&peer_graph, &staged_graph}) {
    graph->layer("b", {graph->layer("a", {}, kKilobyte)}, kKilobyte);
  }
  const CostTable costs = costs_of({{4us, 4us}, {1us, 1us}});
  const Evaluation peer(peer_graph, machine, costs, {{0}, {1}});
  EXPECT_EQ(peer.at(1).start, 10us);  // 4 + 1 + 5
  machine.parts.switches[node].peer_to_peer = false;
  machine.parts.switches[node].upstream = up;
  const Evaluation staged(staged_graph, machine, costs, {{0}, {1}});
  EXPECT_EQ(staged.leg(1).queued, 10us);
  EXPECT_EQ(staged.at(1).start, 16us);  // 4 + 2 * (1 + 5)
}

// Layers on one memory of 10 GB/s. a: 10 us that ask for all of it.
TEST(Evaluate, LayersShareTheBandwidthOfTheirMemory) {
  Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{10'000'000'000});
  machine.processor("p0", memory);
  machine.processor("p1", memory);
  CostTable costs(2, 2);
  const auto ask = [&](int number, std::int64_t traffic) {
    for (const ProcessorId p : ids<ProcessorId>(2)) {
      costs.set(layer(number), p, LayerCost{10us, Bytes{traffic}, CostSource::Given});
    }
  };
  const auto run = [&] {
    Graph graph;
    graph.layer("a", {}, kKilobyte);
    graph.layer("b", {}, kKilobyte);
    return Evaluation(graph, machine, costs, {{0}, {1}});
  };
  ask(0, 100'000);
  ask(1, 100'000);
  EXPECT_EQ(run().at(0), (Interval{0us, 20us}));  // half the bandwidth each
  EXPECT_EQ(run().at(1), (Interval{0us, 20us}));
  ask(1, 20'000);
  // b takes its 2 GB/s and ends at 10; a has had 8 GB/s, and moves its last 20 kB in 2 us.
  EXPECT_EQ(run().at(1), (Interval{0us, 10us}));
  EXPECT_EQ(run().at(0), (Interval{0us, 12us}));
  ask(1, 0);
  EXPECT_EQ(run().at(0), (Interval{0us, 10us}));
}

TEST(Evaluate, APartOfAMemorySharesItsBandwidth) {
  Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{10'000'000'000});
  machine.processor("p0", memory);
  machine.processor("p1", machine.part("part", memory));
  CostTable costs(2, 2);
  for (const int number : {0, 1}) {
    for (const ProcessorId p : ids<ProcessorId>(2)) {
      costs.set(layer(number), p, LayerCost{10us, Bytes{100'000}, CostSource::Given});
    }
  }
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  EXPECT_EQ(Evaluation(graph, machine, costs, {{0}, {1}}).at(0), (Interval{0us, 20us}));
}

// Slowdown 1.5. a (10 us) and b (4 us) together run at 2/3: b ends at 6, when a has 6 of its 10 us
// left.
TEST(Evaluate, ProcessorsOfAPackageSlowEachOtherDown) {
  Machine machine;
  const ProcessorId p0 = machine.processor("p0", machine.memory("m0", kWide));
  const ProcessorId p1 = machine.processor("p1", machine.memory("m1", kWide));
  const ProcessorId p2 = machine.processor("p2", machine.memory("m2", kWide));
  machine.package(1.5, {p0, p1});
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  graph.layer("c", {}, kKilobyte);
  const CostTable costs = costs_of({{10us, 10us, 10us}, {4us, 4us, 4us}, {4us, 4us, 4us}});
  {
    const Evaluation run(graph, machine, costs, {{0}, {1}, {2}});
    // Two thirds of a whole rate are rounded down, which costs a picosecond.
    EXPECT_EQ(run.at(1), (Interval{0us, Time{6us} + 1_ps}));
    EXPECT_EQ(run.at(0), (Interval{0us, Time{12us} + 1_ps}));
    EXPECT_EQ(run.at(2), (Interval{0us, 4us}));  // of no package
  }
  // Three of them run at half speed: b and c end at 8, a has 6 us left.
  machine.parts.processors[p2].package = 0;
  const Evaluation run(graph, machine, costs, {{0}, {1}, {2}});
  EXPECT_EQ(run.at(2), (Interval{0us, 8us}));
  EXPECT_EQ(run.at(0), (Interval{0us, 14us}));
}

// Both processors send 1000 B at 4 us, against each other.
TEST(Evaluate, AHalfDuplexLinkIsSharedByItsDirections) {
  for (const bool full_duplex : {true, false}) {
    Pair machine(full_duplex);
    machine.engine("e0", machine.m0);
    machine.engine("e1", machine.m1);
    Graph graph;
    const TensorId a = graph.layer("a", {}, kKilobyte);
    const TensorId b = graph.layer("b", {}, kKilobyte);
    graph.layer("c", {b}, kKilobyte);
    graph.layer("d", {a}, kKilobyte);
    const Evaluation run(graph, machine, costs_of({{4us, 4us}, {4us, 4us}, {1us, 1us}, {1us, 1us}}),
                         {{0, 2}, {1, 3}});
    const Time arrival = full_duplex ? 7us : 8us;
    EXPECT_EQ(run.at(2).start, arrival);
    EXPECT_EQ(run.at(3).start, arrival);
  }
}

TEST(Evaluate, AGivenTransferTimeIsAPureDelay) {
  Pair machine;
  machine.engine("e0", machine.m0, 1us);
  Graph graph;
  const TensorId a = graph.layer_sent_in(7us, "a", {}, kKilobyte);
  const TensorId b = graph.layer_sent_in(7us, "b", {}, kKilobyte);
  graph.layer("c", {a, b}, kKilobyte);
  graph.layer("d", {a}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{4us, 4us}, {4us, 4us}, {1us, 1us}, {1us, 1us}}),
                       {{0, 1, 3}, {2}});
  EXPECT_EQ(run.leg(0), (LegSpan{0, 0, std::nullopt, std::nullopt, 4us, 4us, 4us, 11us}));
  EXPECT_EQ(run.at(2), (Interval{15us, 16us}));  // b ended at 8
  EXPECT_EQ(run.at(3), (Interval{8us, 9us}));    // not paid on the same processor
}

TEST(Evaluate, AnEmptyTensorTakesAPicosecondOfData) {
  Pair machine;
  machine.engine("e0", machine.m0, 1us);
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{0})}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{4us, 4us}, {1us, 1us}}), {{0}, {1}});
  EXPECT_EQ(run.at(1).start, Time{7us} + 1_ps);  // 4 + set-up 1 + 1 ps + latency 2
}

TEST(Evaluate, StreamsTakeLayersStrictlyInOrder) {
  Machine machine;
  machine.parts.processors[machine.processor("p0", machine.memory("m", kWide))].streams = 2;
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  const TensorId b = graph.layer("b", {}, kKilobyte);
  graph.layer("c", {b}, kKilobyte);
  graph.layer("d", {}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{4us}, {6us}, {3us}, {1us}}), {{0, 1, 2, 3}});
  EXPECT_EQ(run.at(0), (Interval{0us, 4us}));
  EXPECT_EQ(run.at(1), (Interval{0us, 6us}));
  // c waits for b, and holds d back although a stream is free from 4 on. The lowest free stream is
  // taken.
  EXPECT_EQ(run.at(2), (Interval{6us, 9us}));
  EXPECT_EQ(run.at(3), (Interval{6us, 7us}));
  EXPECT_EQ(run.timeline.layers[layer(2)].stream, 0);
  EXPECT_EQ(run.timeline.layers[layer(3)].stream, 1);
}

TEST(Evaluate, InputsStartAndOutputsEndAtTheHost) {
  Pair machine;  // m0 is the host's memory
  machine.parts.host = machine.m0;
  machine.engine("e0", machine.m0);
  machine.engine("e1", machine.m1);
  Graph graph;
  const TensorId x = graph.input("x", kKilobyte);
  graph.output(graph.layer("a", {x}, Bytes{3000}));
  const Evaluation run(graph, machine, costs_of({{4us, 4us}}), {{}, {0}});
  EXPECT_EQ(run.at(0), (Interval{3us, 7us}));  // x: 1 us of data, 2 of latency
  EXPECT_EQ(run.timeline.makespan, 12us);      // the output: 7 + 3 + 2
  EXPECT_EQ(run.peak(machine.m0), 3000);       // x has gone when the output comes
  EXPECT_EQ(run.peak(machine.m1), 4000);
}

TEST(Evaluate, WithoutAHostInputsAreEverywhere) {
  Pair machine;
  machine.engine("e0", machine.m0);
  Graph graph;
  const TensorId x = graph.input("x", kKilobyte);
  graph.layer("a", {x}, kKilobyte);
  graph.output(graph.layer("b", {x}, kKilobyte));
  const Evaluation run(graph, machine, costs_of({{4us, 4us}, {4us, 4us}}), {{0}, {1}});
  EXPECT_TRUE(run.timeline.legs.empty());
  EXPECT_EQ(run.at(1), (Interval{0us, 4us}));
  EXPECT_EQ(run.peak(machine.m1), 2000);
}

// One memory. a: result 100, workspace 7. b: reads a, result 200. c: reads a and b, result 400,
// which is an output. Weights 10 of a and b together, 20 of b.
TEST(Evaluate, MemoryPeaks) {
  Machine machine;
  const MemoryId memory = machine.memory("m", kWide);
  machine.processor("p0", memory);
  Graph graph;
  const TensorId shared = graph.weight("shared", Bytes{10});
  const TensorId own = graph.weight("own", Bytes{20});
  const TensorId a = graph.layer("a", {shared}, Bytes{100}, Bytes{7});
  const TensorId b = graph.layer("b", {shared, own, a}, Bytes{200});
  graph.output(graph.layer("c", {a, b}, Bytes{400}));
  const Evaluation run(graph, machine, costs_of({{1us}, {1us}, {1us}}), {{0, 1, 2}});
  EXPECT_EQ(run.peak(memory), 30 + 100 + 200 + 400);
  EXPECT_EQ(exceeded_capacity(run.timeline, run.hardware), "");

  machine.parts.memories[memory].capacity = Bytes{512};
  EXPECT_EQ(exceeded_capacity(run.timeline, machine.build()),
            "memory m would hold 730 B at its fullest, 218 B more than its 512 B");
}

TEST(Evaluate, AResultThatNobodyReadsIsReleasedAtOnce) {
  Machine machine;
  const MemoryId memory = machine.memory("m", kWide);
  machine.processor("p0", memory);
  Graph graph;
  graph.layer("a", {}, Bytes{100});
  graph.layer("b", {}, Bytes{100});
  EXPECT_EQ(Evaluation(graph, machine, costs_of({{1us}, {1us}}), {{0, 1}}).peak(memory), 100);
}

// A copy of 1000 B takes 5 us by the link's regime: 1 us of data, so 4 us before it, beside the
// engine's 1 us. 500 B are below the regime: 0.5 us.
TEST(Evaluate, ARegimeTellsWhatACopyTakes) {
  for (const auto& [size, data, finish] :
       {std::tuple{Bytes{1000}, 9us, Time{10us}}, std::tuple{Bytes{500}, 5us, Time{5500ns}}}) {
    Pair machine;
    machine.parts.links[LinkId{0}].bandwidth = kGigabyte;
    machine.parts.links[LinkId{0}].latency = Time{0};
    machine.parts.links[LinkId{0}].regimes = {{Bytes{1000}, 5us, Bandwidth{2'000'000'000}}};
    machine.engine("e0", machine.m0, 1us);
    Graph graph;
    graph.layer("b", {graph.layer("a", {}, size)}, kKilobyte);
    const Evaluation result(graph, machine, costs_of({{4us, 4us}, {1us, 1us}}), {{0}, {1}});
    EXPECT_EQ(result.timeline.legs.at(0).data, data);
    EXPECT_EQ(result.timeline.legs.at(0).finish, finish);
  }
}

TEST(Evaluate, APlanBeyondTheEndOfTimeIsAnError) {
  Pair machine;
  machine.parts.links[LinkId{0}].bandwidth = Bandwidth{1};
  machine.engine("e0", machine.m0);
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1'000'000'000})}, kKilobyte);
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = costs_of({{4us, 4us}, {1us, 1us}});
  EXPECT_THROW(Evaluator(network, hardware, costs).run(plan_of(network, hardware, {{0}, {1}})),
               Error);
}

// On random cases the independent checker finds nothing, and an evaluator forgets the plans it has
// run.
TEST(Evaluate, RandomTimelinesAreSound) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    test::CaseOptions options;
    options.ties = seed % 2 == 0;
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Plan plan = test::random_plan(seed, network, hardware);
    const Plan other = test::random_plan(seed + 1, network, hardware);
    Evaluator evaluator(network, hardware, costs);
    const Timeline first = evaluator.run(plan);
    EXPECT_THAT(violations(first, network, hardware, plan), testing::IsEmpty()) << "seed " << seed;
    evaluator.run(other);
    EXPECT_EQ(evaluator.run(plan), first) << "seed " << seed;
  }
}

}  // namespace
}  // namespace partita
