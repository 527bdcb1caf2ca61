// Directors and simulations that are under way, with times that can be worked out by hand.
#include <gtest/gtest.h>

#include <functional>

#include "sim/simulate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;

struct Scripted : sim::Director {
  std::function<void(sim::Live&)> at_begin, at_timer = [](sim::Live&) {};
  std::function<void(sim::Live&, std::size_t)> at_done = [](sim::Live&, std::size_t) {};

  void begin(sim::Live& live) override { at_begin(live); }
  void done(sim::Live& live, std::size_t number, const Timeline&) override {
    at_done(live, number);
  }
  void timer(sim::Live& live) override { at_timer(live); }
};

class DirectedTest : public testing::Test {
 protected:
  static Machine machine() {
    Machine machine;
    machine.processor("p0", machine.memory("m0", Bandwidth{100'000'000'000}));
    return machine;
  }
  static Network network() {
    Graph graph;
    graph.layer("b", {graph.layer("a", {}, Bytes{1000})}, Bytes{10});
    return graph.build();
  }

  const Network network_ = network();
  const CostTable costs_ = costs_of({{4us}, {1us}});
};

// a has done half of its 4 us when everything takes twice as long: 2 + 4; then b takes 2 us.
TEST_F(DirectedTest, ASlowDown) {
  const Hardware hardware = machine().build();
  const Plan plan = plan_of(network_, hardware, {{0, 1}});
  Scripted director;
  director.at_begin = [&](sim::Live& live) {
    EXPECT_EQ(live.start(plan, 0), 0u);
    live.call_at(2us);
  };
  director.at_timer = [&](sim::Live& live) {
    EXPECT_EQ(live.now(), 2us);
    EXPECT_EQ(live.so_far(0).layers[LayerId{0}].start, 0us);
    EXPECT_EQ(live.so_far(0).layers[LayerId{0}].finish, 0us);
    live.slow_down(ProcessorId{0}, 2);
  };
  sim::Simulator simulator(network_, hardware, costs_);
  const sim::Directed& directed = simulator.run(director);
  EXPECT_EQ(directed.record.requests[0].finish, 8us);
  EXPECT_EQ(directed.record.makespan, 8us);
  ASSERT_EQ(directed.slowed.size(), 1u);
  EXPECT_EQ(directed.slowed[0].from, 2us);
}

// Done at 5 us, the second starts at once; the third, too, but is cancelled while its a waits.
TEST_F(DirectedTest, WhatIsAskedWhenSomethingIsDone) {
  const Hardware hardware = machine().build();
  const Plan plan = plan_of(network_, hardware, {{0, 1}});
  std::vector<std::size_t> order;
  Scripted director;
  director.at_begin = [&](sim::Live& live) { live.start(plan, 0); };
  director.at_done = [&](sim::Live& live, std::size_t number) {
    order.push_back(number);
    if (number > 0) return;
    live.start(plan, 0);
    live.start(plan, 0);
    live.call_at(7us);
  };
  director.at_timer = [&](sim::Live& live) { live.cancel(2); };
  sim::Simulator simulator(network_, hardware, costs_);
  const sim::Directed& directed = simulator.run(director);
  EXPECT_EQ(directed.record.requests[1], (RequestSpan{5us, 5us, 5us, 10us}));
  EXPECT_EQ(directed.record.requests[2], (RequestSpan{5us, 5us, 7us, 7us}));
  EXPECT_EQ(directed.workload.requests[2].cancelled, Time{7us});
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 2, 1}));
}

// p0 goes away at 2 us with the last work of request 1, which was cancelled at 1 us. In the same
// instant request 2 has its place, and what it sends goes before the weight that waits for e0.
TEST_F(DirectedTest, ALossMakesRoomBeforeAnythingStarts) {
  Machine machine;
  for (const std::string number : {"0", "1"}) {
    machine.processor("p" + number, machine.memory("m" + number, Bandwidth{100'000'000'000}));
  }
  machine.link("l0", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  machine.engine("e0", MemoryId{0});
  machine.parts.host = MemoryId{0};
  machine.parts.load = {{"loss", Lost{ProcessorId{0}}, 2us, 10us, std::nullopt, {}}};
  Graph graph;
  const TensorId x = graph.input("x", Bytes{1000});
  const TensorId w = graph.weight("w", Bytes{2000}), v = graph.weight("v", Bytes{2000});
  graph.layer("a", {x}, Bytes{10});
  graph.layer("b", {w, v}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = costs_of({{4us, 4us}, {1us, 1us}});
  const Plan on_p0 = plan_of(network, hardware, {{0, 1}, {}});
  const Plan across = plan_of(network, hardware, {{1}, {0}});
  const Relocation there{{}, {{w, MemoryId{0}, MemoryId{1}}, {v, MemoryId{0}, MemoryId{1}}}};
  Workload workload{{{0us, nullptr, 0, &there, {}},
                     {0us, &on_p0, 0, nullptr, 1us},
                     {0us, &across, 0, nullptr, {}}},
                    2};
  workload.resident = {{w, MemoryId{0}}, {v, MemoryId{0}}};
  std::vector<Timeline> timelines(3);
  sim::Simulator simulator(network, hardware, costs);
  const WorkloadTimeline& record = simulator.run(
      workload,
      [&](std::size_t number, const Timeline& timeline) { timelines[number] = timeline; });
  EXPECT_EQ(record.requests[1].finish, 2us);
  EXPECT_EQ(record.requests[2].admitted, 2us);
  EXPECT_EQ(timelines[2].legs[0].start, 2us);
  EXPECT_EQ(timelines[0].legs[1].start, 3us);
}

// p0 is lost at 2 us and never returns; traffic goes on for ever. The director sees it, and gives
// up at 9 us, or leaves it.
TEST_F(DirectedTest, WhatWaitsForEver) {
  Machine with_load = machine();
  with_load.parts.load = {
      {"loss", Lost{ProcessorId{0}}, 2us, std::nullopt, std::nullopt, {}},
      {"traffic", MemoryTraffic{MemoryId{0}, Bandwidth{1000}}, 0us, 1us, 3us, {}}};
  const Hardware hardware = with_load.build();
  const Plan plan = plan_of(network_, hardware, {{0, 1}});
  for (const bool gives_up : {false, true}) {
    Scripted director;
    director.at_begin = [&](sim::Live& live) {
      EXPECT_FALSE(live.is_lost(ProcessorId{0}));
      live.start(plan, 0);
      live.call_at(9us);
    };
    director.at_timer = [&](sim::Live& live) {
      EXPECT_TRUE(live.is_lost(ProcessorId{0}));
      if (gives_up) live.cancel(0);
    };
    sim::Simulator simulator(network_, hardware, costs_);
    const sim::Directed& directed = simulator.run(director);
    EXPECT_EQ(directed.record.unfinished.has_value(), !gives_up);
    EXPECT_EQ(directed.record.requests[0].finish, gives_up ? Time{9us} : Time{0});
  }
}

}  // namespace
}  // namespace partita
