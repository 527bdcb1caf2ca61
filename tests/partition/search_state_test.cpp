#include "partition/methods/search_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/evaluate/evaluate.h"
#include "partition/methods/critical.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::ElementsAre;

// Ten thousand moves on random graphs: every state is a plan, layers stay on candidates, and undo()
// undoes.
TEST(SearchState, EveryMoveGivesAPlanAndCanBeUndone) {
  std::size_t effective = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Network network = test::random_network(seed);
    const Hardware hardware = test::random_hardware(seed);
    CostTable costs = test::random_costs(seed, network, hardware);
    // Every third layer cannot run on the last processor.
    const auto last = static_cast<ProcessorId>(hardware.processors().size() - 1);
    for (const LayerId layer : network.layers()) {
      if (index(last) > 0 && index(layer) % 3 == 0) costs.set(layer, last, std::nullopt);
    }
    const Problem problem{network, hardware, costs};
    const Delays delays(network, hardware);
    const Candidates candidates = std::get<Candidates>(Candidates::find(problem, delays));
    SearchState state(problem, candidates);
    Evaluator evaluator(network, hardware, costs);
    auto start = make_plan(network, hardware, all_on(network, hardware, ProcessorId{0}), "start");
    const Plan& plan = std::get<Plan>(start);
    state.load(plan.placement(), evaluator.run(plan));
    Random random(seed);
    for (int move = 0; move < 200; ++move) {
      const Placement before = state.placement();
      const bool changed = state.change(random);
      const Placement after = state.placement();
      const bool differs = before.processor != after.processor || before.order != after.order;
      ASSERT_EQ(changed, differs) << "seed " << seed << " move " << move;
      effective += changed;
      auto made = make_plan(network, hardware, after, "moved");
      ASSERT_TRUE(std::holds_alternative<Plan>(made)) << std::get<BadPlan>(made).reason;
      for (const LayerId layer : network.layers())
        ASSERT_TRUE(candidates.has(layer, after.processor[layer]));
      if (random.one_in(2)) {
        state.undo();
        ASSERT_EQ(state.placement().processor, before.processor);
        ASSERT_EQ(state.placement().order, before.order);
      } else {
        state.keep();
        if (random.one_in(5)) state.focus({LayerId{0}});
      }
    }
  }
  EXPECT_GT(effective, 3'000u);
}

TEST(SearchState, ASnapshotComesBack) {
  const Network network = test::random_network(3);
  const Hardware hardware = test::random_hardware(4);
  const CostTable costs = test::random_costs(3, network, hardware);
  const Problem problem{network, hardware, costs};
  const Delays delays(network, hardware);
  const Candidates candidates = std::get<Candidates>(Candidates::find(problem, delays));
  SearchState state(problem, candidates);
  Evaluator evaluator(network, hardware, costs);
  const Plan plan = test::random_plan(5, network, hardware);
  state.load(plan.placement(), evaluator.run(plan));
  EXPECT_EQ(state.placement().order, plan.placement().order);
  const SearchState::Snapshot snapshot = state.snapshot();
  Random random(1);
  for (int i = 0; i < 100; ++i) state.change(random), state.keep();
  ASSERT_NE(state.placement().processor, plan.placement().processor);
  state.restore(snapshot);
  EXPECT_EQ(state.placement().order, plan.placement().order);
}

TEST(CriticalLayers, GoFromTheEndToWhatStartedAtOnce) {
  // p: a 0-10, c 10-40; q: b 0-5, then d reads c (10 B, 10 ns on the link): 50-60. Back from d: c,
  // whose result came just then; a, that held p. b is not on the way.
  test::Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
  machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  machine.engine("dma", MemoryId{0});
  machine.engine("dma2", MemoryId{1});
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  const TensorId b = graph.layer("b", {}, Bytes{1});
  const TensorId c = graph.layer("c", {}, Bytes{10});
  graph.layer("d", {b, c}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = test::costs_of({{10ns, 10ns}, {5ns, 5ns}, {30ns, 30ns}, {10ns, 10ns}});
  const Plan plan = test::plan_of(network, hardware, {{0, 2}, {1, 3}});
  Evaluator evaluator(network, hardware, costs);
  const Timeline& timeline = evaluator.run(plan);
  ASSERT_EQ(timeline.makespan, 60ns);
  CriticalLayers critical(network, hardware);
  EXPECT_THAT(critical.find(plan, timeline), ElementsAre(LayerId{3}, LayerId{2}, LayerId{0}));
}

TEST(CriticalLayers, AreAChainWithoutGapsOnRandomPlansWithoutTransfers) {
  // On one memory nothing travels: each layer starts when the one found after it ended or started.
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    test::Machine machine;
    const MemoryId memory = machine.memory("m", Bandwidth{1'000'000'000});
    for (const char* name : {"p", "q", "r"}) machine.processor(name, memory);
    const Network network = test::random_network(seed);
    const Hardware hardware = machine.build();
    const CostTable costs = test::random_costs(seed, network, hardware);
    const Plan plan = test::random_plan(seed, network, hardware);
    Evaluator evaluator(network, hardware, costs);
    const Timeline& timeline = evaluator.run(plan);
    CriticalLayers critical(network, hardware);
    const std::vector<LayerId>& found = critical.find(plan, timeline);
    ASSERT_EQ(timeline.layers[found.front()].finish, timeline.makespan);
    for (std::size_t i = 1; i < found.size(); ++i) {
      ASSERT_EQ(timeline.layers[found[i]].finish, timeline.layers[found[i - 1]].start)
          << "seed " << seed;
    }
    ASSERT_EQ(timeline.layers[found.back()].start, Time{0}) << "seed " << seed;
  }
}

TEST(Random, ExponentialVariatesHaveMeanAndSpreadOne) {
  // 200,000 of them: the mean is within 1 +- 0.01 (4.5 standard errors), the variance within 1 +-
  // 0.04, and a share of 1 - 1/e is below 1.
  Random random(1);
  constexpr int kCount = 200'000;
  double sum = 0, squares = 0;
  int below_one = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = static_cast<double>(random.exponential()) / 4294967296.0;
    sum += value, squares += value * value;
    below_one += value < 1;
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, 1, 0.01);
  EXPECT_NEAR(squares / kCount - mean * mean, 1, 0.04);
  EXPECT_NEAR(static_cast<double>(below_one) / kCount, 1 - std::exp(-1.0), 0.005);
}

TEST(Random, BelowReachesAllAndNothingElse) {
  Random random(2);
  std::vector<int> seen(7);
  for (int i = 0; i < 7'000; ++i) ++seen.at(random.below(7));
  for (const int count : seen) EXPECT_NEAR(count, 1'000, 150);
}

}  // namespace
}  // namespace partita
