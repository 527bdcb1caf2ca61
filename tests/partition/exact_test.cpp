// What the exact method proves, against papers and brute force.
#include "partition/methods/exact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/random.h"
#include "partition/bounds/lower_bound.h"
#include "partition/bounds/schedule_search.h"
#include "partition/problem/idle_machine.h"
#include "tests/partition/brute_force.h"
#include "tests/partition/task_graph.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::TaskGraph;
using testing::ElementsAre;

Solution solved(const Problem& problem, const SearchOptions& options = {}) {
  Outcome outcome = solve_exact(problem, options);
  EXPECT_TRUE(std::holds_alternative<Solution>(outcome));
  return std::get<Solution>(std::move(outcome));
}

// A graph in whose small whole numbers many schedules are equally long.
TaskGraph random_graph(std::uint64_t seed, std::size_t tasks, std::size_t processors) {
  Random random(seed);
  const std::size_t most = seed % 2 == 0 ? 4 : 40;
  const bool equal = seed % 5 == 0;  // processors
  TaskGraph graph{"random", {}, {}};
  for (std::size_t i = 0; i < tasks; ++i) {
    std::vector<double> times(processors, static_cast<double>(1 + random.below(most)));
    for (double& time : times) {
      if (!equal) time = static_cast<double>(1 + random.below(most));
    }
    graph.times.push_back(times);
    for (std::size_t from = 0; from < i; ++from) {
      if (random.one_in(3)) {
        graph.edges.push_back({from, i, static_cast<double>(random.below(most))});
      }
    }
  }
  return graph;
}

struct Case {
  explicit Case(const TaskGraph& graph)
      : network(test::network_of(graph)),
        hardware(test::machine_of(network)),
        costs(estimated_costs(network, hardware)) {}
  Problem problem() const { return {network, hardware, costs}; }

  Network network;
  Hardware hardware;
  CostTable costs;
};

void expect_proved(const TaskGraph& graph, double optimum) {
  const Case of(graph);
  const Solution solution = solved(of.problem());
  EXPECT_NEAR(solution.value, optimum / 1000, 1e-12) << graph.name;
  EXPECT_EQ(solution.bound, solution.value) << graph.name;
}

TEST(Exact, ProvesTheOptimumOfHeftsGraph) { expect_proved(test::topcuoglu2002(), 73); }

TEST(Exact, ProvesTheOptimaOfPublishedGraphs) {
  const auto data = test::shared_data();
  if (!data) GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
  const auto classic = *data / "partition" / "heft_classic";
  const auto textbook = *data / "partition" / "textbook";
  expect_proved(test::read_tables(classic / "topcuoglu2002"), 73);
  expect_proved(test::read_tables(classic / "arabnejad2014"), 113);
  expect_proved(test::read_listing(textbook / "Ahmad-3-9.txt"), 27);
  expect_proved(test::read_listing(textbook / "Daoud-2-11.txt"), 56);
  expect_proved(test::read_listing(textbook / "Hsu-3-10.txt"), 80);
  expect_proved(test::read_listing(textbook / "Sample-3-8.txt"), 81);
  expect_proved(test::read_listing(textbook / "Kuan-3-10.txt"), 26);
}

TEST(Exact, IsBruteForceOnGraphsWithoutContention) {
  int nontrivial = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const Case of(random_graph(seed, 3 + seed % 3, 2 + seed % 2));
    const auto optimum = test::best_of_all_plans(of.network, of.hardware, of.costs);
    // From no start: everything is found by the search itself.
    const Outcome outcome = exact_from(of.problem(), {}, {});
    ASSERT_TRUE(std::holds_alternative<Solution>(outcome)) << "seed " << seed;
    const Solution& solution = std::get<Solution>(outcome);
    ASSERT_EQ(solution.cost.latency, optimum->makespan) << "seed " << seed;
    ASSERT_EQ(solution.bound, solution.value) << "seed " << seed;
    nontrivial += latency_bound(of.problem()).value < optimum->makespan;
  }
  EXPECT_GT(nontrivial, 150);  // where latency_bound() does not prove it already
}

TEST(Exact, IsBruteForceOnSevenTasks) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Case of(random_graph(100 + seed, 7, 2));
    const auto optimum = test::best_of_all_plans(of.network, of.hardware, of.costs);
    const Outcome outcome = exact_from(of.problem(), {}, {});
    EXPECT_EQ(std::get<Solution>(outcome).cost.latency, optimum->makespan) << "seed " << seed;
  }
}

// What dominance leaves out is never missed: the search for all schedules finds nothing better.
TEST(Exact, LeavesOutNothingBetterOnFourteenTasks) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Case of(random_graph(seed, 8 + seed % 7, 2 + seed % 3));
    const Solution solution = solved(of.problem());
    ASSERT_EQ(solution.bound, solution.value) << "seed " << seed;
    const Delays delays(of.network, of.hardware);
    const auto candidates = std::get<Candidates>(Candidates::find(of.problem(), delays));
    const IdleMachine machine(of.problem(), delays, candidates);
    ScheduleSearch search(machine, ScheduleSearch::Wanted::All);
    bool better = false;
    search.run(
        solution.cost.latency.count(),
        [&](const ScheduleSearch::Schedule&, std::int64_t length) {
          better = true;
          return length;
        },
        [&] { return search.nodes() < 30'000; });
    EXPECT_FALSE(better) << "seed " << seed;
  }
}

// What layers cost where they are, beside their time, adds up.
TEST(ScheduleSearch, WithExtrasIsBruteForce) {
  int elsewhere = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Case of(random_graph(seed, 3 + seed % 3, 2 + seed % 2));
    Random random(seed);
    IdVector<LayerId, std::vector<Time>> extras(of.network.layer_count());
    for (auto& of_layer : extras) {
      for (std::size_t p = 0; p < of.hardware.processors().size(); ++p)
        of_layer.push_back(1us * static_cast<std::int64_t>(random.below(3'000)));
    }
    const Delays delays(of.network, of.hardware);
    const auto candidates = std::get<Candidates>(Candidates::find(of.problem(), delays));
    IdleMachine machine(of.problem(), delays, candidates);
    machine.charge([&](LayerId layer, ProcessorId p) { return extras[layer][index(p)]; }, {}, {});
    Evaluator evaluator(of.network, of.hardware, of.costs);
    std::int64_t optimum = IdleMachine::kNever, alone = IdleMachine::kNever;
    test::for_all_plans(of.network, of.hardware, of.costs, [&](const Plan& plan) {
      Time value = evaluator.run(plan).makespan;
      alone = std::min(alone, value.count());
      for (const LayerId layer : of.network.layers())
        value += extras[layer][index(plan.processor(layer))];
      optimum = std::min(optimum, value.count());
    });
    for (const auto wanted : {ScheduleSearch::Wanted::OneBest, ScheduleSearch::Wanted::All}) {
      ScheduleSearch search(machine, wanted);
      const std::int64_t found = search.run(
          IdleMachine::kNever,
          [](const ScheduleSearch::Schedule&, std::int64_t length) { return length; },
          [] { return true; });
      ASSERT_EQ(found, optimum) << "seed " << seed;
    }
    // Stopped at the root, what it says is a bound.
    ScheduleSearch search(machine, ScheduleSearch::Wanted::OneBest);
    const std::int64_t root = search.run(
        IdleMachine::kNever,
        [](const ScheduleSearch::Schedule&, std::int64_t length) { return length; },
        [] { return false; });
    ASSERT_LE(root, optimum) << "seed " << seed;
    elsewhere += root > alone;
  }
  EXPECT_GT(elsewhere, 100);
}

test::CaseOptions small(std::uint64_t seed) {
  return {.max_layers = 5, .max_processors = 3, .ties = seed % 2 == 0, .details = seed % 4 >= 2};
}

// Transfers that share engines and links, layers that share memories: the bound holds for every
// plan, in whatever order it sends; and all assignments and orders have been tried.
TEST(Exact, WithContentionIsAtLeastBruteForceAndItsBoundHolds) {
  int proved = 0, cases = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const test::CaseOptions options = small(seed);
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Problem problem{network, hardware, costs};
    const auto optimum = test::best_of_all_plans(network, hardware, costs);
    const Solution solution = solved(problem, {.seed = seed});
    ASSERT_LE(solution.cost.latency, optimum->makespan) << "seed " << seed;
    ASSERT_LE(*solution.bound, solution.value) << "seed " << seed;
    Evaluator evaluator(network, hardware, costs);
    ASSERT_EQ(evaluator.run(solution.plan).makespan, solution.cost.latency) << "seed " << seed;
    for (std::uint64_t i = 0; i < 20; ++i) {
      const Plan plan = test::random_plan(seed * 100 + i, network, hardware, options);
      PlanCost cost;
      cost.latency = evaluator.run(plan).makespan;
      ASSERT_LE(*solution.bound, Objective{}.value(cost)) << "seed " << seed;
    }
    proved += *solution.bound == solution.value, ++cases;
  }
  RecordProperty("proved", proved);
  EXPECT_GT(proved, cases / 2);
}

TEST(Exact, StoppedEarlyItsBoundStillHolds) {
  int open = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Case of(random_graph(seed, 13, 3));
    const Solution whole = solved(of.problem());
    ASSERT_EQ(whole.bound, whole.value);
    for (const std::int64_t steps : {1, 2, 4, 8}) {
      const Solution part = solved(of.problem(), {.steps = steps});
      EXPECT_LE(*part.bound, whole.value) << "seed " << seed;
      EXPECT_GE(part.value, whole.value) << "seed " << seed;
      EXPECT_GE(*part.bound, lower_bound(of.problem()).value) << "seed " << seed;
      open += *part.bound < part.value;
    }
  }
  EXPECT_GT(open, 10);
}

TEST(Exact, ReportsABoundThatHoldsMeanwhile) {
  const Case of(random_graph(7, 30, 4));
  std::vector<Progress> reports;
  const Solution solution =
      solved(of.problem(), {.steps = 20'000, .progress = [&](const Progress& progress) {
                              if (progress.method == "exact") reports.push_back(progress);
                              return reports.size() < 50;
                            }});
  ASSERT_FALSE(reports.empty());
  EXPECT_LE(reports.size(), 50u);  // stopped when told to
  for (const Progress& report : reports) {
    EXPECT_LE(*report.bound, *report.best);
    EXPECT_LE(*report.bound, solution.value);
  }
}

TEST(Exact, OfManyLayersGivesAPlanAndTheUsualBound) {
  const Case of(random_graph(3, 80, 3));
  const Solution solution = solved(of.problem(), {.steps = 200});
  EXPECT_EQ(solution.bound, lower_bound(of.problem()).value);
  EXPECT_EQ(solution.plan.method(), "exact");
}

TEST(Exact, WithoutRoomSaysWhy) {
  // Weights of 60 B each; memories of 100 B and 90 B hold two of the three.
  test::Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000}, Bytes{100}));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000}, Bytes{90}));
  machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  test::Graph graph;
  for (const char* name : {"a", "b", "c"})
    graph.layer(name, {graph.weight(std::string{"w"} + name, Bytes{60})}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1ns, 5ns}, {1ns, 5ns}, {1ns, 5ns}});
  const Outcome outcome = solve_exact({network, machine.build(), costs}, {});
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  EXPECT_THAT(std::get<Infeasible>(outcome).reason, testing::HasSubstr("memory mp would hold"));
}

TEST(IdleMachine, KnowsWhenNothingDisturbsAnything) {
  const auto is_real = [](const Network& network, const Hardware& hardware,
                          const CostTable& costs) {
    const Problem problem{network, hardware, costs};
    const Delays delays(network, hardware);
    return IdleMachine(problem, delays, std::get<Candidates>(Candidates::find(problem, delays)))
        .is_real();
  };
  const Case published(test::topcuoglu2002());
  EXPECT_TRUE(is_real(published.network, published.hardware, published.costs));

  test::Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000}));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000}));
  machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  test::Graph given, sent;
  given.layer("b", {given.layer_sent_in(4ns, "a", {}, Bytes{10})}, Bytes{1});
  sent.layer("b", {sent.layer("a", {}, Bytes{10})}, Bytes{1});
  const Network freely = given.build();
  const CostTable costs = test::costs_of({{1ns, 1ns}, {1ns, 1ns}});
  EXPECT_TRUE(is_real(freely, machine.build(), costs));
  EXPECT_FALSE(is_real(sent.build(), machine.build(), costs));  // processors copy

  test::Machine tight = machine;
  tight.parts.memories[MemoryId{0}].capacity = Bytes{10};
  EXPECT_FALSE(is_real(freely, tight.build(), costs));
  test::Machine shared = machine;
  shared.processor("r", MemoryId{0});
  CostTable busy = test::costs_of({{1ns, 1ns, 1ns}, {1ns, 1ns, 1ns}});
  EXPECT_TRUE(is_real(freely, shared.build(), busy));
  for (const ProcessorId p : ids<ProcessorId>(3))
    busy.set(LayerId{0}, p, LayerCost{1ns, Bytes{100}});
  EXPECT_FALSE(is_real(freely, shared.build(), busy));
  test::Machine loaded = machine;
  loaded.parts.load.push_back(
      {"others", SlowedDown{ProcessorId{0}, 2}, 0us, std::nullopt, std::nullopt, {}});
  EXPECT_FALSE(is_real(freely, loaded.build(), costs));
}

TEST(IdleMachine, FindsProcessorsThatAreTheSame) {
  TaskGraph graph{"g", {{3, 3, 4, 3}, {2, 2, 2, 2}}, {{0, 1, 5}}};
  const Case of(graph);
  const Delays delays(of.network, of.hardware);
  const IdleMachine machine(of.problem(), delays,
                            std::get<Candidates>(Candidates::find(of.problem(), delays)));
  EXPECT_THAT(machine.classes(), ElementsAre(0, 0, 2, 0));
}

}  // namespace
}  // namespace partita
