// One small case for each cause of waiting; times in the comments are microseconds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "models/analysis/analysis.h"
#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using testing::ElementsAre;

constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr Bandwidth kTenGigabytes{10'000'000'000};

class CausesTest : public testing::Test {
 protected:
  // Evaluates `orders` of what machine and graph hold, with `costs`.
  const Analysis& analyse(const std::vector<std::vector<int>>& orders, const CostTable& with,
                          const std::vector<InPlace>& in_place = {}) {
    network.emplace(graph.build());
    hardware.emplace(machine.build());
    costs.emplace(with);
    plan.emplace(std::get<Plan>(
        with_reads_in_place(*network, *hardware, plan_of(*network, *hardware, orders), in_place)));
    timeline = Evaluator(*network, *hardware, *costs).run(*plan);
    EXPECT_THAT(violations(timeline, *network, *hardware, *plan), testing::IsEmpty());
    run.emplace(PlanRun{timeline, *network, *hardware, *plan, *costs});
    return analysis.emplace(*run);
  }

  std::map<std::string, Time> waits(int processor) const {
    std::map<std::string, Time> all;
    const ProcessorTime& time = analysis->processors[static_cast<ProcessorId>(processor)];
    for (std::size_t i = 0; i < kCauses.size(); ++i) {
      if (time.waiting[i] > Time{0}) all[std::string(kCauses[i])] = time.waiting[i];
    }
    return all;
  }
  std::vector<std::string> path() const {
    std::vector<std::string> all;
    for (const PathStep& step : analysis->path) {
      all.push_back((step.layer ? network->layer(*step.layer).name
                                : run->tensor(timeline.legs[*step.leg]).name + " sent") +
                    " " + std::to_string(step.until / 1us) + " " +
                    std::string(to_string(step.began)));
    }
    return all;
  }
  std::map<std::string, Time> parts() const {
    std::map<std::string, Time> all;
    for (const PartTime& each : analysis->parts) all[name_of(each.part, *hardware)] = each.time;
    return all;
  }

  using Times = std::map<std::string, Time>;

  Machine machine;
  Graph graph;
  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<CostTable> costs;
  std::optional<Plan> plan;
  Timeline timeline;
  std::optional<PlanRun> run;
  std::optional<Analysis> analysis;
};

// a ends at 4; its 1000 B are set up until 5 and go to m1, m2 and m3 as one copy, at the pace of the
// slow link to m2: until 9. So p1 waits for that link, which is not on its own way.
TEST_F(CausesTest, Multicast) {
  const SwitchId hub = machine.node("hub");
  machine.parts.switches[hub].multicast = true;
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    const MemoryId memory = machine.memory("m" + number, kTenGigabytes);
    machine.processor("p" + number, memory);
    machine.link("l" + number, memory, hub, i == 2 ? Bandwidth{250'000'000} : kGigabyte);
  }
  machine.engine("e0", MemoryId{0}, 1us);
  const TensorId a = graph.layer("a", {}, Bytes{1000});
  for (const char* name : {"b", "c", "d"}) graph.layer(name, {a}, Bytes{1});
  analyse({{0}, {1}, {2}, {3}}, costs_of({{4us, 4us, 4us, 4us},
                                          {1us, 1us, 1us, 1us},
                                          {1us, 1us, 1us, 1us},
                                          {1us, 1us, 1us, 1us}}));
  EXPECT_EQ(waits(1), (Times{{"input", 4us}, {"transfer", 5us}}));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 4us},
                            {"set-up of engine e0", 1us},
                            {"link l2", 4us},
                            {"layers on p1", 1us}}));
  // One copy, however many legs: over l0 once, and one in the engine.
  EXPECT_EQ(analysis->traffic.sent[hardware->channels_of(LinkId{0})[0]], Bytes{1000});
  EXPECT_EQ(analysis->traffic.sent[hardware->channels_of(LinkId{3})[1]], Bytes{1000});
  EXPECT_EQ(analysis->activity.serving[EngineId{0}].peak(), 1);
}

// p0 has two streams. a, which waits for x until 10, and behind it b start there; p0 is away from 12
// to 13 and from 30 to 31. b is over at 18, but a begins for the last time at 31. b waited for its
// turn, and so for x as well, although it stands before a in the timeline.
TEST_F(CausesTest, BehindALayerThatIsLost) {
  const MemoryId memory = machine.memory("m", kTenGigabytes);
  const ProcessorId p0 = machine.processor("p0", memory);
  machine.processor("p1", memory);
  machine.parts.processors[p0].streams = 2;
  machine.parts.load.push_back({"away", Lost{p0}, 12us, 13us, {}, {}});
  machine.parts.load.push_back({"away again", Lost{p0}, 30us, 31us, {}, {}});
  const TensorId x = graph.layer("x", {}, Bytes{1});
  graph.layer("a", {x}, Bytes{1});
  graph.layer("b", {}, Bytes{1});
  analyse({{1, 2}, {0}}, costs_of({{10us, 10us}, {20us, 20us}, {5us, 5us}}));
  ASSERT_LT(timeline.layers[LayerId{2}].start, timeline.layers[LayerId{1}].start);
  // Of two streams: until 10; the first time away; from 18 to 30 of one, and the second time away.
  EXPECT_EQ(waits(0), (Times{{"input", 20us}, {"others", 2us + 12us + 2us}, {"done", 20us}}));
}

// a (p0) and b (p1) end at 10; their 2000 B meet on the link hub-m2, which alone takes 2 for each:
// both arrive at 14, 2 later than alone.
TEST_F(CausesTest, LinkContention) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes),
                 m2 = machine.memory("m2", kTenGigabytes);
  machine.processor("p0", m0), machine.processor("p1", m1), machine.processor("p2", m2);
  machine.engine("e0", m0), machine.engine("e1", m1);
  const SwitchId hub = machine.node("hub");
  machine.link("l0", m0, hub, Bandwidth{2'000'000'000});
  machine.link("l1", m1, hub, Bandwidth{2'000'000'000});
  machine.link("shared", hub, m2, kGigabyte);
  const TensorId a = graph.layer("a", {}, Bytes{2000}), b = graph.layer("b", {}, Bytes{2000});
  graph.layer("c", {a, b}, Bytes{});
  const CostTable ten = costs_of({{10us, 10us, 10us}, {10us, 10us, 10us}, {6us, 6us, 6us}});
  const Analysis& found = analyse({{0}, {1}, {2}}, ten);
  EXPECT_EQ(waits(2), (Times{{"input", 10us}, {"transfer", 2us}, {"link", 2us}}));
  ASSERT_EQ(found.traffic.requests[0].legs[0].shared.size(), 1u);
  EXPECT_EQ(hardware->channels()[found.traffic.requests[0].legs[0].shared[0].channel].name,
            "shared>");
  EXPECT_THAT(path(), ElementsAre("a 10 start", "a sent 14 input", "c 20 input"));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 10us}, {"layers on p2", 6us}, {"link shared", 4us}}));
}

// Both links on the way have 1 GB/s: 2000 B in 2; one alone being faster changes nothing, both 1.
TEST_F(CausesTest, LinksInARowAreImprovedTogether) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes);
  machine.processor("p0", m0), machine.processor("p1", m1);
  machine.engine("e0", m0);
  const SwitchId hub = machine.node("hub");
  machine.link("l0", m0, hub, kGigabyte), machine.link("l1", hub, m1, kGigabyte);
  graph.layer("b", {graph.layer("a", {}, Bytes{2000})}, Bytes{});
  const Analysis& found = analyse({{0}, {1}}, costs_of({{10us, 10us}, {5us, 5us}}));
  const Trial trial = [&](const Hardware& better, const CostTable& with) {
    return Evaluator(*network, better, with).run(*plan).makespan;
  };
  std::map<std::string, Time> saved;
  for (const WhatIf& each : try_changes(*run, changes_for(*run, found.parts, 16), trial, 16)) {
    EXPECT_FALSE(saved.contains(each.change.what)) << each.change.what;
    saved[each.change.what] = timeline.makespan - each.time;
  }
  EXPECT_EQ(saved, (Times{{"2 x faster p0", 5us},
                          {"2 x faster p1", 2us + 500ns},
                          {"2 x faster p0, p1", 7us + 500ns},
                          {"2 x bandwidth of links l0, l1", 1us}}));
}

// A regime of 3 and 1 GB/s: 2000 B wait 3 and flow 2. Twice as good, it takes 1.5 and 1.
TEST_F(CausesTest, WhatARegimeTakesIsTheLinks) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes);
  machine.processor("p0", m0), machine.processor("p1", m1);
  machine.engine("e0", m0);
  const LinkId link = machine.link("l", m0, m1, kGigabyte);
  machine.parts.links[link].regimes.push_back({Bytes{0}, 3us, kGigabyte});
  graph.layer("b", {graph.layer("a", {}, Bytes{2000})}, Bytes{});
  const Analysis& found = analyse({{0}, {1}}, costs_of({{10us, 10us}, {5us, 5us}}));
  EXPECT_TRUE(found.traffic.exact);
  EXPECT_EQ(waits(1), (Times{{"input", 10us}, {"transfer", 5us}}));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 10us}, {"layers on p1", 5us}, {"link l", 5us}}));
  const ChangedMachine better = changed(*run, {"", {{PartKind::Link, 0}}});
  EXPECT_EQ(Evaluator(*network, better.hardware, better.costs).run(*plan).makespan, 17us + 500ns);
}

// b reads a's 4000 B in place over 1 GB/s: it wakes in 3, asks for 2, and reads for 4, longer than
// its time of 1.
TEST_F(CausesTest, ReadsInPlace) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes);
  machine.processor("p0", m0);
  machine.parts.processors[machine.processor("p1", m1)].sleep = SleepSpec{1us, Power{}, 3us};
  const LinkId link = machine.link("l", m0, m1, kGigabyte, 1us);
  machine.parts.links[link].load_store = true;
  const TensorId a = graph.layer("a", {}, Bytes{4000});
  graph.layer("b", {a}, Bytes{});
  const Analysis& found = analyse({{0}, {1}}, costs_of({{10us, 10us}, {1us, 1us}}), {{a, m1, m0}});
  EXPECT_TRUE(found.traffic.exact);
  EXPECT_EQ(path(), (std::vector<std::string>{"a 10 start", "b 19 input"}));
  EXPECT_EQ(waits(1), (Times{{"input", 10us}}));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 10us},
                            {"waking of p1", 3us},
                            {"latency of links and switches", 2us},
                            {"link l", 4us}}));
  const ChannelId wire = hardware->channels_of(link)[0];
  EXPECT_EQ(found.traffic.sent[wire], Bytes{4000});
  EXPECT_EQ(found.traffic.moved[wire], Bytes{4000});
  EXPECT_EQ(found.traffic.rate[wire].at(12us), 444'444'444);  // in 9 us
  EXPECT_EQ(found.activity.held[m1].peak(), 0);
  const auto with = [&](PartKind kind, std::uint32_t id) {
    const ChangedMachine better = changed(*run, {"", {{kind, id}}});
    return Evaluator(*network, better.hardware, better.costs).run(*plan).makespan;
  };
  EXPECT_EQ(with(PartKind::Link, 0), 17us);
  EXPECT_EQ(with(PartKind::Wake, 1), 17us + 500ns);
  EXPECT_EQ(with(PartKind::Latency, 0), 18us);
}

// Two transfers into one slow memory over links of their own.
TEST_F(CausesTest, MemoryContentionOfTransfers) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes),
                 m2 = machine.memory("m2", kGigabyte);
  machine.processor("p0", m0), machine.processor("p1", m1), machine.processor("p2", m2);
  machine.engine("e0", m0), machine.engine("e1", m1);
  machine.link("l0", m0, m2, kTenGigabytes), machine.link("l1", m1, m2, kTenGigabytes);
  const TensorId a = graph.layer("a", {}, Bytes{2000}), b = graph.layer("b", {}, Bytes{2000});
  graph.layer("c", {a, b}, Bytes{});
  analyse({{0}, {1}, {2}}, costs_of({{10us, 10us, 10us}, {10us, 10us, 10us}, {6us, 6us, 6us}}));
  EXPECT_EQ(waits(2), (Times{{"input", 10us}, {"transfer", 2us}, {"memory", 2us}}));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 10us}, {"layers on p2", 6us}, {"memory m2", 4us}}));
}

// a and b, 10 alone, ask for all of the memory's bandwidth: together both take 20.
TEST_F(CausesTest, MemoryContentionOfLayers) {
  const MemoryId memory = machine.memory("m", kTenGigabytes);
  for (const char* name : {"p0", "p1", "p2"}) machine.processor(name, memory);
  const TensorId a = graph.layer("a", {}, Bytes{});
  graph.layer("b", {}, Bytes{});
  graph.layer("c", {a}, Bytes{});
  CostTable costs_of_all = costs_of({{10us, 10us, 10us}, {10us, 10us, 10us}, {5us, 5us, 5us}});
  for (const LayerId layer : {LayerId{0}, LayerId{1}}) {
    for (const ProcessorId p : ids<ProcessorId>(3)) {
      costs_of_all.set(layer, p, LayerCost{10us, Bytes{100'000}, CostSource::Given});
    }
  }
  const Analysis& found = analyse({{0}, {1}, {2}}, costs_of_all);
  EXPECT_EQ(timeline.makespan, 25us);
  EXPECT_EQ(found.processors[ProcessorId{0}].busy, 20us);
  EXPECT_EQ(found.processors[ProcessorId{0}].slowed, 10us);
  EXPECT_EQ(waits(2), (Times{{"input", 10us}, {"memory", 10us}}));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 10us}, {"layers on p2", 5us}, {"memory m", 10us}}));
}

// A package whose processors take twice as long when both are busy.
TEST_F(CausesTest, Neighbours) {
  const MemoryId memory = machine.memory("m", kTenGigabytes);
  const ProcessorId p0 = machine.processor("p0", memory), p1 = machine.processor("p1", memory);
  machine.processor("p2", memory);
  machine.package(2, {p0, p1});
  const TensorId a = graph.layer("a", {}, Bytes{});
  graph.layer("b", {}, Bytes{});
  graph.layer("c", {a}, Bytes{});
  analyse({{0}, {1}, {2}}, costs_of({{10us, 10us, 10us}, {10us, 10us, 10us}, {5us, 5us, 5us}}));
  EXPECT_EQ(waits(2), (Times{{"input", 10us}, {"neighbours", 10us}}));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 10us},
                            {"layers on p2", 5us},
                            {"slowdown by neighbours in package0", 10us}}));
}

// Two layers of 10 on two streams, each of which could use all of the processor: both take 20.
TEST_F(CausesTest, StreamsShareTheirProcessor) {
  const MemoryId memory = machine.memory("m", kTenGigabytes);
  ProcessorSpec& p0 = machine.parts.processors[machine.processor("p0", memory)];
  p0.streams = 2;
  p0.stream_share = 1;
  machine.processor("p1", memory);
  const TensorId a = graph.layer("a", {}, Bytes{});
  graph.layer("b", {}, Bytes{});
  graph.layer("c", {a}, Bytes{});
  const Analysis& found =
      analyse({{0, 1}, {2}}, costs_of({{10us, 10us}, {10us, 10us}, {5us, 5us}}));
  EXPECT_TRUE(found.traffic.exact);
  EXPECT_EQ(found.processors[ProcessorId{0}].busy, 40us);
  EXPECT_EQ(found.processors[ProcessorId{0}].slowed, 20us);
  EXPECT_EQ(waits(1), (Times{{"input", 10us}, {"neighbours", 10us}}));
}

// One engine sends a to m1 (10-12), then to m2 (12-14).
TEST_F(CausesTest, EngineQueue) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes),
                 m2 = machine.memory("m2", kTenGigabytes);
  machine.processor("p0", m0), machine.processor("p1", m1), machine.processor("p2", m2);
  const EngineId engine = machine.engine("e0", m0);
  machine.link("l1", m0, m1, kGigabyte), machine.link("l2", m0, m2, kGigabyte);
  const TensorId a = graph.layer("a", {}, Bytes{2000});
  graph.layer("b", {a}, Bytes{});
  graph.layer("c", {a}, Bytes{});
  const Analysis& found =
      analyse({{0}, {1}, {2}}, costs_of({{10us, 10us, 10us}, {5us, 5us, 5us}, {5us, 5us, 5us}}));
  EXPECT_EQ(waits(1), (Times{{"input", 10us}, {"transfer", 2us}, {"done", 2us}}));
  EXPECT_EQ(waits(2), (Times{{"input", 10us}, {"engine", 2us}, {"transfer", 2us}}));
  EXPECT_EQ(found.activity.queue[engine].points(),
            (std::vector<Series::Point>{{10us, 1}, {12us, 0}}));
  EXPECT_THAT(path(),
              ElementsAre("a 10 start", "a sent 12 input", "a sent 14 engine", "c 19 input"));
}

// p0 runs x first, so a, which needs nothing, starts at 10.
TEST_F(CausesTest, ProcessorBusyElsewhere) {
  const MemoryId memory = machine.memory("m", kTenGigabytes);
  machine.processor("p0", memory), machine.processor("p1", memory);
  graph.layer("x", {}, Bytes{});
  graph.layer("c", {graph.layer("a", {}, Bytes{})}, Bytes{});
  analyse({{0, 1}, {2}}, costs_of({{10us, 10us}, {5us, 5us}, {3us, 3us}}));
  EXPECT_EQ(waits(1), (Times{{"processor", 10us}, {"input", 5us}}));
  EXPECT_EQ(waits(0), (Times{{"done", 3us}}));
  EXPECT_THAT(path(), ElementsAre("x 10 start", "a 15 processor", "c 18 input"));
}

// p0 copies a by itself: set-up 10-11, data 11-13, there at 14; only then can it run b.
TEST_F(CausesTest, AProcessorThatCopiesByItself) {
  const MemoryId m0 = machine.memory("m0", kTenGigabytes), m1 = machine.memory("m1", kTenGigabytes);
  machine.parts.processors[machine.processor("p0", m0)].copy_setup = 1us;
  machine.processor("p1", m1);
  machine.link("l", m0, m1, kGigabyte, 1us);
  const TensorId a = graph.layer("a", {}, Bytes{2000});
  graph.layer("b", {}, Bytes{});
  graph.layer("c", {a}, Bytes{});
  const Analysis& found = analyse({{0, 1}, {2}}, costs_of({{10us, 10us}, {6us, 6us}, {3us, 3us}}));
  EXPECT_EQ(found.processors[ProcessorId{0}].busy, 16us);
  EXPECT_EQ(found.processors[ProcessorId{0}].copying, 4us);
  EXPECT_EQ(waits(0), (Times{}));
  EXPECT_EQ(waits(1), (Times{{"input", 10us}, {"transfer", 4us}, {"done", 3us}}));
  EXPECT_THAT(path(), ElementsAre("a 10 start", "a sent 14 input", "b 20 processor"));
  EXPECT_EQ(parts(), (Times{{"layers on p0", 16us},
                            {"set-up of copies by p0", 1us},
                            {"link l", 2us},
                            {"latency of links and switches", 1us}}));
  // With an engine, b runs 10-16 and c, at 14 as before, is the last to end.
  const std::vector<Change> changes = changes_for(*run, found.parts, 16);
  const auto engine = std::find_if(changes.begin(), changes.end(), [](const Change& each) {
    return each.how == Change::How::AddEngine;
  });
  ASSERT_NE(engine, changes.end());
  EXPECT_EQ(engine->what, "a DMA engine for p0");
  const ChangedMachine better = changed(*run, *engine);
  EXPECT_EQ(Evaluator(*network, better.hardware, better.costs).run(*plan).makespan, 17us);
}

// a 0-10, b 10-15 on the first of two streams; the second waits for a, then has nothing to do.
TEST_F(CausesTest, EachStreamWaits) {
  machine.parts.processors[machine.processor("p0", machine.memory("m", kGigabyte))].streams = 2;
  graph.layer("b", {graph.layer("a", {}, Bytes{})}, Bytes{});
  analyse({{0, 1}}, costs_of({{10us}, {5us}}));
  EXPECT_EQ(waits(0), (Times{{"input", 10us}, {"done", 5us}}));
  EXPECT_EQ(analysis->processors[ProcessorId{0}].busy, 15us);
}

// 10 FLOP at 1 FLOP/ns, no traffic worth mentioning, launched in 4 ns: estimated times follow the
// peak, launch overheads do not.
TEST_F(CausesTest, EstimatedTimesFollowTheRoofline) {
  const ProcessorId p0 = machine.processor("p0", machine.memory("m", kTenGigabytes));
  machine.parts.processors[p0].launch_overhead = 4ns;
  Layer layer;
  layer.name = "a";
  layer.kind = OpKind::Opaque;
  layer.work.flops = Flops{10};
  layer.work.read = Bytes{20};
  NetworkBuilder builder("n");
  Tensor input;
  input.name = "x";
  input.kind = TensorKind::Input;
  input.shape = {1};
  Tensor output = input;
  output.name = "y";
  output.kind = TensorKind::Activation;
  layer.inputs = {builder.add_tensor(input)};
  layer.outputs = {builder.add_tensor(output)};
  builder.add_layer(layer);
  network.emplace(builder.build({"n", 0, 0}));
  hardware.emplace(machine.build());
  costs.emplace(estimated_costs(*network, *hardware));
  plan.emplace(plan_of(*network, *hardware, {{0}}));
  timeline = Evaluator(*network, *hardware, *costs).run(*plan);
  run.emplace(PlanRun{timeline, *network, *hardware, *plan, *costs});
  ASSERT_EQ(timeline.makespan, 14ns);
  const auto with = [&](PartKind kind) {
    const ChangedMachine better = changed(*run, {"", {{kind, 0}}});
    return Evaluator(*network, better.hardware, better.costs).run(*plan).makespan;
  };
  EXPECT_EQ(with(PartKind::Compute), 9ns);
  EXPECT_EQ(with(PartKind::Launch), 12ns);
  EXPECT_EQ(with(PartKind::Memory), 14ns);  // the roofline's other side
}

}  // namespace
}  // namespace partita
