// Load of others, rule 9 of evaluate.h, with times that can be worked out by hand: links of 1 GB/s
// move 1000 B in 1 us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "models/evaluate/load_clock.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Bandwidth kWide{100'000'000'000};  // never the narrowest
constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr Bytes kKilobyte{1000};

// Two processors, p0 on m0 and p1 on m1, joined by a link without latency.
struct Pair : Machine {
  explicit Pair(bool full_duplex = true, Time latency = Time{0}) {
    link("link", m0, m1, kGigabyte, latency, full_duplex);
  }
  void load(LoadEffect effect, Time from = Time{0}, std::optional<Time> until = std::nullopt,
            std::optional<Time> every = std::nullopt) {
    const std::string name = "load" + std::to_string(parts.load.size());
    parts.load.push_back({name, effect, from, until, every, {}});
  }

  MemoryId m0 = memory("m0", kWide), m1 = memory("m1", kWide);
  ProcessorId p0 = processor("p0", m0), p1 = processor("p1", m1);
};

struct Evaluation {
  Evaluation(Graph& graph, const Machine& machine, const CostTable& costs,
             const std::vector<std::vector<int>>& orders)
      : network(graph.build()), hardware(machine.build()) {
    const Plan plan = plan_of(network, hardware, orders);
    Evaluator evaluator(network, hardware, costs);
    timeline = evaluator.run(plan);
    EXPECT_THAT(violations(timeline, network, hardware, plan), IsEmpty());
    EXPECT_EQ(evaluator.run(plan), timeline) << "a second run differs";
  }

  std::pair<Time, Time> at(int number) const {
    const LayerSpan& span = timeline.layers[static_cast<LayerId>(number)];
    return {span.start, span.finish};
  }
  const LegSpan& leg(std::size_t number) const { return timeline.legs.at(number); }
  std::string why() const { return why_infeasible(timeline, network, hardware); }

  Network network;
  Hardware hardware;
  Timeline timeline;
};

using Span = std::pair<Time, Time>;

// When a layer of so long, alone on p0, ends.
Time finish_of_one(const Pair& machine, Time duration) {
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  return Evaluation(graph, machine, costs_of({{duration, duration}}), {{0}, {}}).timeline.makespan;
}

// When a copy of 1000 B from p0 to p1, whose data starts at 1 us, arrives.
Time arrival_of_one(Pair machine) {
  machine.engine("dma", machine.m0);
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, kKilobyte)}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{1us, 1us}, {1us, 1us}}), {{0}, {1}});
  EXPECT_EQ(run.leg(0).data, 1us);
  return run.leg(0).finish;
}

TEST(Load, TrafficTakesItsFairShareOfALink) {
  Pair greedy;  // asks for all, gets half: 1000 B at 0.5 GB/s
  greedy.load(LinkTraffic{LinkId{0}, TrafficWay::Forward, kGigabyte});
  EXPECT_EQ(arrival_of_one(greedy), 3us);
  Pair modest;  // asks for a fifth: 1000 B at 0.8 GB/s
  modest.load(LinkTraffic{LinkId{0}, TrafficWay::Forward, Bandwidth{200'000'000}});
  EXPECT_EQ(arrival_of_one(modest), 2250ns);
  Pair two;  // which add up to one flow of 0.4 GB/s: 1000 B at 0.6 GB/s take 1666.6 ns
  two.load(LinkTraffic{LinkId{0}, TrafficWay::Forward, Bandwidth{200'000'000}});
  two.load(LinkTraffic{LinkId{0}, TrafficWay::Both, Bandwidth{200'000'000}});
  EXPECT_EQ(arrival_of_one(two), 2'666'667_ps);
}

TEST(Load, ASlowedLinkIsAsSlowAsThatWhoeverElseWantsIt) {
  Pair quarter;  // 1000 B at 0.25 GB/s
  quarter.load(SlowedLink{LinkId{0}, 4});
  EXPECT_EQ(arrival_of_one(quarter), 5us);
  Pair twice;  // 0.5 and of that a half
  twice.load(SlowedLink{LinkId{0}, 2});
  twice.load(SlowedLink{LinkId{0}, 2});
  EXPECT_EQ(arrival_of_one(twice), 5us);
  Pair shared;  // of the half that is left, traffic gets its fair share
  shared.load(SlowedLink{LinkId{0}, 2});
  shared.load(LinkTraffic{LinkId{0}, TrafficWay::Forward, kGigabyte});
  EXPECT_EQ(arrival_of_one(shared), 5us);
  Pair half(false);  // both ways share it, and it is slowed down once
  half.load(SlowedLink{LinkId{0}, 2});
  EXPECT_EQ(arrival_of_one(half), 3us);
  Pair for_a_while;  // 500 B by 1.5 us, 125 B until 2 us, 375 B more
  for_a_while.load(SlowedLink{LinkId{0}, 4}, 1500ns, 2us);
  EXPECT_EQ(arrival_of_one(for_a_while), 2375ns);
}

TEST(Load, TrafficGoesItsWayOnly) {
  Pair backward;
  backward.load(LinkTraffic{LinkId{0}, TrafficWay::Backward, kGigabyte});
  EXPECT_EQ(arrival_of_one(backward), 2us);
  // Where both ways share the bandwidth, 0.1 GB/s each way are 0.2 GB/s: 1000 B at 0.8 GB/s.
  Pair half(false);
  half.load(LinkTraffic{LinkId{0}, TrafficWay::Both, Bandwidth{100'000'000}});
  EXPECT_EQ(arrival_of_one(half), 2250ns);
}

// The data starts at 1 us. 500 B by 1.5 us, 250 B until 2 us beside the traffic, 250 B until 2.25.
TEST(Load, TrafficComesAndGoesWhileDataFlows) {
  Pair machine;
  machine.load(LinkTraffic{LinkId{0}, TrafficWay::Forward, kGigabyte}, 1500ns, 2us);
  EXPECT_EQ(arrival_of_one(machine), 2250ns);
  // From the instant on when the data is over, it disturbs nothing.
  Pair late;
  late.load(LinkTraffic{LinkId{0}, TrafficWay::Forward, kGigabyte}, 2us);
  EXPECT_EQ(arrival_of_one(late), 2us);
}

// A layer that asks for all of its memory's 1 GB/s for 4 us gets 0.75 GB/s: 5.333.. us.
TEST(Load, TrafficOnAMemorySlowsItsLayers) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", kGigabyte);
  machine.processor("p0", m0);
  machine.parts.load.push_back(
      {"others", MemoryTraffic{m0, Bandwidth{250'000'000}}, Time{0}, {}, {}, {}});
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  CostTable costs(1, 1);
  LayerCost cost;
  cost.time = 4us;
  cost.traffic = Bytes{4000};
  costs.set(LayerId{0}, ProcessorId{0}, cost);
  EXPECT_EQ(Evaluation(graph, machine, costs, {{0}}).timeline.makespan, 5'333'334_ps);
}

TEST(Load, ASlowedProcessorTakesLonger) {
  Pair share;  // 2 us at full speed, the other 2 us of work at half
  share.load(BusyShare{share.p0, 0.5}, 2us);
  EXPECT_EQ(finish_of_one(share, 4us), 6us);
  Pair most;  // 0.7 of the speed: 7 us of work
  most.load(BusyShare{most.p0, 0.3});
  EXPECT_EQ(finish_of_one(most, 7us), 10us);
  Pair both;  // a quarter of the speed
  both.load(BusyShare{both.p0, 0.5});
  both.load(SlowedDown{both.p0, 2});
  EXPECT_EQ(finish_of_one(both, 1us), 4us);
  Pair other;  // somebody else
  other.load(SlowedDown{other.p1, 2});
  EXPECT_EQ(finish_of_one(other, 4us), 4us);
}

// In each 4 us the first 2 are at half speed: 1, 3, 4, 6 us of work are done after 2, 4, 6, 8 us.
TEST(Load, AWindowRepeats) {
  Pair machine;
  machine.load(SlowedDown{machine.p0, 2}, Time{0}, 2us, 4us);
  EXPECT_EQ(finish_of_one(machine, 4us), 6us);
  EXPECT_EQ(finish_of_one(machine, 5us), 7us);
  EXPECT_EQ(finish_of_one(machine, 6us), 8us);
}

TEST(Load, AChangeAtTheEndOfALayerComesTooLateForIt) {
  Pair at;
  at.load(SlowedDown{at.p0, 2}, 4us);
  EXPECT_EQ(finish_of_one(at, 4us), 4us);
  Pair before;  // the last picosecond takes two
  before.load(SlowedDown{before.p0, 2}, 4us - 1_ps);
  EXPECT_EQ(finish_of_one(before, 4us), 4us + 1_ps);
}

// a takes 4 us, b 2 us, both on p0.
Evaluation two_layers(const Pair& machine) {
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, kKilobyte)}, kKilobyte);
  return {graph, machine, costs_of({{4us, 4us}, {2us, 2us}}), {{0, 1}, {}}};
}

TEST(Load, WhatALostProcessorDoesBeginsAgain) {
  Pair machine;
  machine.load(Lost{machine.p0}, 3us, 9us);
  const Evaluation run = two_layers(machine);
  EXPECT_EQ(run.at(0), Span(9us, 13us));
  EXPECT_EQ(run.at(1), Span(13us, 15us));
  EXPECT_THAT(run.timeline.interrupted,
              ElementsAre(Interruption{machine.p0, 0, LayerId{0}, std::nullopt, 0us, 3us}));
}

TEST(Load, ALossAtTheEndOfALayerComesTooLateForIt) {
  Pair at;
  at.load(Lost{at.p0}, 4us, 9us);
  EXPECT_EQ(two_layers(at).at(0), Span(0us, 4us));
  EXPECT_EQ(two_layers(at).at(1), Span(9us, 11us));
  EXPECT_THAT(two_layers(at).timeline.interrupted, IsEmpty());
  Pair before;
  before.load(Lost{before.p0}, 4us - 1_ps, 9us);
  EXPECT_EQ(two_layers(before).at(0), Span(9us, 13us));
}

TEST(Load, WhoIsAwayStartsNothing) {
  Pair machine;
  machine.load(Lost{machine.p0}, Time{0}, 5us);
  EXPECT_EQ(two_layers(machine).at(0), Span(5us, 9us));
  EXPECT_THAT(two_layers(machine).timeline.interrupted, IsEmpty());
}

TEST(Load, WhoIsTakenAwayTwiceIsAwayUntilBothAreOver) {
  Pair machine;
  machine.load(Lost{machine.p0}, 1us, 3us);
  machine.load(Lost{machine.p0}, 3us, 5us);
  machine.load(Lost{machine.p0}, 4us, 6us);
  const Evaluation run = two_layers(machine);
  EXPECT_EQ(run.at(0), Span(6us, 10us));
  EXPECT_EQ(run.timeline.interrupted.size(), 1u);
}

// Lost at 3, 7, 11 ...: never there for more than 3 us at a time, from 4 us to 7 and so on.
TEST(Load, WorkLongerThanAnyPresenceNeverFinishes) {
  Pair machine;
  machine.load(Lost{machine.p0}, 3us, 4us, 4us);
  const Evaluation run = two_layers(machine);
  EXPECT_EQ(run.timeline.makespan, Time::max());
  EXPECT_EQ(run.timeline.interrupted.size(), 1000u);
  ASSERT_TRUE(run.timeline.unfinished);
  EXPECT_EQ(run.timeline.unfinished->lost, 3us + 4us * 999);
  EXPECT_EQ(run.why(),
            "processor p0 is lost so often that it never finishes layer a (the last time after "
            "4 ms)");
}

TEST(Load, AProcessorThatNeverReturnsKeepsAPlanFromFinishing) {
  Pair machine;
  machine.load(Lost{machine.p0}, 5us);
  // Traffic that goes on for ever keeps nobody waiting.
  machine.load(LinkTraffic{LinkId{0}, TrafficWay::Both, kGigabyte}, 1us, 2us, 3us);
  const Evaluation run = two_layers(machine);
  EXPECT_EQ(run.at(0), Span(0us, 4us));
  EXPECT_EQ(run.timeline.makespan, Time::max());
  Unfinished expected;
  expected.processor = machine.p0;
  expected.lost = 5us;
  expected.layer = LayerId{1};
  EXPECT_EQ(run.timeline.unfinished, expected);
  EXPECT_EQ(run.why(),
            "processor p0 is lost after 5 us and never comes back, so layer b waits for ever");
  Pair done;  // it goes when all is done
  done.load(Lost{done.p0}, 6us);
  EXPECT_EQ(two_layers(done).timeline.makespan, 6us);
  EXPECT_EQ(two_layers(done).why(), "");
}

TEST(Load, LossesThatTakeTurnsForEverAreOne) {
  Pair machine;
  machine.load(Lost{machine.p0}, Time{0}, 5us, 10us);
  machine.load(Lost{machine.p0}, 5us, 10us, 10us);
  const Evaluation run = two_layers(machine);
  ASSERT_TRUE(run.timeline.unfinished);
  EXPECT_EQ(run.timeline.unfinished->lost, Time{0});
}

// p0 copies a's result by itself: set-up from 1 to 2 us, data until 3, arrival at 5. b follows on
// p0, c on p1.
Evaluation own_copy(const Pair& of) {
  Pair machine = of;
  machine.parts.processors[machine.p0].copy_setup = 1us;
  Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  graph.layer("b", {a}, kKilobyte);
  graph.layer("c", {a}, kKilobyte);
  return {graph, machine, costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}}), {{0, 1}, {2}}};
}

TEST(Load, ACopyByALostProcessorBeginsAgain) {
  Pair flowing(true, 2us);
  flowing.load(Lost{flowing.p0}, 2500ns, 6us);
  const Evaluation run = own_copy(flowing);
  EXPECT_EQ(run.leg(0), (LegSpan{0, 0, std::nullopt, flowing.p0, 1us, 6us, 7us, 10us}));
  EXPECT_EQ(run.at(1), Span(10us, 11us));
  EXPECT_THAT(run.timeline.interrupted,
              ElementsAre(Interruption{flowing.p0, 0, std::nullopt, 0u, 1us, 2500ns}));
  Pair in_setup(true, 2us);
  in_setup.load(Lost{in_setup.p0}, 1500ns, 6us);
  EXPECT_EQ(own_copy(in_setup).leg(0).finish, 10us);
  Pair as_data_starts(true, 2us);
  as_data_starts.load(Lost{as_data_starts.p0}, 2us, 6us);
  EXPECT_EQ(own_copy(as_data_starts).leg(0).finish, 10us);
}

TEST(Load, WhatHasLeftArrivesWithoutItsSender) {
  Pair machine(true, 2us);
  machine.load(Lost{machine.p0}, 3us, 6us);
  const Evaluation run = own_copy(machine);
  EXPECT_EQ(run.leg(0).finish, 5us);
  EXPECT_EQ(run.at(1), Span(6us, 7us));
  EXPECT_EQ(run.at(2), Span(5us, 6us));
  EXPECT_THAT(run.timeline.interrupted, IsEmpty());
}

// An engine goes on copying while its processor is away.
TEST(Load, AnEngineNeedsNoProcessor) {
  Pair machine;
  machine.load(Lost{machine.p0}, 1500ns);
  EXPECT_EQ(arrival_of_one(machine), 2us);
}

// Two streams: a (1 us) is sent to p1; b (5 us) runs beside it. The copy would begin as soon as no
// layer runs, but b was there first: lost at 3 us, it begins again at 4 and ends at 9.
TEST(Load, WhatWasLostGoesBeforeWhatWaits) {
  Pair machine;
  machine.parts.processors[machine.p0].streams = 2;
  machine.parts.processors[machine.p0].stream_share = 0.5;
  machine.load(Lost{machine.p0}, 3us, 4us);
  Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  graph.layer("c", {a}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{1us, 1us}, {5us, 5us}, {1us, 1us}}),
                       {{0, 1}, {2}});
  EXPECT_EQ(run.at(1), Span(4us, 9us));
  EXPECT_EQ(run.timeline.layers[LayerId{1}].stream, 1);
  EXPECT_EQ(run.leg(0).start, 9us);
}

// What was allocated stays: 1000 B of weights, results of 1000 B each, and b's copy on m1.
TEST(Load, ALossFreesNoMemory) {
  Pair machine;
  machine.load(Lost{machine.p0}, 3us, 9us);
  Graph graph;
  graph.layer("a", {graph.weight("w", kKilobyte)}, kKilobyte, Bytes{500});
  const Evaluation run(graph, machine, costs_of({{4us, 4us}}), {{0}, {}});
  EXPECT_EQ(run.timeline.memory_peak[machine.m0], Bytes{2500});
  EXPECT_EQ(run.at(0), Span(9us, 13us));
}

// p0 and p1 of one package slow each other down by 2. While p1 is away, p0 is alone.
TEST(Load, WhoIsAwayDisturbsNobody) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", kWide);
  const ProcessorId p0 = machine.processor("p0", m0), p1 = machine.processor("p1", m0);
  machine.package(2, {p0, p1});
  machine.parts.load.push_back({"crash", Lost{p1}, 2us, 10us, std::nullopt, {}});
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  graph.layer("b", {}, kKilobyte);
  const Evaluation run(graph, machine, costs_of({{4us, 4us}, {4us, 4us}}), {{0}, {1}});
  EXPECT_EQ(run.at(0), Span(0us, 5us));  // 1 us of work by 2, the other 3 until 5
  EXPECT_EQ(run.at(1), Span(10us, 14us));
}

TEST(LoadClock, TellsWhatHoldsAtEachTurn) {
  Pair machine;
  machine.load(SlowedDown{machine.p0, 2}, 1us, 3us);
  machine.load(BusyShare{machine.p0, 0.25}, 2us, 3us);
  machine.load(MemoryTraffic{machine.m1, kGigabyte}, 1us);
  LoadClock clock(machine.build());
  for (int run = 0; run < 2; ++run, clock.restart()) {
    EXPECT_EQ(clock.next(), 1us);
    clock.advance();
    EXPECT_THAT(clock.changed_processors(), ElementsAre(machine.p0));
    EXPECT_EQ(clock.speeds(machine.p0).size(), 1u);
    EXPECT_EQ(clock.flows().at(0).channel, machine.build().channel_of(machine.m1));
    EXPECT_EQ(clock.rate(0), kGigabyte.value);
    EXPECT_EQ(clock.next(), 2us);
    clock.advance();
    EXPECT_EQ(hindered(1'000'000, {.load = clock.speeds(machine.p0)}), 375'000);
    EXPECT_THAT(clock.changed_flows(), IsEmpty());
    EXPECT_EQ(clock.next(), 3us);
    clock.advance();
    EXPECT_THAT(clock.speeds(machine.p0), IsEmpty());
    EXPECT_EQ(clock.next(), Time::max());
  }
}

}  // namespace
}  // namespace partita
