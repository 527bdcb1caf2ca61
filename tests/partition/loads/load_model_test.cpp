// What an assignment costs, by hand; and that moves change it as computing it afresh does.
#include <gtest/gtest.h>

#include "models/base/random.h"
#include "partition/loads/load_state.h"
#include "tests/partition/loads/random_models.h"

namespace partita::loads {
namespace {

// a sends 5 to b, c and d. Two accelerators, a CPU.
test::OperatorGraph fork_of_three() {
  test::OperatorGraph graph{
      .name = "fork", .accelerators = 2, .cpus = 1, .capacity = 100, .nodes = {}};
  const auto node = [&](const char* id, double fast, double slow, double send,
                        std::vector<std::size_t> successors) {
    graph.nodes.push_back({.id = id,
                           .accelerator = fast,
                           .cpu = slow,
                           .backward = false,
                           .colour = std::nullopt,
                           .size = 30,
                           .send = send,
                           .successors = std::move(successors)});
  };
  node("a", 10, 100, 5, {1, 2, 3});
  node("b", 20, 200, 0, {});
  node("c", 30, 300, 0, {});
  node("d", 40, 400, 0, {});
  return graph;
}

Loads loads_on(const test::OperatorLoads& of, std::initializer_list<int> devices) {
  Assignment assignment(of.model.items.size());
  std::size_t node = 0;
  for (const int device : devices) assignment[of.item[node++]] = DeviceId(device);
  return loads_of(of.model, assignment);
}

double ms(const test::OperatorLoads& of, std::int64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(of.model.ticks);
}

TEST(LoadModel, BothAcceleratorsPayForWhatGoesBetweenThem) {
  const auto of = test::loads_of(fork_of_three());
  // a, b on 0; c, d on 1: a pays 5 once (10 + 20 + 5), the other accelerator 5 once (30 + 40 + 5).
  const Loads loads = loads_on(of, {0, 0, 1, 1});
  EXPECT_EQ(ms(of, loads.of[ResourceId(0)]), 35);
  EXPECT_EQ(ms(of, loads.of[ResourceId(1)]), 75);
  EXPECT_EQ(ms(of, loads.value), 75);
  EXPECT_TRUE(loads.feasible());
}

TEST(LoadModel, CpusPayNothingForWhatTheySendAndGet) {
  const auto of = test::loads_of(fork_of_three());
  // a on the CPU: 100. b on 0: 20 + 5; c, d on 1: 30 + 40 + 5, for both one copy.
  const Loads from_cpu = loads_on(of, {2, 0, 1, 1});
  EXPECT_EQ(ms(of, from_cpu.of[ResourceId(2)]), 100);
  EXPECT_EQ(ms(of, from_cpu.of[ResourceId(0)]), 25);
  EXPECT_EQ(ms(of, from_cpu.of[ResourceId(1)]), 75);
  // b on the CPU: 200. a pays once for two other devices: 10 + 5; c, d as before.
  const Loads to_cpu = loads_on(of, {0, 2, 1, 1});
  EXPECT_EQ(ms(of, to_cpu.of[ResourceId(2)]), 200);
  EXPECT_EQ(ms(of, to_cpu.of[ResourceId(0)]), 15);
  EXPECT_EQ(ms(of, to_cpu.of[ResourceId(1)]), 75);
}

TEST(LoadModel, MemoriesThatAreTooSmallAreTold) {
  const auto of = test::loads_of(fork_of_three());
  EXPECT_EQ(loads_on(of, {0, 0, 0, 2}).excess, 0);   // 3 x 30 of 100
  EXPECT_EQ(loads_on(of, {0, 0, 0, 0}).excess, 20);  // 4 x 30 of 100
  EXPECT_EQ(loads_on(of, {2, 2, 2, 2}).excess, 0);   // CPUs have no limit
}

TEST(LoadModel, ColoursAreOneItem) {
  test::OperatorGraph graph = fork_of_three();
  graph.nodes[0].colour = graph.nodes[3].colour = "1";
  graph.nodes[2].accelerator.reset();
  const auto of = test::loads_of(graph);
  ASSERT_EQ(of.model.items.size(), 3u);
  EXPECT_EQ(of.item[0], of.item[3]);
  EXPECT_EQ(of.model.items[of.item[0]].options.front().uses.front().amount,
            50 * of.model.ticks);                            // 10 + 40
  EXPECT_EQ(of.model.items[of.item[2]].options.size(), 1u);  // the CPU
}

// Two items keep 10 and 20 B; while it works, the one needs 5 B more, the other 7 B. Together 30 + 7 B.
TEST(LoadModel, OnlyOneItemWorksAtATime) {
  LoadModel model;
  model.resources.push_back("r");
  model.places.push_back({"m", Bytes{36}});
  model.devices.push_back({"d", PlaceId{0}});
  model.items.push_back({"a", {{DeviceId{0}, {}}}, Bytes{10}, Bytes{5}});
  model.items.push_back({"b", {{DeviceId{0}, {}}}, Bytes{20}, Bytes{7}});
  const Loads loads = loads_of(model, Assignment(2, DeviceId{0}));
  EXPECT_EQ(loads.held[PlaceId{0}], 37);
  EXPECT_EQ(loads.excess, 1);
}

void expect_same(const LoadModel& model, const LoadState& state, std::uint64_t seed) {
  const Loads full = loads_of(model, state.assignment());
  EXPECT_EQ(state.loads(), full.of) << seed;
  for (const PlaceId place : ids<PlaceId>(model.places.size()))
    EXPECT_EQ(state.held(place), full.held[place]) << seed;
  EXPECT_EQ(state.value(), full.value) << seed;
  EXPECT_EQ(state.excess(), full.excess) << seed;
  EXPECT_EQ(state.broken_arcs(), full.broken_arcs) << seed;
  EXPECT_EQ(state.crossings(), test::crossings_of(model, state.assignment())) << seed;
}

TEST(LoadState, MovesGiveWhatComputingAfreshGives) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const LoadModel model = test::random_model(seed, 12, seed % 3 == 0);
    LoadState state(model);
    state.load(test::random_assignment(seed, model));
    expect_same(model, state, seed);
    Random random(seed);
    for (int i = 0; i < 30; ++i) {
      const auto item = static_cast<ItemId>(random.below(model.items.size()));
      const auto& options = model.items[item].options;
      state.move(item, options[random.below(options.size())].device);
      expect_same(model, state, seed);
    }
  }
}

TEST(LoadState, WhatChangedIsTouched) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const LoadModel model = test::random_model(seed, 8);
    LoadState state(model);
    Random random(seed);
    state.forget_touched();
    const auto before = state.loads();
    const auto item = static_cast<ItemId>(random.below(model.items.size()));
    const auto& options = model.items[item].options;
    state.move(item, options[random.below(options.size())].device);
    for (const ResourceId resource : ids<ResourceId>(before.size())) {
      if (state.load_of(resource) == before[resource]) continue;
      EXPECT_EQ(std::count(state.touched().begin(), state.touched().end(), resource), 1) << seed;
    }
  }
}

}  // namespace
}  // namespace partita::loads
