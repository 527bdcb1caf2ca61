// The search against all assignments that there are, and the exact splits against all contiguous ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "partition/loads/contiguous.h"
#include "partition/loads/downsets.h"
#include "tests/partition/instances/instances.h"
#include "tests/partition/loads/random_models.h"

namespace partita::loads {
namespace {

std::optional<std::int64_t> best_of_all(const LoadModel& model) {
  std::optional<std::int64_t> best;
  test::for_each_assignment(model, [&](const Assignment& assignment) {
    const Loads loads = loads_of(model, assignment);
    if (loads.feasible() && (!best || loads.value < *best)) best = loads.value;
  });
  return best;
}

void expect_best_of_all(const LoadModel& model, std::uint64_t seed) {
  const auto best = best_of_all(model);
  const auto found = search_loads(model, {.seed = seed, .steps = 60'000});
  ASSERT_EQ(std::holds_alternative<LoadSolution>(found), best.has_value()) << seed;
  if (!best) return;
  const auto& solution = std::get<LoadSolution>(found);
  EXPECT_EQ(solution.value, *best) << seed;
  const Loads loads = loads_of(model, solution.assignment);
  EXPECT_EQ(loads.value, solution.value) << seed;
  EXPECT_TRUE(loads.feasible()) << seed;
}

TEST(LoadSearch, FindsTheBestOfAllAssignments) {
  for (std::uint64_t seed = 0; seed < 120; ++seed)
    expect_best_of_all(test::random_model(seed, 6), seed);
}

TEST(LoadSearch, FindsTheBestPipelineOfAll) {
  for (std::uint64_t seed = 0; seed < 120; ++seed)
    expect_best_of_all(test::random_model(seed, 6, true), seed);
}

// Up to a quarter above the least largest load, which it starts with.
TEST(LoadSearch, FindsTheFewestCrossingsWithinALimit) {
  int cases = 0, fewer = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const LoadModel model = test::random_model(seed, 6, seed % 3 == 0);
    const auto best = best_of_all(model);
    if (!best) continue;
    const std::int64_t limit = *best + *best / 4;
    std::int64_t least = std::numeric_limits<std::int64_t>::max(), of_best = least;
    test::for_each_assignment(model, [&](const Assignment& assignment) {
      const Loads loads = loads_of(model, assignment);
      if (!loads.feasible() || loads.value > limit) return;
      const std::int64_t crossings = test::crossings_of(model, assignment);
      least = std::min(least, crossings);
      if (loads.value == *best) of_best = std::min(of_best, crossings);
    });
    const auto start = search_loads(model, {.seed = seed, .steps = 60'000});
    const auto found = search_loads(model, {.seed = seed, .steps = 60'000},
                                    {std::get<LoadSolution>(start).assignment}, limit);
    const auto& solution = std::get<LoadSolution>(found);
    EXPECT_LE(solution.value, limit) << seed;
    EXPECT_EQ(test::crossings_of(model, solution.assignment), least) << seed;
    ++cases;
    fewer += least < of_best ? 1 : 0;
  }
  EXPECT_GT(cases, 80);
  EXPECT_GT(fewer, 20);  // a limit is worth something
}

TEST(LoadSearch, SameSeedAndStepsGiveTheSameAssignment) {
  const LoadModel model = test::random_model(5, 40);
  const auto once = search_loads(model, {.seed = 3, .steps = 5'000});
  const auto again = search_loads(model, {.seed = 3, .steps = 5'000});
  EXPECT_EQ(std::get<LoadSolution>(once).assignment, std::get<LoadSolution>(again).assignment);
}

TEST(LoadSearch, IsNeverWorseThanWhereItStarts) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const LoadModel model = test::random_model(seed, 30);
    const Assignment start = test::random_assignment(seed + 1, model);
    const Loads loads = loads_of(model, start);
    if (!loads.feasible()) continue;
    const auto found = search_loads(model, {.seed = seed, .steps = 10}, {start});
    EXPECT_LE(std::get<LoadSolution>(found).value, loads.value) << seed;
  }
}

TEST(LoadSearch, StopsWhenItIsTold) {
  const LoadModel model = test::random_model(1, 30);
  std::int64_t calls = 0;
  search_loads(model, {.seed = 1,
                       .steps = std::numeric_limits<std::int64_t>::max(),
                       .progress = [&](const Progress& now) {
                         EXPECT_GE(now.steps, 0);
                         return ++calls < 5;
                       }});
  EXPECT_EQ(calls, 5);
}

// A chain of three has 4 downsets; three vertices without edges have 8; a fork of two after one has
// {}, {0}, {0 1}, {0 2}, {0 1 2}.
TEST(Downsets, AreCounted) {
  EXPECT_EQ(Downsets::find({{}, {0}, {1}}, 100)->size(), 4u);
  EXPECT_EQ(Downsets::find({{}, {}, {}}, 100)->size(), 8u);
  EXPECT_EQ(Downsets::find({{}, {0}, {0}}, 100)->size(), 5u);
  EXPECT_EQ(Downsets::find({{}, {}, {}}, 8)->size(), 8u);
  EXPECT_FALSE(Downsets::find({{}, {}, {}}, 7).has_value());
}

// Whether the parts can be put in a row that every arc follows, items in a circle being together: then
// each is the difference of two downsets.
bool is_row(const LoadModel& model, const Assignment& assignment) {
  const std::size_t count = model.devices.size();
  std::vector<std::vector<char>> after(count, std::vector<char>(count));
  for (const auto& arc : model.arcs) {
    const DeviceId from = assignment[arc.from], to = assignment[arc.to];
    if (from != to) after[index(from)][index(to)] = 1;
  }
  for (std::size_t via = 0; via < count; ++via) {
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = 0; b < count; ++b)
        after[a][b] = static_cast<char>(after[a][b] | (after[a][via] & after[via][b]));
    }
  }
  for (std::size_t a = 0; a < count; ++a) {
    if (after[a][a] != 0) return false;
  }
  return true;
}

TEST(Contiguous, IsTheBestOfAllRowsOfParts) {
  int feasible = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const LoadModel model = test::loads_of(test::random_graph(seed, 8)).model;
    ASSERT_TRUE(is_separable(model)) << seed;
    std::optional<std::int64_t> best;
    test::for_each_assignment(model, [&](const Assignment& assignment) {
      if (!is_row(model, assignment)) return;
      const Loads loads = loads_of(model, assignment);
      if (loads.feasible() && (!best || loads.value < *best)) best = loads.value;
    });
    const auto found = best_contiguous(model);
    ASSERT_EQ(std::holds_alternative<LoadSolution>(found), best.has_value()) << seed;
    if (!best) continue;
    ++feasible;
    const auto& solution = std::get<LoadSolution>(found);
    EXPECT_EQ(solution.value, *best) << seed;
    EXPECT_EQ(loads_of(model, solution.assignment).value, *best) << seed;
    EXPECT_TRUE(loads_of(model, solution.assignment).feasible()) << seed;
    EXPECT_TRUE(is_row(model, solution.assignment)) << seed;
  }
  EXPECT_GT(feasible, 150);
}

TEST(Contiguous, TellsThatThereAreTooManyDownsets) {
  const LoadModel model = test::loads_of(test::random_graph(1, 8)).model;
  const auto found = best_contiguous(model, 3);
  ASSERT_TRUE(std::holds_alternative<TooLarge>(found));
}

TEST(Contiguous, NeedsLoadsThatDependOnADevicesOwnItems) {
  LoadModel model = test::loads_of(test::random_graph(3, 8)).model;
  EXPECT_TRUE(is_separable(model));
  model.items[ItemId{0}].options.front().uses.push_back({ResourceId(1), 1});
  EXPECT_FALSE(is_separable(model));
}

// 8 | 1 7 | 9 of the chain 8, 1, 7, 9: the slowest of three stages takes 9, of two 16 (8 1 7 | 9).
TEST(Stages, OfAChainByHand) {
  test::StageGraph graph;
  for (const double time : {8.0, 1.0, 7.0, 9.0})
    graph.nodes.push_back({"n" + std::to_string(graph.nodes.size()), time, {}});
  for (std::size_t i = 0; i < 3; ++i) graph.nodes[i].successors.push_back(i + 1);
  for (const auto& [stages, slowest] : {std::pair{1, 25}, {2, 16}, {3, 9}, {4, 9}, {7, 9}}) {
    const auto of = test::loads_of(graph, static_cast<std::size_t>(stages));
    const auto exact = best_contiguous(of.model);
    EXPECT_EQ(std::get<LoadSolution>(exact).value, slowest * of.model.ticks) << stages;
    EXPECT_TRUE(loads_of(of.model, std::get<LoadSolution>(exact).assignment).feasible());
    const auto searched = search_loads(of.model, {.seed = 1, .steps = 5'000});
    EXPECT_EQ(std::get<LoadSolution>(searched).value, slowest * of.model.ticks) << stages;
  }
}

std::vector<test::Instance> shared_instances() {
  const auto data = test::shared_data();
  std::vector<std::string> skipped;
  return data ? test::find_instances(*data / "partition", skipped) : std::vector<test::Instance>{};
}

TEST(PublishedInstances, ExactSplitsGiveThePublishedValues) {
  int seen = 0;
  for (const test::Instance& instance : shared_instances()) {
    for (const auto& [objective, value] : instance.references) {
      LoadModel model;
      if (objective == "contiguous_max_load") {
        model = test::loads_of(std::get<test::OperatorGraph>(instance.graph)).model;
      } else if (objective.starts_with("stages:")) {
        model = test::loads_of(std::get<test::StageGraph>(instance.graph),
                               std::stoul(objective.substr(7)))
                    .model;
      } else {
        continue;
      }
      ++seen;
      const auto found = best_contiguous(model);
      ASSERT_TRUE(std::holds_alternative<LoadSolution>(found)) << instance.name;
      // References have three or five decimals.
      EXPECT_NEAR(static_cast<double>(std::get<LoadSolution>(found).value) /
                      static_cast<double>(model.ticks),
                  value, objective == "contiguous_max_load" ? 1e-5 : 1e-3)
          << instance.name << " " << objective;
    }
  }
  if (seen == 0) GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
}

TEST(PublishedInstances, TheSearchReachesEveryBestStageSplit) {
  int seen = 0;
  for (const test::Instance& instance : shared_instances()) {
    if (!std::holds_alternative<test::StageGraph>(instance.graph)) continue;
    for (const std::size_t stages : {2, 4, 8}) {
      ++seen;
      const auto of = test::loads_of(std::get<test::StageGraph>(instance.graph), stages);
      const auto exact = best_contiguous(of.model);
      const auto searched = search_loads(of.model, {.seed = 1, .steps = 200'000});
      EXPECT_EQ(std::get<LoadSolution>(searched).value, std::get<LoadSolution>(exact).value)
          << instance.name << " " << stages;
    }
  }
  if (seen == 0) GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
}

}  // namespace
}  // namespace partita::loads
