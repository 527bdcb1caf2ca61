#include "models/timeline/chrome_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"
#include "tests/support/text_file.h"

namespace partita {
namespace {

using nlohmann::json;
using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using testing::ElementsAre;

std::vector<json> events(const json& trace, const std::string& phase) {
  std::vector<json> found;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("ph") == phase) found.push_back(event);
  }
  return found;
}

// A weight moves from 0 to 2 us. A request is cancelled while its a runs, to 4 us: its copy and its b
// are not there.
TEST(ChromeTrace, RelocationsAndCancelledRequests) {
  Machine machine;
  for (const std::string number : {"0", "1"}) {
    machine.processor("p" + number, machine.memory("m" + number, Bandwidth{100'000'000'000}));
  }
  machine.link("l0", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  machine.engine("e0", MemoryId{0});
  Graph graph;
  const TensorId weight = graph.weight("w", Bytes{2000});
  graph.layer("b", {graph.layer("a", {}, Bytes{1000}), weight}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = costs_of({{4us, 4us}, {1us, 1us}});
  const Plan plan = plan_of(network, hardware, {{0}, {1}});
  const Relocation there{{}, {{weight, MemoryId{0}, MemoryId{1}}}};
  Workload workload{{{0us, nullptr, 0, &there, {}}, {0us, &plan, 0, nullptr, 3us}}};
  workload.resident = {{weight, MemoryId{0}}};
  Evaluator evaluator(network, hardware, costs);
  std::vector<Timeline> timelines(2);
  const WorkloadTimeline record = evaluator.run(
      workload,
      [&](std::size_t number, const Timeline& timeline) { timelines[number] = timeline; });
  const json trace =
      json::parse(chrome_trace("both", record, timelines, {&network}, hardware, workload, {},
                               {{1us, "switch to other", "m0 is \"full\""}}));
  const std::vector<json> decisions = events(trace, "i");
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(decisions[0]["name"], "switch to other");
  EXPECT_EQ(decisions[0]["args"]["why"], "m0 is \"full\"");
  EXPECT_DOUBLE_EQ(decisions[0]["ts"], 1);
  const std::vector<json> slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0]["name"], "w -> m1");
  EXPECT_EQ(slices[0]["cat"], "relocation");
  EXPECT_DOUBLE_EQ(slices[0]["dur"], 2);
  EXPECT_EQ(slices[1]["name"], "a");
  std::vector<std::string> names;
  for (const json& event : events(trace, "b")) names.push_back(event["name"]);
  EXPECT_THAT(names, ElementsAre("relocation 0", "request 1 (cancelled)"));
}

// One slice for all memories that a switch sends a on to, until the engine is free (at 6), and an
// arrow for each over it. In JSON the second leg names the first one's transfer.
TEST(ChromeTrace, AMulticastIsOneSlice) {
  Machine machine;
  const SwitchId hub = machine.node("hub");
  machine.parts.switches[hub].multicast = true;
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(i);
    const MemoryId memory = machine.memory("m" + number, Bandwidth{10'000'000'000});
    machine.processor("p" + number, memory);
    machine.link("l" + number, memory, hub, Bandwidth{1'000'000'000}, 1us * i);
  }
  machine.parts.engines[machine.engine("e0", MemoryId{0}, 1us)].channels = 2;
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1000});
  graph.layer("b", {a}, Bytes{10});
  graph.layer("c", {a}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Plan plan = plan_of(network, hardware, {{0}, {1}, {2}});
  const Timeline timeline =
      Evaluator(network, hardware, costs_of({{4us, 4us, 4us}, {1us, 1us, 1us}, {1us, 1us, 1us}}))
          .run(plan);
  const json trace = json::parse(chrome_trace({{"one", timeline, network, hardware, plan}}));
  const std::vector<json> slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 4u);
  EXPECT_EQ(slices[3]["name"], "a -> m1, m2");
  EXPECT_EQ(slices[3]["tid"], 4);
  EXPECT_DOUBLE_EQ(slices[3]["ts"], 4);
  EXPECT_DOUBLE_EQ(slices[3]["dur"], 2);
  EXPECT_DOUBLE_EQ(slices[3]["args"]["arrived_us"], 8);
  ASSERT_EQ(events(trace, "t").size(), 2u);
  for (const json& step : events(trace, "t")) EXPECT_EQ(step["tid"], 4);

  const std::string text = to_json(timeline, network, hardware, plan);
  const json legs = json::parse(text).at("legs");
  EXPECT_FALSE(legs[0].contains("with"));
  EXPECT_EQ(legs[1]["with"], 0);
  const test::TextFile file("timeline.json", text);
  EXPECT_EQ(load_timeline(file.path(), network, hardware, plan), timeline);
}

TEST(ChromeTrace, SlicesThreadsAndArrows) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
  machine.parts.processors[machine.processor("p0", m0)].streams = 2;
  machine.processor("p1", m1);
  machine.engine("e0", m0, 1us);
  machine.link("link", m0, m1, Bandwidth{1'000'000'000}, 2us);
  Graph graph;
  const TensorId a = graph.layer("a \"quoted\"", {}, Bytes{1000});
  graph.layer("b", {a}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Plan plan = plan_of(network, hardware, {{0}, {1}});
  const Time odd = Time{4us} + 1_ps;
  const Timeline timeline =
      Evaluator(network, hardware, costs_of({{odd, odd}, {5us, 5us}})).run(plan);
  const std::string text = chrome_trace({{"predicted", timeline, network, hardware, plan},
                                         {"again", timeline, network, hardware, plan}});
  EXPECT_THAT(text, testing::HasSubstr(R"("dur": 4.000001,)"));  // no picosecond is lost
  const json trace = json::parse(text);

  std::map<int, std::vector<std::string>> threads;
  std::vector<std::string> processes;
  for (const json& event : events(trace, "M")) {
    if (event["name"] == "thread_name") threads[event["pid"]].push_back(event["args"]["name"]);
    if (event["name"] == "process_name") processes.push_back(event["args"]["name"]);
  }
  EXPECT_THAT(processes, ElementsAre("predicted", "again"));
  EXPECT_THAT(threads[1], ElementsAre("p0 stream 0", "p0 stream 1", "p1", "e0"));
  EXPECT_EQ(threads[1], threads[2]);

  const std::vector<json> slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 6u);
  EXPECT_EQ(slices[0]["name"], "a \"quoted\"");
  EXPECT_EQ(slices[1]["tid"], 3);
  // The engine's slice ends when its data has left, two microseconds before the arrival.
  EXPECT_EQ(slices[2]["tid"], 4);
  EXPECT_DOUBLE_EQ(slices[2]["ts"], 4.000001);
  EXPECT_DOUBLE_EQ(slices[2]["dur"], 2);
  EXPECT_DOUBLE_EQ(slices[2]["args"]["arrived_us"], 8.000001);

  // From just before the end of a over the engine to the start of b.
  const json start = events(trace, "s").at(0), step = events(trace, "t").at(0),
             finish = events(trace, "f").at(0);
  EXPECT_EQ(start["tid"], 1);
  EXPECT_DOUBLE_EQ(start["ts"], 3.999001);
  EXPECT_EQ(step["tid"], 4);
  EXPECT_EQ(finish["tid"], 3);
  EXPECT_EQ(finish["bp"], "e");
  EXPECT_EQ(start["id"], step["id"]);
  EXPECT_EQ(start["id"], finish["id"]);
}

TEST(ChromeTrace, SignalsAreCounters) {
  Machine machine;
  machine.processor("p0", machine.memory("m0", Bandwidth{1'000'000'000}));
  Graph graph;
  graph.layer("a", {}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Plan plan = plan_of(network, hardware, {{0}});
  const Timeline timeline = Evaluator(network, hardware, costs_of({{4us}})).run(plan);
  Changes changes;
  changes.add(1us, Time{3'000'001}, 16'000'000'000);
  const json trace = json::parse(chrome_trace({{"predicted",
                                                timeline,
                                                network,
                                                hardware,
                                                plan,
                                                {{"links", "pcie0>", "B/s", changes.series()}}}}));
  const std::vector<json> counters = events(trace, "C");
  ASSERT_EQ(counters.size(), 2u);
  EXPECT_EQ(counters[0]["name"], "pcie0> (B/s)");
  EXPECT_EQ(counters[0]["pid"], 1);
  EXPECT_DOUBLE_EQ(counters[0]["ts"], 1);
  EXPECT_EQ(counters[0]["args"]["value"], 16'000'000'000);
  EXPECT_DOUBLE_EQ(counters[1]["ts"], 3.000001);
  EXPECT_EQ(counters[1]["args"]["value"], 0);
}

// What viewers need: slices of one thread do not overlap, every arrow starts and ends inside a
// slice, ids pair up.
void expect_well_formed(const json& trace, std::uint64_t seed) {
  struct Slice {
    std::int64_t start, finish;  // ps
  };
  const auto picoseconds = [](const json& value) {
    return static_cast<std::int64_t>(std::llround(value.get<double>() * 1e6));
  };
  std::map<int, std::vector<Slice>> slices;
  for (const json& event : events(trace, "X")) {
    const std::int64_t start = picoseconds(event["ts"]);
    slices[event["tid"]].push_back({start, start + picoseconds(event["dur"])});
  }
  for (auto& [thread, list] : slices) {
    std::sort(list.begin(), list.end(), [](Slice a, Slice b) { return a.start < b.start; });
    for (std::size_t i = 1; i < list.size(); ++i) EXPECT_LE(list[i - 1].finish, list[i].start);
  }
  std::map<int, int> balance;
  for (const char* phase : {"s", "t", "f"}) {
    for (const json& event : events(trace, phase)) {
      const std::int64_t at = picoseconds(event["ts"]);
      const auto& list = slices[event["tid"]];
      EXPECT_TRUE(std::any_of(list.begin(), list.end(),
                              [&](Slice slice) { return slice.start <= at && at <= slice.finish; }))
          << "seed " << seed;
      balance[event["id"]] += *phase == 's' ? 1 : *phase == 'f' ? -1 : 0;
    }
  }
  for (const auto& [id, open] : balance) EXPECT_EQ(open, 0);
  std::map<std::string, int> asynchronous;
  for (const json& event : events(trace, "b")) ++asynchronous[event["id"]];
  for (const json& event : events(trace, "e")) --asynchronous[event["id"]];
  for (const auto& [id, open] : asynchronous) EXPECT_EQ(open, 0);
}

TEST(ChromeTrace, RandomTracesAreWellFormed) {
  test::CaseOptions options;
  options.details = true;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Network network = test::random_network(seed);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware);
    const std::vector<Plan> plans{test::random_plan(seed, network, hardware),
                                  test::random_plan(seed + 1, network, hardware)};
    Evaluator evaluator(network, hardware, costs);
    const Timeline timeline = evaluator.run(plans.front());
    expect_well_formed(json::parse(chrome_trace({{"one", timeline, network, hardware, plans[0]}})),
                       seed);

    const Workload workload = test::random_workload(seed, plans, timeline.makespan, options);
    std::vector<Timeline> timelines(workload.requests.size());
    const WorkloadTimeline record = evaluator.run(
        workload, [&](std::size_t number, const Timeline& one) { timelines[number] = one; });
    std::vector<TracedRequest> traced;
    for (std::size_t i = 0; i < timelines.size(); ++i) {
      traced.push_back({i, record.requests[i], timelines[i], *workload.requests[i].plan});
    }
    expect_well_formed(json::parse(chrome_trace("several", traced, network, hardware)), seed);
  }
}

// Two requests of one layer of 4 us, one after the other: slices on one thread that name their
// request, and the time from arrival to finish, with the wait for admission.
TEST(ChromeTrace, RequestsShareThreads) {
  Machine machine;
  machine.processor("p0", machine.memory("m0", Bandwidth{1'000'000'000}));
  Graph graph;
  graph.layer("a", {}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Plan plan = plan_of(network, hardware, {{0}});
  std::vector<Timeline> timelines;
  Evaluator evaluator(network, hardware, costs_of({{4us}}));
  const WorkloadTimeline record =
      evaluator.run({{{0us, &plan}, {1us, &plan}}, 1, false},
                    [&](std::size_t, const Timeline& one) { timelines.push_back(one); });
  const json trace = json::parse(chrome_trace(
      "simulated",
      {{0, record.requests[0], timelines[0], plan}, {1, record.requests[1], timelines[1], plan}},
      network, hardware));
  const std::vector<json> slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[1]["args"]["request"], 1);
  EXPECT_EQ(slices[0]["tid"], slices[1]["tid"]);
  EXPECT_DOUBLE_EQ(slices[1]["ts"], 4);
  const std::vector<json> begins = events(trace, "b"), ends = events(trace, "e");
  ASSERT_EQ(begins.size(), 3u);
  EXPECT_EQ(begins[1]["name"], "request 1");
  EXPECT_DOUBLE_EQ(begins[1]["ts"], 1);
  EXPECT_DOUBLE_EQ(ends[1]["ts"], 8);
  EXPECT_EQ(begins[2]["name"], "waits");
  EXPECT_DOUBLE_EQ(ends[2]["ts"], 4);
  EXPECT_EQ(begins[2]["id"], begins[1]["id"]);
}

}  // namespace
}  // namespace partita
