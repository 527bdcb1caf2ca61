// A sound timeline, broken in every way that the checker knows; each must be reported, in words
// that name the culprit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Bandwidth kGigabyte{1'000'000'000};

LayerId layer(int number) { return static_cast<LayerId>(number); }

// p0 (two streams) on m0 with an engine; p1 on m1, which copies by itself; a host between them,
// which stages.
//   a (p0) -> b (p0), c (p1); d (p1) is fed by c; e (p0) is fed by d and is the output; f (p0)
//   stands alone.
class CheckerTest : public testing::Test {
 protected:
  CheckerTest() {
    Machine machine;
    const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
    const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
    const MemoryId host = machine.memory("host", Bandwidth{10'000'000'000});
    machine.parts.processors[machine.processor("p0", m0)].streams = 2;
    machine.processor("p1", m1);
    machine.engine("e0", m0, 1us);
    machine.link("l0", m0, host, kGigabyte, 1us);
    machine.link("l1", host, m1, kGigabyte, 2us);
    machine.parts.host = host;
    Graph graph;
    const TensorId x = graph.input("x", Bytes{1000});
    const TensorId w = graph.weight("w", Bytes{500});
    const TensorId a = graph.layer("a", {x, w}, Bytes{1000}, Bytes{100});
    graph.layer("b", {a, w}, Bytes{1000});
    const TensorId c = graph.layer("c", {a, w}, Bytes{1000});
    const TensorId d = graph.layer("d", {c}, Bytes{2000});
    graph.output(graph.layer("e", {d}, Bytes{1000}));
    graph.layer("f", {}, Bytes{1000});
    network.emplace(graph.build());
    hardware.emplace(machine.build());
    plan.emplace(plan_of(*network, *hardware, {{0, 1, 5, 4}, {2, 3}}));
    const CostTable costs =
        costs_of({{4us, 4us}, {3us, 3us}, {5us, 5us}, {2us, 2us}, {6us, 6us}, {1us, 1us}});
    timeline = Evaluator(*network, *hardware, costs).run(*plan);
  }

  std::vector<std::string> found() const {
    return violations(timeline, *network, *hardware, *plan);
  }
  LayerSpan& span(int number) { return timeline.layers[layer(number)]; }
  // The leg of the transfer of that tensor.
  LegSpan& leg(const std::string& tensor, std::uint32_t number) {
    for (LegSpan& each : timeline.legs) {
      const Transfer& transfer = plan->transfers()[each.transfer];
      if (network->tensor(transfer.tensor).name == tensor && each.leg == number) return each;
    }
    throw std::logic_error("no such leg");
  }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<Plan> plan;
  Timeline timeline;
};

TEST_F(CheckerTest, TheTimelineIsSound) {
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(timeline.legs.size(), 6u);  // x: 1, a: 2, d: 2, e: 1
}

TEST_F(CheckerTest, ALayerTooFew) {
  timeline.layers.resize(5);
  EXPECT_THAT(found(), ElementsAre("the timeline has 5 layers, the network has 6"));
}

TEST_F(CheckerTest, ALayerOnAnotherProcessor) {
  span(1).processor = ProcessorId{1};
  EXPECT_THAT(found(), ElementsAre("layer b ran on p1, the plan says p0"));
}

TEST_F(CheckerTest, AStreamThatDoesNotExist) {
  span(1).stream = 2;
  EXPECT_THAT(found(), ElementsAre("layer b ran on stream 2 of p0, which has 2"));
  span(1).stream = -1;
  EXPECT_THAT(found(), ElementsAre("layer b ran on stream -1 of p0, which has 2"));
}

TEST_F(CheckerTest, ALayerThatTakesNoTime) {
  span(5).finish = span(5).start;
  EXPECT_THAT(found(), Contains(HasSubstr("layer f starts at")));
}

TEST_F(CheckerTest, LayersOutOfPlanOrder) {
  span(5).start = span(1).start - Time{1};
  EXPECT_THAT(found(),
              Contains("layer f starts before layer b, which the plan orders first on p0"));
}

TEST_F(CheckerTest, TwoLayersOnOneStream) {
  span(5).stream = span(1).stream;
  span(5).start = span(1).finish - Time{1};
  span(5).finish = span(1).finish;
  EXPECT_THAT(found(), Contains(HasSubstr("layer f starts on stream 0 of p0 while layer b")));
}

TEST_F(CheckerTest, ALayerWhileItsProcessorCopies) {
  const LegSpan& copy = leg("d", 0);
  ASSERT_EQ(copy.copier, ProcessorId{1});
  span(3).finish = copy.start + Time{1};
  EXPECT_THAT(found(), Contains(HasSubstr("on stream 0 of p1 while layer d is not over")));
}

TEST_F(CheckerTest, AnInputThatIsNotThereYet) {
  --span(2).start;
  EXPECT_THAT(found(), Contains(HasSubstr("layer c starts at")));
  ++span(2).start;
  span(1).start = span(0).finish - Time{1};
  EXPECT_THAT(found(), Contains(HasSubstr("layer b starts at")));
}

TEST_F(CheckerTest, ANetworkInputThatIsNotThereYet) {
  --span(0).start;
  EXPECT_THAT(found(), Contains(HasSubstr("its input x is there at")));
}

TEST_F(CheckerTest, AMissingLeg) {
  timeline.legs.erase(timeline.legs.begin() + 2);
  EXPECT_THAT(found(), ElementsAre("leg 1 of tensor a to m1 is missing or out of place"));
}

TEST_F(CheckerTest, ALegTooMany) {
  timeline.legs.push_back(timeline.legs.back());
  EXPECT_THAT(found(), ElementsAre("1 legs too many"));
}

TEST_F(CheckerTest, LegsOutOfOrder) {
  std::swap(timeline.legs[1], timeline.legs[2]);
  EXPECT_THAT(found(), ElementsAre("leg 0 of tensor a to m1 is missing or out of place"));
}

TEST_F(CheckerTest, ALegWhoseTimesRunBackwards) {
  std::swap(leg("a", 0).start, leg("a", 0).data);
  EXPECT_THAT(found(), Contains(HasSubstr("leg 0 of tensor a to m1 is queued at")));
}

TEST_F(CheckerTest, ALegCopiedBySomebodyElse) {
  leg("a", 0).engine.reset();
  leg("a", 0).copier = ProcessorId{0};
  EXPECT_THAT(found(), ElementsAre("leg 0 of tensor a to m1 is copied by processor p0, the machine "
                                   "says engine e0"));
  leg("a", 0).copier.reset();
  EXPECT_THAT(
      found(),
      ElementsAre("leg 0 of tensor a to m1 is copied by nobody, the machine says engine e0"));
}

TEST_F(CheckerTest, ALegQueuedBeforeTheOneBeforeItHasArrived) {
  --leg("a", 1).queued;
  EXPECT_THAT(found(), Contains(HasSubstr("leg 1 of tensor a to m1 is queued at")));
}

TEST_F(CheckerTest, ATransferQueuedBeforeItsProducerHasEnded) {
  --leg("a", 0).queued;
  EXPECT_THAT(found(), Contains(HasSubstr("leg 0 of tensor a to m1 is queued at")));
}

TEST_F(CheckerTest, ALateQueueingIsWrongInAModelAndRightInARealRun) {
  LegSpan& late = leg("e", 0);
  late.queued = late.start;
  for (Time LegSpan::*time :
       {&LegSpan::queued, &LegSpan::start, &LegSpan::data, &LegSpan::finish}) {
    late.*time += 1us;
  }
  timeline.makespan += 1us;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("leg 0 of tensor e to host is queued at")));
  timeline.origin = Origin::Measured;
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(CheckerTest, ASetUpThatIsTooShort) {
  --leg("a", 0).data;
  EXPECT_THAT(found(), ElementsAre("leg 0 of tensor a to m1 is set up in 999999 ps, the machine "
                                   "says 1000000 ps"));
}

TEST_F(CheckerTest, ALegFasterThanItsLinks) {
  LegSpan& last = leg("e", 0);
  --last.finish;
  --timeline.makespan;
  EXPECT_THAT(found(), ElementsAre("leg 0 of tensor e to host moves 1000 B in 1999999 ps, the "
                                   "narrowest channel and the latency need 2000000 ps"));
  timeline.origin = Origin::Measured;
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(CheckerTest, AWrongMakespan) {
  ++timeline.makespan;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("the makespan is said to be")));
}

TEST_F(CheckerTest, AWrongMemoryPeak) {
  ++timeline.memory_peak[MemoryId{1}].value;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("memory m1 is said to hold")));
  timeline.memory_peak.clear();  // nobody measured it
  EXPECT_THAT(found(), IsEmpty());
}

TEST(Checker, ACapacityThatIsExceeded) {
  Machine machine;
  machine.processor("p0", machine.memory("m", kGigabyte, Bytes{1999}));
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1000})}, Bytes{1000});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = costs_of({{1us}, {1us}});
  const Plan plan = plan_of(network, hardware, {{0, 1}});
  const Timeline timeline = Evaluator(network, hardware, costs).run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan),
              ElementsAre("memory m holds 1.95 KiB, 1 B more than its capacity"));
}

// Two transfers over one engine.
struct TwoTransfers {
  TwoTransfers() {
    Machine machine;
    const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
    const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
    machine.processor("p0", m0);
    machine.processor("p1", m1);
    machine.engine("e0", m0);
    machine.link("l", m0, m1, kGigabyte);
    Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{5000});
    const TensorId b = graph.layer("b", {}, Bytes{1000});
    graph.layer("c", {a, b}, Bytes{1000});
    network.emplace(graph.build());
    hardware.emplace(machine.build());
    plan.emplace(plan_of(*network, *hardware, {{0, 1}, {2}}));
    const CostTable costs = costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}});
    timeline = Evaluator(*network, *hardware, costs).run(*plan);
  }
  std::vector<std::string> found() const {
    return violations(timeline, *network, *hardware, *plan);
  }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<Plan> plan;
  Timeline timeline;
};

TEST(Checker, AnEngineThatServesTwoAtOnce) {
  TwoTransfers run;
  ASSERT_THAT(run.found(), IsEmpty());
  LegSpan& second = run.timeline.legs[1];
  second.start = second.data = 2us;
  EXPECT_THAT(run.found(), ElementsAre("leg 0 of tensor b to m1 starts on engine e0 while leg 0 of "
                                       "tensor a to m1 is not over"));
}

// a: 5000 B from 1 us; b: 1000 B from 2 to 4, sharing the link; d: queued at 3, but both channels
// are taken until 4.
TEST(Checker, TwoChannelsThatServeThreeAtOnce) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.parts.engines[machine.engine("e0", m0)].channels = 2;
  machine.link("l", m0, m1, kGigabyte);
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{5000});
  const TensorId b = graph.layer("b", {}, Bytes{1000});
  const TensorId d = graph.layer("d", {}, Bytes{1000});
  graph.layer("c", {a, b, d}, Bytes{1000});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Plan plan = plan_of(network, hardware, {{0, 1, 2}, {3}});
  const CostTable costs = costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}, {1us, 1us}});
  Timeline timeline = Evaluator(network, hardware, costs).run(plan);
  EXPECT_THAT(violations(timeline, network, hardware, plan), IsEmpty());
  LegSpan& third = timeline.legs[2];
  EXPECT_EQ(third.start, 4us);
  third.start = third.data = 4us - Time{1};
  EXPECT_THAT(violations(timeline, network, hardware, plan),
              ElementsAre("leg 0 of tensor d to m1 starts on engine e0 while 2 others are not "
                          "over"));
}

// a goes from m0 to m1, m2 and m3 as one copy: at 1 us, set up until 2, sent until 3.
struct OneMulticast {
  explicit OneMulticast(bool with_engine = true, bool multicast = true) {
    Machine machine;
    const SwitchId hub = machine.node("hub");
    machine.parts.switches[hub].multicast = multicast;
    for (int i = 0; i < 4; ++i) {
      const std::string number = std::to_string(i);
      const MemoryId memory = machine.memory("m" + number, Bandwidth{10'000'000'000});
      machine.parts.processors[machine.processor("p" + number, memory)].copy_setup = 1us;
      machine.link("l" + number, memory, hub, kGigabyte, 1us * i);
    }
    if (with_engine) machine.engine("e0", MemoryId{0}, 1us);
    Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{1000});
    for (const char* name : {"b", "c", "d"}) graph.layer(name, {a}, Bytes{1000});
    network.emplace(graph.build());
    hardware.emplace(machine.build());
    plan.emplace(plan_of(*network, *hardware, {{0}, {1}, {2}, {3}}));
    const CostTable costs = costs_of(
        {{1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}, {1us, 1us, 1us, 1us}});
    timeline = Evaluator(*network, *hardware, costs).run(*plan);
    timeline.memory_peak.clear();
  }
  std::vector<std::string> found() const {
    return violations(timeline, *network, *hardware, *plan);
  }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<Plan> plan;
  Timeline timeline;
};

TEST(Checker, AMulticastThatIsSound) {
  EXPECT_THAT(OneMulticast().found(), IsEmpty());
  EXPECT_THAT(OneMulticast(false).found(), IsEmpty());
  const OneMulticast run;
  EXPECT_EQ(run.timeline.legs[2].start, 1us);
  EXPECT_EQ(run.timeline.legs[2].finish, 6us);
}

// The same spans where the switch only forwards.
TEST(Checker, AMulticastOverASwitchThatCannot) {
  OneMulticast run(true, false);
  run.timeline.legs = OneMulticast().timeline.legs;
  run.timeline.layers = OneMulticast().timeline.layers;
  run.timeline.makespan = OneMulticast().timeline.makespan;
  EXPECT_THAT(run.found(), Contains("leg 0 of tensor a to m2 starts on engine e0 while leg 0 of "
                                    "tensor a to m1 is not over"));
}

// And one copy behind the other where it could have sent on.
TEST(Checker, CopiesOneByOneThatAreAMulticast) {
  OneMulticast run;
  run.timeline.legs = OneMulticast(true, false).timeline.legs;
  run.timeline.layers = OneMulticast(true, false).timeline.layers;
  run.timeline.makespan = OneMulticast(true, false).timeline.makespan;
  EXPECT_THAT(
      run.found(),
      Contains("leg 0 of tensor a to m1 and leg 0 of tensor a to m2 are one copy, but begin "
               "at 1000000 and 3000000 ps, and their data at 2000000 and 4000000 ps"));
  run.timeline.origin = Origin::Measured;  // as real runs do
  EXPECT_THAT(run.found(), IsEmpty());
}

TEST(Checker, ABranchThatIsSentLater) {
  OneMulticast run;
  run.timeline.legs[1].finish += Time{1};
  run.timeline.layers[layer(2)].start += Time{1};
  EXPECT_THAT(run.found(),
              ElementsAre("leg 0 of tensor a to m1 and leg 0 of tensor a to m2 are "
                          "one copy, but all of it is sent at 3000000 and 3000001 ps"));
}

// p0 is busy until the last arrival, at 6 us, not the first, at 4.
TEST(Checker, AProcessorThatIsFreeBeforeItsMulticastHasArrived) {
  OneMulticast run(false);
  ASSERT_EQ(run.timeline.legs[0].finish, 4us);
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1000});
  for (const char* name : {"b", "c", "d"}) graph.layer(name, {a}, Bytes{1000});
  graph.layer("e", {}, Bytes{1000});
  run.network.emplace(graph.build());
  run.plan.emplace(plan_of(*run.network, *run.hardware, {{0, 4}, {1}, {2}, {3}}));
  run.timeline.layers.push_back({ProcessorId{0}, 0, 5us, 6us});
  EXPECT_THAT(run.found(), Contains("layer e starts on stream 0 of p0 while leg 0 of tensor a to "
                                    "m1 is not over"));
  run.timeline.layers[layer(4)] = {ProcessorId{0}, 0, 6us, 7us};
  EXPECT_THAT(run.found(), IsEmpty());
}

TEST(Checker, AnEngineThatServesOutOfTurn) {
  TwoTransfers run;
  run.timeline.legs[0] = {0, 0, EngineId{0}, std::nullopt, 1us, 3us, 3us, 8us};
  run.timeline.legs[1] = {1, 0, EngineId{0}, std::nullopt, 2us, 2us, 2us, 3us};
  run.timeline.layers[layer(2)] = {ProcessorId{1}, 0, 8us, 9us};
  run.timeline.makespan = 9us;
  run.timeline.memory_peak.clear();
  EXPECT_THAT(run.found(),
              ElementsAre("leg 0 of tensor b to m1 is served by engine e0 before leg 0 "
                          "of tensor a to m1, which was queued first"));
}

// b, queued at 1 us like a, is the more urgent one: it should have been served first.
TEST(Checker, AnEngineThatLetsTheUrgentWait) {
  TwoTransfers run;
  std::vector<Transfer> transfers = run.plan->transfers();
  transfers.at(1).priority = 1;
  run.plan = with_transfer_order(*run.network, *run.plan, transfers);
  run.timeline.legs[1].queued = 1us;
  EXPECT_THAT(run.found(), Contains("leg 0 of tensor a to m1 is served by engine e0 while leg 0 of "
                                    "tensor b to m1 waits, which has a higher priority"));
  // As it is queued at 2 us, what has begun goes on.
  run.timeline.legs[1].queued = 2us;
  EXPECT_THAT(run.found(), IsEmpty());
}

TEST(Checker, AGivenTimeThatIsNotKept) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", kGigabyte), m1 = machine.memory("m1", kGigabyte);
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  Graph graph;
  graph.layer("b", {graph.layer_sent_in(5us, "a", {}, Bytes{10})}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Plan plan = plan_of(network, hardware, {{0}, {1}});
  Timeline timeline = Evaluator(network, hardware, costs_of({{1us, 1us}, {1us, 1us}})).run(plan);
  --timeline.legs[0].finish;
  EXPECT_THAT(violations(timeline, network, hardware, plan),
              ElementsAre("leg 0 of tensor a to m1 takes 4999999 ps, the network gives it 5000000 "
                          "ps"));
}

// Wherever a layer starts just as its input is made, a picosecond earlier is too early.
TEST(Checker, EarlierStartsAreFoundInRandomTimelines) {
  int moved = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Network network = test::random_network(seed);
    const Hardware hardware = test::random_hardware(seed);
    const CostTable costs = test::random_costs(seed, network, hardware);
    const Plan plan = test::random_plan(seed, network, hardware);
    const Timeline sound = Evaluator(network, hardware, costs).run(plan);
    for (const LayerId id : network.layers()) {
      const bool waits = !network.predecessors(id).empty();
      const Time start = sound.layers[id].start;
      bool input_just_came = false;
      for (const TensorId input : network.layer(id).inputs) {
        const auto& producer = network.tensor(input).producer;
        input_just_came |= producer && sound.layers[*producer].finish == start &&
                           plan.processor(*producer) == plan.processor(id);
      }
      if (!waits || !input_just_came) continue;
      Timeline broken = sound;
      --broken.layers[id].start;
      EXPECT_THAT(violations(broken, network, hardware, plan), testing::Not(IsEmpty()));
      ++moved;
    }
  }
  EXPECT_GT(moved, 50);
}

}  // namespace
}  // namespace partita
