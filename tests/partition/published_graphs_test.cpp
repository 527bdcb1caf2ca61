// Small published task graphs, for which results of HEFT and proved optima are known.
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "partition/methods/methods.h"
#include "tests/partition/task_graph.h"

namespace partita {
namespace {

using test::TaskGraph;

Time ms(double value) { return Time{static_cast<std::int64_t>(value * 1e9)}; }

struct Known {
  std::string name;
  double heft, optimum;
};

// Values of the papers, and optima proved by branch and bound and by constraint programming.
const std::vector<Known> kTables{{"topcuoglu2002", 80, 73}, {"arabnejad2014", 133, 113}};
const std::vector<Known> kListings{{"Ahmad-3-9", 27, 27},
                                   {"Daoud-2-11", 65.5, 56},
                                   {"Hsu-3-10", 92, 80},
                                   {"Sample-3-8", 84, 81},
                                   {"Kuan-3-10", 30, 26}};

Time makespan(const TaskGraph& graph, std::string_view method, std::int64_t steps = 20'000) {
  const Network network = test::network_of(graph);
  const Hardware hardware = test::machine_of(network);
  const CostTable costs = estimated_costs(network, hardware);
  const Outcome outcome =
      method_named(method)->solve({network, hardware, costs}, {.seed = 1, .steps = steps});
  EXPECT_TRUE(std::holds_alternative<Solution>(outcome)) << graph.name;
  return std::holds_alternative<Solution>(outcome) ? std::get<Solution>(outcome).cost.latency
                                                   : Time{0};
}

Time bound(const TaskGraph& graph) {
  const Network network = test::network_of(graph);
  const Hardware hardware = test::machine_of(network);
  const CostTable costs = estimated_costs(network, hardware);
  return latency_bound({network, hardware, costs}).value;
}

std::vector<std::pair<TaskGraph, Known>> shared_graphs() {
  std::vector<std::pair<TaskGraph, Known>> graphs;
  const auto data = test::shared_data();
  if (!data) return graphs;
  const auto folder = *data / "partition";
  for (const Known& known : kTables) {
    if (std::filesystem::exists(folder / "heft_classic" / known.name))
      graphs.emplace_back(test::read_tables(folder / "heft_classic" / known.name), known);
  }
  for (const Known& known : kListings) {
    if (std::filesystem::exists(folder / "textbook" / (known.name + ".txt")))
      graphs.emplace_back(test::read_listing(folder / "textbook" / (known.name + ".txt")), known);
  }
  return graphs;
}

TEST(PublishedGraphs, HeftGivesThePapersMakespan) {
  EXPECT_EQ(makespan(test::topcuoglu2002(), "heft"), ms(80));
}

TEST(PublishedGraphs, CpopGivesThePapersMakespan) {
  EXPECT_EQ(makespan(test::topcuoglu2002(), "cpop"), ms(86));
}

// Arabnejad, Barbosa 2014, figure 2 and table 2: PEFT gives 122.
TEST(PublishedGraphs, PeftGivesThePapersMakespan) {
  for (const auto& [graph, known] : shared_graphs()) {
    if (known.name != "arabnejad2014") continue;
    EXPECT_EQ(makespan(graph, "peft"), ms(122));
    return;
  }
  GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
}

TEST(PublishedGraphs, AnnealingReachesTheOptimumOfThePapersGraph) {
  EXPECT_EQ(makespan(test::topcuoglu2002(), "annealing"), ms(73));
}

// Task by task the fastest processors: 9, 13, 11, 8, 10, 9, 7, 5, 12, 7. The sum is 91, the best
// single processor 127 (14 + 13 + 11 + 13 + 12 + 13 + 7 + 5 + 18 + 21).
TEST(PublishedGraphs, TheBestSingleProcessorIsASum) {
  EXPECT_EQ(makespan(test::topcuoglu2002(), "single"), ms(127));
}

TEST(PublishedGraphs, HeftGivesThePublishedMakespans) {
  const auto graphs = shared_graphs();
  if (graphs.empty()) GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
  for (const auto& [graph, known] : graphs)
    EXPECT_EQ(makespan(graph, "heft"), ms(known.heft)) << known.name;
}

TEST(PublishedGraphs, AnnealingReachesEveryProvedOptimum) {
  const auto graphs = shared_graphs();
  if (graphs.empty()) GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
  for (const auto& [graph, known] : graphs)
    EXPECT_EQ(makespan(graph, "annealing"), ms(known.optimum)) << known.name;
}

TEST(PublishedGraphs, NoBoundIsAboveAProvedOptimum) {
  const auto graphs = shared_graphs();
  if (graphs.empty()) GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
  for (const auto& [graph, known] : graphs) {
    EXPECT_LE(bound(graph), ms(known.optimum)) << known.name;
    EXPECT_GE(bound(graph), ms(known.optimum) / 2) << known.name;
  }
}

}  // namespace
}  // namespace partita
