#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"
#include "tests/support/text_file.h"

namespace partita {
namespace {

using test::complaint;
using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using test::TextFile;

class TimelineJson : public testing::Test {
 protected:
  TimelineJson() {
    Machine machine;
    const MemoryId m0 = machine.memory("dram", Bandwidth{10'000'000'000}, Bytes{1 << 20});
    const MemoryId m1 = machine.memory("hbm0", Bandwidth{10'000'000'000}, Bytes{1 << 20});
    machine.processor("cpu0", m0);
    machine.processor("gpu0", m1);
    machine.engine("dma0", m0, 1us);
    machine.link("pcie", m0, m1, Bandwidth{1'000'000'000}, 2us);
    hardware.emplace(machine.build());
    Graph graph;
    graph.layer("b", {graph.layer("a", {}, Bytes{1000})}, Bytes{10});
    network.emplace(graph.build());
    plan.emplace(plan_of(*network, *hardware, {{0}, {1}}));
    timeline = Evaluator(*network, *hardware, costs_of({{4us, 4us}, {5us, 5us}})).run(*plan);
  }

  std::string errors(const std::string& text) const {
    const TextFile file("timeline.json", text);
    return complaint(
        file, [&](const std::string& path) { load_timeline(path, *network, *hardware, *plan); });
  }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<Plan> plan;
  Timeline timeline;
};

constexpr const char* kText = R"({
 "timeline": 1,
 "origin": "predicted",
 "network": "graph",
 "machine": "machine",
 "method": "test",
 "makespan_ps": 13000000,
 "processors": [
  {
   "name": "cpu0",
   "kind": "cpu",
   "memory": "dram",
   "streams": 1
  },
  {
   "name": "gpu0",
   "kind": "cpu",
   "memory": "hbm0",
   "streams": 1
  }
 ],
 "engines": [
  {
   "name": "dma0",
   "memory": "dram"
  }
 ],
 "memories": [
  {
   "name": "dram",
   "capacity_bytes": 1048576,
   "peak_bytes": 1000
  },
  {
   "name": "hbm0",
   "capacity_bytes": 1048576,
   "peak_bytes": 1010
  }
 ],
 "layers": [
  {
   "layer": "a",
   "operator": "Opaque",
   "processor": "cpu0",
   "stream": 0,
   "start_ps": 0,
   "finish_ps": 4000000
  },
  {
   "layer": "b",
   "operator": "Opaque",
   "processor": "gpu0",
   "stream": 0,
   "start_ps": 8000000,
   "finish_ps": 13000000
  }
 ],
 "legs": [
  {
   "transfer": 0,
   "leg": 0,
   "tensor": "a",
   "bytes": 1000,
   "src": "dram",
   "dst": "hbm0",
   "engine": "dma0",
   "queued_ps": 4000000,
   "start_ps": 4000000,
   "data_ps": 5000000,
   "finish_ps": 8000000
  }
 ]
}
)";

TEST_F(TimelineJson, IsReadAsItIsWritten) {
  EXPECT_EQ(to_json(timeline, *network, *hardware, *plan), kText);
  const TextFile file("timeline.json", kText);
  EXPECT_EQ(load_timeline(file.path(), *network, *hardware, *plan), timeline);
}

TEST_F(TimelineJson, APeakThatNobodyMeasuredStaysAbsent) {
  timeline.memory_peak.clear();
  timeline.origin = Origin::Measured;
  const TextFile file("timeline.json", to_json(timeline, *network, *hardware, *plan));
  EXPECT_EQ(load_timeline(file.path(), *network, *hardware, *plan), timeline);
}

TEST_F(TimelineJson, EveryMistakeIsReportedWithItsPlace) {
  EXPECT_EQ(
      errors(R"({"timeline": 3, "origin": "dreamt", "network": "nets", "makespan_ps": -1,
 "memories": [{"name": "dram", "peak_bytes": 5}, {"name": "ram"}],
 "layers": [{"layer": "a", "processor": "cpu", "stream": 0, "start_ps": 0, "finish_ps": "4 us"},
            {"layer": "a", "processor": "cpu0", "stream": 0, "start_ps": 0, "finish_ps": 1},
            {"layer": "q", "processor": "cpu0", "stream": 0, "start_ps": 0, "finish_ps": 1}],
 "legs": [{"transfer": 1, "leg": 0, "tensor": "a", "src": "dram", "dst": "hbm0",
           "queued_ps": 0, "start_ps": 0, "data_ps": 0, "finish_ps": 0},
          {"transfer": 0, "leg": 2, "tensor": "a", "src": "dram", "dst": "hbm0",
           "queued_ps": 0, "start_ps": 0, "data_ps": 0, "finish_ps": 0},
          {"transfer": 0, "leg": 0, "tensor": "b", "src": "hbm0", "dst": "dram", "engine": "dma7",
           "queued_ps": 0, "start_ps": 0, "data_ps": 0, "finish_ps": 0}]})"),
      "timeline.json:1:14: error: timeline: version 3 is written here, this program reads 1\n"
      "timeline.json:1:27: error: origin: 'dreamt' is none of predicted, simulated, measured\n"
      "timeline.json:1:48: error: the timeline is of network 'nets', but the network given is "
      "'graph'\n"
      "timeline.json:1:71: error: makespan_ps: -1 is below zero\n"
      "timeline.json:2:15: error: memory 'hbm0' has no peak_bytes, though others have\n"
      "timeline.json:2:59: error: the machine 'machine' has no memory 'ram'\n"
      "timeline.json:3:12: error: layer 'b' is missing\n"
      "timeline.json:3:41: error: the machine 'machine' has no processor 'cpu'\n"
      "timeline.json:3:89: error: finish_ps: expected a whole number, not '4 us'\n"
      "timeline.json:4:13: error: layer 'a' stands twice (first at line 3)\n"
      "timeline.json:5:23: error: the network 'graph' has no layer 'q'\n"
      "timeline.json:6:24: error: there is no transfer 1: the plan has 1\n"
      "timeline.json:8:34: error: transfer 0 has no leg 2: it has 1\n"
      "timeline.json:10:11: error: leg 0 of transfer 0 goes from 'dram' to 'hbm0'\n"
      "timeline.json:10:47: error: transfer 0 of the plan moves 'a', not 'b'\n"
      "timeline.json:10:92: error: the machine 'machine' has no engine 'dma7'");
}

TEST_F(TimelineJson, RandomTimelinesSurviveTheirFiles) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Network random = test::random_network(seed);
    const Hardware machine = test::random_hardware(seed);
    const CostTable costs = test::random_costs(seed, random, machine);
    const Plan random_plan = test::random_plan(seed, random, machine);
    const Timeline written = Evaluator(random, machine, costs).run(random_plan);
    const TextFile file("timeline.json", to_json(written, random, machine, random_plan));
    EXPECT_EQ(load_timeline(file.path(), random, machine, random_plan), written);
  }
}

}  // namespace
}  // namespace partita
