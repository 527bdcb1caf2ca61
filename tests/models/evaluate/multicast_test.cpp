// Copies that switches send on to several outputs, by hand.
#include "models/plan/multicast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "models/timeline/made_copies.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr Bandwidth kWide{1'000'000'000'000'000};
constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr Bytes kKilobyte{1'000};  // 1 us over a link of 1 GB/s

// p0 to p3 on memories of their own, each joined by 1 GB/s to a switch that multicasts. Latencies
// of the links: 1, 2, 3 and 4 us; of the switch: none. The engine of m0 has 1 us of set-up.
struct Star : test::Machine {
  explicit Star(int processors = 4) {
    parts.switches[hub].multicast = true;
    for (int i = 0; i < processors; ++i) {
      const std::string number = std::to_string(i);
      m.push_back(memory("m" + number, kWide));
      processor("p" + number, m.back());
      link("l" + number, m.back(), hub, kGigabyte, 1us + i * 1us);
    }
  }
  LinkSpec& wire(std::uint32_t i) { return parts.links[LinkId{i}]; }
  EngineSpec& add_engine() { return parts.engines[engine("dma", m[0], 1us)]; }

  const SwitchId hub = node("hub");
  std::vector<MemoryId> m;
};

// a on p0; b, c and d read its result on p1, p2 and p3. All layers take 1 us.
struct Readers : test::Graph {
  explicit Readers(Bytes size = kKilobyte, int count = 3) {
    const TensorId a = layer("a", {}, size);
    for (int i = 0; i < count; ++i) layer(std::string(1, static_cast<char>('b' + i)), {a}, {});
  }
};

struct Execution {
  Execution(const test::Machine& machine, test::Graph& graph,
            const std::vector<std::vector<int>>& orders,
            const std::vector<std::int32_t>& priorities = {})
      : hardware(machine.build()), network(graph.build()) {
    CostTable costs(network.layer_count(), hardware.processors().size());
    for (const LayerId layer : network.layers()) {
      for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
        costs.set(layer, p, LayerCost{1us, Bytes{}, CostSource::Given});
      }
    }
    plan = test::plan_of(network, hardware, orders);
    std::vector<Transfer> transfers = plan->transfers();
    for (std::size_t i = 0; i < priorities.size(); ++i) transfers[i].priority = priorities[i];
    plan = with_transfer_order(network, *plan, transfers);
    timeline = Evaluator(network, hardware, costs).run(*plan);
    EXPECT_THAT(violations(timeline, network, hardware, *plan), testing::IsEmpty());
    multicasts = Multicasts(network, hardware, *plan);
  }
  const LegSpan& leg(std::size_t i) const { return timeline.legs[i]; }

  Hardware hardware;
  Network network;
  std::optional<Plan> plan;
  Timeline timeline;
  Multicasts multicasts;
};

const std::vector<std::vector<int>> kEach{{0}, {1}, {2}, {3}};

// One set-up (1 to 2 us), and the data crosses m0's link once (2 to 3); then 1 us of l0 and 2, 3
// and 4 us of the others.
TEST(Multicast, IsOneCopyThatArrivesEverywhere) {
  Star machine;
  machine.add_engine();
  Readers graph;
  const Execution run(machine, graph, kEach);
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  EXPECT_EQ(run.multicasts.all().front().way.channels.size(), 8u);  // m0 l0> l1< m1 l2< m2 l3< m3
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(run.leg(i).queued, 1us);
    EXPECT_EQ(run.leg(i).start, 1us);
    EXPECT_EQ(run.leg(i).data, 2us);
  }
  EXPECT_EQ(run.leg(0).finish, 3us + 1us + 2us);
  EXPECT_EQ(run.leg(1).finish, 3us + 1us + 3us);
  EXPECT_EQ(run.leg(2).finish, 3us + 1us + 4us);
}

// Without it three copies one behind the other: 1 us of set-up and 1 us of data each.
TEST(Multicast, NeedsASwitchThatCan) {
  Star machine;
  machine.parts.switches[machine.hub].multicast = false;
  machine.add_engine();
  Readers graph;
  const Execution run(machine, graph, kEach);
  EXPECT_TRUE(run.multicasts.all().empty());
  EXPECT_EQ(run.leg(0).finish, 3us + 3us);
  EXPECT_EQ(run.leg(1).finish, 5us + 4us);
  EXPECT_EQ(run.leg(2).finish, 7us + 5us);
}

// A quarter of the rate over l2: everybody waits for it, and 4 us of data end at 6 us.
TEST(Multicast, IsAsFastAsItsSlowestBranch) {
  Star machine;
  machine.wire(2).bandwidth = Bandwidth{250'000'000};
  machine.add_engine();
  Readers graph;
  const Execution run(machine, graph, kEach);
  EXPECT_EQ(run.leg(0).finish, 6us + 3us);
  EXPECT_EQ(run.leg(1).finish, 6us + 4us);
  EXPECT_EQ(run.leg(2).finish, 6us + 5us);
}

// Two tensors: the second is set up when the data of the first has left: 3 to 4, data to 5.
TEST(Multicast, TakesOnePlaceInTheQueue) {
  Star machine;
  machine.add_engine();
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  const TensorId b = graph.layer("b", {}, kKilobyte);
  for (const char* name : {"c", "d", "e"}) graph.layer(name, {a, b}, {});
  machine.parts.processors[ProcessorId{0}].streams = 2;
  const Execution run(machine, graph, {{0, 1}, {2}, {3}, {4}});
  ASSERT_EQ(run.multicasts.all().size(), 2u);
  for (std::size_t i = 3; i < 6; ++i) {
    EXPECT_EQ(run.leg(i).queued, 1us);
    EXPECT_EQ(run.leg(i).start, 3us);
    EXPECT_EQ(run.leg(i).data, 4us);
  }
  EXPECT_EQ(run.leg(5).finish, 5us + 5us);
}

// Two channels: the whole multicast takes one of them. Both share m0's link from 2 us on, and end
// at 4 us.
TEST(Multicast, TakesOneChannelAndOneShare) {
  Star machine;
  machine.add_engine().channels = 2;
  machine.parts.processors[ProcessorId{0}].streams = 2;
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  const TensorId b = graph.layer("b", {}, kKilobyte);
  for (const char* name : {"c", "d", "e"}) graph.layer(name, {a, b}, {});
  const Execution run(machine, graph, {{0, 1}, {2}, {3}, {4}});
  EXPECT_EQ(run.leg(0).finish, 4us + 3us);
  EXPECT_EQ(run.leg(5).finish, 4us + 5us);
}

// p0 copies from 1 us on: set-up to 2, data to 3, and is busy until the last arrival, at 8.
TEST(Multicast, KeepsAProcessorUntilTheLastArrival) {
  Star machine;
  machine.parts.processors[ProcessorId{0}].copy_setup = 1us;
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  for (const char* name : {"b", "c", "d"}) graph.layer(name, {a}, {});
  graph.layer("e", {a}, {});
  const Execution run(machine, graph, {{0, 4}, {1}, {2}, {3}});
  EXPECT_EQ(run.leg(0).copier, ProcessorId{0});
  EXPECT_EQ(run.leg(0).finish, 6us);
  EXPECT_EQ(run.leg(2).finish, 8us);
  EXPECT_EQ(run.timeline.layers[LayerId{4}].start, 8us);
  EXPECT_EQ(run.timeline.makespan, 9us);
}

// p0 goes at 2.5 us, with half of the data sent, and is back at 10: 1 us of set-up, 1 us of data.
TEST(Multicast, IsLostAsAWhole) {
  Star machine;
  machine.parts.processors[ProcessorId{0}].copy_setup = 1us;
  machine.parts.load.push_back({"crash", Lost{ProcessorId{0}}, 2500ns, 10us, {}, {}});
  Readers graph;
  const Execution run(machine, graph, kEach);
  EXPECT_THAT(run.timeline.interrupted,
              testing::ElementsAre(Interruption{ProcessorId{0}, 0, {}, 0u, 1us, 2500ns},
                                   Interruption{ProcessorId{0}, 0, {}, 1u, 1us, 2500ns},
                                   Interruption{ProcessorId{0}, 0, {}, 2u, 1us, 2500ns}));
  EXPECT_EQ(run.leg(0).finish, 12us + 3us);
  EXPECT_EQ(run.leg(2).finish, 12us + 5us);
}

// The one of another priority goes alone, and first: 1 to 3 us. Then the other two.
TEST(Multicast, IsOfOnePriority) {
  Star machine;
  machine.add_engine();
  Readers graph;
  const Execution run(machine, graph, kEach, {0, 1, 0});
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  EXPECT_EQ(run.leg(1).finish, 3us + 4us);
  EXPECT_EQ(run.leg(0).finish, 5us + 3us);
  EXPECT_EQ(run.leg(2).finish, 5us + 5us);
}

// What has a time of its own needs nobody.
TEST(Multicast, IsNoneWhereTheNetworkGivesTimes) {
  Star machine;
  machine.add_engine();
  test::Graph graph;
  const TensorId a = graph.layer_sent_in(7us, "a", {}, kKilobyte);
  for (const char* name : {"b", "c", "d"}) graph.layer(name, {a}, {});
  const Execution run(machine, graph, kEach);
  EXPECT_TRUE(run.multicasts.all().empty());
  EXPECT_EQ(run.leg(2).finish, 8us);
}

TEST(Multicast, OfNothingTakesAPicosecond) {
  Star machine;
  machine.add_engine();
  Readers graph(Bytes{0});
  const Execution run(machine, graph, kEach);
  EXPECT_EQ(run.leg(0).finish, 2us + 1_ps + 3us);
  EXPECT_EQ(run.leg(2).finish, 2us + 1_ps + 5us);
}

// m0 and m1 on the near switch, m2 and m3 on the far one.
struct TwoSwitches : test::Machine {
  TwoSwitches() {
    for (int i = 0; i < 4; ++i) {
      m.push_back(memory("m" + std::to_string(i), kWide));
      processor("p" + std::to_string(i), m.back());
      link("l" + std::to_string(i), m.back(), i < 2 ? near : far, kGigabyte);
    }
    link("between", near, far, kGigabyte);
    engine("dma", m[0], 1us);
  }
  const SwitchId near = node("near"), far = node("far");
  std::vector<MemoryId> m;
};

// Forks at both: m0 l0> l1< m1, between> l2< m2, l3< m3.
TEST(Multicast, ForksAtSeveralSwitches) {
  TwoSwitches machine;
  machine.parts.switches[machine.near].multicast = true;
  machine.parts.switches[machine.far].multicast = true;
  Readers graph;
  const Execution run(machine, graph, kEach);
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  const Multicast& all = run.multicasts.all().front();
  EXPECT_EQ(all.branches[1].parts_at, 2u);
  EXPECT_EQ(all.branches[2].parts_at, 3u);
  EXPECT_EQ(all.way.channels.size(), 4u + 3u + 2u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(run.leg(i).finish, 3us);
}

// Only the near one can: b and c go together (m1 and m2), and d, which would part from c at the
// far one, alone.
TEST(Multicast, ForksOnlyWhereItCan) {
  TwoSwitches machine;
  machine.parts.switches[machine.near].multicast = true;
  machine.parts.links[LinkId{4}].bandwidth = Bandwidth{500'000'000};
  Readers graph;
  const Execution run(machine, graph, kEach);
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  EXPECT_EQ(run.multicasts.all().front().branches.size(), 2u);
  EXPECT_EQ(run.leg(0).finish, 4us);
  EXPECT_EQ(run.leg(1).finish, 4us);
  EXPECT_EQ(run.leg(2).start, 4us);
  EXPECT_EQ(run.leg(2).finish, 7us);
}

// And the other way round: c and d (m2 and m3) together, b alone before them.
TEST(Multicast, ForksBehindASwitchThatCannot) {
  TwoSwitches machine;
  machine.parts.switches[machine.far].multicast = true;
  Readers graph;
  const Execution run(machine, graph, kEach);
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  EXPECT_EQ(run.multicasts.all().front().first(), 1u);
  EXPECT_EQ(run.leg(0).finish, 3us);
  EXPECT_EQ(run.leg(1).start, 3us);
  EXPECT_EQ(run.leg(1).finish, 5us);
  EXPECT_EQ(run.leg(2).finish, 5us);
}

// m1 and m2 are parts of one memory of 1 GB/s, which is written twice: at half the rate.
TEST(Multicast, WritesAMemoryOnceForEachPart) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", kWide), whole = machine.memory("whole", kGigabyte);
  const MemoryId m1 = machine.part("m1", whole), m2 = machine.part("m2", whole);
  const SwitchId hub = machine.node("hub");
  machine.parts.switches[hub].multicast = true;
  for (const MemoryId each : {m0, m1, m2}) {
    const std::string name = machine.parts.memories[each].name;
    machine.processor("p" + name, each);
    machine.link("l" + name, each, hub, kGigabyte);
  }
  machine.engine("dma", m0);
  Readers graph(kKilobyte, 2);
  const Execution run(machine, graph, {{0}, {1}, {2}});
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  EXPECT_EQ(run.leg(0).finish, 1us + 2us);
  EXPECT_EQ(run.leg(1).finish, 1us + 2us);
}

// l1 packs to a half and has the rate of half a link; so nothing is slower, whoever goes along. l2
// has a regime: 5 us for any size at 2 GB/s. Alone that waits 4.5 us; then data flows at l0's 1 GB/s.
TEST(Multicast, HasThePackingAndThePaceOfEach) {
  Star machine;
  machine.wire(1).bandwidth = Bandwidth{500'000'000};
  machine.wire(1).compression = {.ratio = {1, 2, 1}, .rate = kWide};
  machine.wire(2).bandwidth = Bandwidth{4'000'000'000};
  machine.wire(2).regimes = {{Bytes{0}, 4500ns, Bandwidth{2'000'000'000}}};
  machine.add_engine();
  Readers graph;
  const Execution run(machine, graph, kEach);
  ASSERT_EQ(run.multicasts.all().size(), 1u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(run.leg(i).data, 1us + 1us + 4500ns);
  EXPECT_EQ(run.leg(0).finish, 6500ns + 1us + 3us);
  EXPECT_EQ(run.leg(2).finish, 6500ns + 1us + 5us);
}

// An input of the network, and, at a cold start, a weight: from the host to all that read them.
TEST(Multicast, BringsInputsAndColdWeights) {
  Star machine;
  machine.add_engine();
  machine.parts.host = machine.m[0];
  test::Graph graph;
  const TensorId x = graph.input("x", kKilobyte), w = graph.weight("w", kKilobyte);
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {x, w}, {});
  const Hardware hardware = machine.build();
  const Network network = graph.build();
  const Network cold = with_cold_weights(network);
  const Plan warm_plan = test::plan_of(network, hardware, {{}, {0}, {1}, {2}});
  auto made = with_cold_start(cold, hardware, warm_plan);
  const Plan plan = std::get<Plan>(made);
  const CostTable costs =
      test::costs_of({{1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}});
  const Timeline timeline = Evaluator(cold, hardware, costs).run(plan);
  EXPECT_THAT(violations(timeline, cold, hardware, plan), testing::IsEmpty());
  ASSERT_EQ(Multicasts(cold, hardware, plan).all().size(), 2u);
  // x: set up to 1 us, data to 2; w: to 3 and 4.
  EXPECT_EQ(timeline.layers[LayerId{0}].start, 4us + 3us);
  EXPECT_EQ(timeline.layers[LayerId{2}].start, 4us + 5us);
}

// Two requests at 0: the second one's copy waits for the first one's.
TEST(Multicast, OfSeveralRequestsWaitsItsTurn) {
  Star machine;
  machine.add_engine();
  machine.parts.host = machine.m[0];
  test::Graph graph;
  const TensorId x = graph.input("x", kKilobyte);
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {x}, {});
  const Hardware hardware = machine.build();
  const Network network = graph.build();
  const Plan plan = test::plan_of(network, hardware, {{}, {0}, {1}, {2}});
  const CostTable costs =
      test::costs_of({{1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}});
  Workload workload;
  workload.requests = {{Time{0}, &plan}, {Time{0}, &plan}};
  std::vector<Timeline> timelines(2);
  Evaluator evaluator(network, hardware, costs);
  const WorkloadTimeline record = evaluator.run(
      workload,
      [&](std::size_t number, const Timeline& timeline) { timelines[number] = timeline; });
  EXPECT_THAT(violations(record, timelines, network, hardware, workload), testing::IsEmpty());
  EXPECT_EQ(timelines[0].legs[2].finish, 2us + 5us);
  EXPECT_EQ(timelines[1].legs[0].start, 2us);
  EXPECT_EQ(timelines[1].legs[2].finish, 4us + 5us);
}

// Three requests at 0 read one cold weight where their plans say. The first one brings it to m1 and
// m2 as one copy (set up to 1 us, data to 2). The second one waits for that at m2, and brings it to
// m3 and m4 as one copy (to 3 and 4 us). Nothing is left to bring for the third.
TEST(Multicast, OfAColdWeightGoesWhereNoRequestBroughtItYet) {
  Star machine(5);
  machine.add_engine();
  machine.parts.host = machine.m[0];
  test::Graph graph;
  const TensorId w = graph.weight("w", kKilobyte);
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {w}, {});
  const Hardware hardware = machine.build();
  const Network network = with_cold_weights(graph.build());
  const CostTable costs = test::costs_of(
      {{1us, 1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us, 1us}});
  std::vector<Plan> plans;
  for (const std::vector<std::vector<int>>& orders :
       {std::vector<std::vector<int>>{{}, {0, 2}, {1}, {}, {}},
        {{}, {}, {0}, {1}, {2}},
        {{}, {0}, {1}, {}, {2}}}) {
    plans.push_back(test::plan_of(network, hardware, orders));
  }
  Workload workload;
  for (const Plan& plan : plans) workload.requests.push_back({Time{0}, &plan});
  std::vector<Timeline> timelines(3);
  Evaluator evaluator(network, hardware, costs);
  const WorkloadTimeline record = evaluator.run(
      workload,
      [&](std::size_t number, const Timeline& timeline) { timelines[number] = timeline; });
  EXPECT_THAT(violations(record, timelines, network, hardware, workload), testing::IsEmpty());
  const auto destinations = [&](std::size_t request) {
    std::vector<MemoryId> all;
    const Multicasts made = multicasts_in(timelines[request], network, hardware, plans[request]);
    for (const Multicast& one : made.all()) {
      for (const Multicast::Branch& branch : one.branches) {
        all.push_back(plans[request].transfers()[branch.transfer].dst);
      }
    }
    return all;
  };
  using testing::ElementsAre;
  EXPECT_THAT(destinations(0), ElementsAre(machine.m[1], machine.m[2]));
  EXPECT_THAT(destinations(1), ElementsAre(machine.m[3], machine.m[4]));
  EXPECT_THAT(destinations(2), ElementsAre());
  const auto start = [&](std::size_t request, int layer) {
    return timelines[request].layers[static_cast<LayerId>(layer)].start;
  };
  EXPECT_EQ(start(0, 0), 2us + 1us + 2us);        // on m1; the second layer there, 1 us later
  EXPECT_EQ(start(0, 1), 2us + 1us + 3us);        // on m2
  EXPECT_EQ(start(1, 0), 2us + 1us + 3us + 1us);  // there as well, behind the older request
  EXPECT_EQ(start(1, 1), 4us + 1us + 4us);        // on m3
  EXPECT_EQ(start(1, 2), 4us + 1us + 5us);        // on m4
  EXPECT_EQ(start(2, 0), 2us + 1us + 2us + 2us);  // on m1, behind two layers
  EXPECT_EQ(start(2, 1), 2us + 1us + 3us + 2us);  // on m2, behind two layers
  EXPECT_EQ(start(2, 2), 4us + 1us + 5us + 1us);  // on m4, behind the older request
}

}  // namespace
}  // namespace partita
