// What plans cost by each term, and bounds of that, against brute force and the analysis of runs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "models/analysis/energy.h"
#include "partition/bounds/energy_bound.h"
#include "partition/bounds/lower_bound.h"
#include "partition/methods/methods.h"
#include "tests/partition/brute_force.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

Wide analysed(const Plan& plan, const Timeline& timeline, const Network& network,
              const Hardware& hardware, const CostTable& costs) {
  const PlanRun run{timeline, network, hardware, plan, costs};
  return consumption_of(run, activity_of(run), traffic_of(run)).total.energy;
}

TEST(PlanEnergy, IsTheTotalOfTheAnalysisToTheFemtojoule) {
  int interrupted = 0, compressed = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    test::CaseOptions options{
        .ties = seed % 3 == 0, .details = seed % 2 == 0, .load = seed % 5 == 0};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::with_power(test::random_hardware(seed, options));
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    Evaluator evaluator(network, hardware, costs);
    PlanEnergy energy(network, hardware, costs);
    for (std::uint64_t i = 0; i < 3; ++i) {
      const Plan plan = test::random_plan(3 * seed + i, network, hardware, options);
      const Timeline& timeline = evaluator.run(plan);
      if (timeline.unfinished) continue;
      ASSERT_TRUE(energy.of(plan, timeline) == analysed(plan, timeline, network, hardware, costs))
          << "seed " << seed;
      interrupted += !timeline.interrupted.empty();
    }
    for (const LinkSpec& link : hardware.links()) compressed += link.compression.has_value();
  }
  EXPECT_GT(interrupted, 20);
  EXPECT_GT(compressed, 20);
}

// p at 3 W (1 W idle), q at 5 W (2 W idle) on memories of their own; 1 B takes 1 ns on the link.
struct Pair {
  Pair() {
    machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
    machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
    machine.engine("dma", MemoryId{0});
    machine.engine("dma2", MemoryId{1});
    machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
    auto& processors = machine.parts.processors;
    processors[ProcessorId{0}].active = Power{3'000},
    processors[ProcessorId{0}].idle = Power{1'000};
    processors[ProcessorId{1}].active = Power{5'000},
    processors[ProcessorId{1}].idle = Power{2'000};
    machine.parts.links[LinkId{0}].energy = EnergyPerByte{1'000'000};  // 1 nJ/B
  }
  test::Machine machine;
};

Objective all_terms() {
  Objective objective;
  objective.weights.fill(1);
  objective.weights[static_cast<std::size_t>(Term::Period)] = 0;
  return objective;
}

TEST(CostModel, TermsByHand) {
  // a on p 0-10 us, 1000 B to q 10-11 us, b on q 11-31 us, c (reads a) on p 10-16 us.
  Pair pair;
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1'000});
  graph.layer("b", {a}, Bytes{1});
  graph.layer("c", {a}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = pair.machine.build();
  const CostTable costs = test::costs_of({{10us, 9us}, {30us, 20us}, {6us, 7us}});
  const Problem problem{network, hardware, costs, all_terms()};
  CostModel model(problem);
  const Judgement found = model.judge(test::plan_of(network, hardware, {{0, 2}, {1}}));
  EXPECT_EQ(found.cost.latency, 31us);
  // p: 16 us x 3 W + 15 us x 1 W; q: 20 us x 5 W + 11 us x 2 W; link: 1000 B x 1 nJ.
  EXPECT_EQ(found.cost.energy.value, 48'000 + 15'000 + 100'000 + 22'000 + 1'000);
  EXPECT_EQ(found.cost.imbalance, 2us);  // 20 - (16 + 20) / 2
  EXPECT_EQ(found.cost.transfers.value, 1'000);
  EXPECT_DOUBLE_EQ(found.value, 31e-6 + 186e-6 + 186e-6 * 31e-6 + 2e-6 + 1e-6);
}

TEST(CostModel, ImbalanceCountsStreams) {
  // p runs two layers of 10 us side by side: it works 10 us, q 4 us: 10 - 7.
  Pair pair;
  pair.machine.parts.processors[ProcessorId{0}].streams = 2;
  test::Graph graph;
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = pair.machine.build();
  const CostTable costs = test::costs_of({{10us, 9us}, {10us, 9us}, {6us, 4us}});
  const Problem problem{network, hardware, costs, Objective::only(Term::Imbalance)};
  CostModel model(problem);
  EXPECT_EQ(model.judge(test::plan_of(network, hardware, {{0, 1}, {2}})).cost.imbalance, 3us);
}

TEST(CostModel, WhatIsStagedMovesTwice) {
  test::Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
  machine.processor("h", machine.memory("host", Bandwidth{1'000'000'000'000}));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
  const SwitchId node = machine.node("root");
  for (std::uint32_t i = 0; i < 3; ++i) {
    machine.link("l" + std::to_string(i), MemoryId{i}, node, Bandwidth{1'000'000'000});
  }
  machine.parts.switches[node].peer_to_peer = false;
  machine.parts.switches[node].upstream = LinkId{1};
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{700})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  ASSERT_EQ(hardware.route(MemoryId{0}, MemoryId{2})->size(), 2u);
  const CostTable costs = test::costs_of({{1us, 1us, 1us}, {1us, 1us, 1us}});
  const Problem problem{network, hardware, costs, Objective::only(Term::Transfers)};
  CostModel model(problem);
  EXPECT_EQ(model.judge(test::plan_of(network, hardware, {{0}, {}, {1}})).cost.transfers.value,
            1'400);
}

TEST(EnergyBound, OfAChainByHand) {
  // At rest 1 + 2 = 3 W. a: 2 W x 10 us on p = 20 uJ, 3 W x 9 us on q = 27 uJ; b: 60 uJ or 60 uJ.
  // Both on p: 80 uJ; a on p, b on q: 20 + 60 + 1 uJ of the link. With a latency of 29 us: 87 uJ.
  Pair pair;
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1'000})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = pair.machine.build();
  const CostTable costs = test::costs_of({{10us, 9us}, {30us, 20us}});
  const Problem problem{network, hardware, costs};
  const Delays delays(network, hardware);
  const Candidates candidates = std::get<Candidates>(Candidates::find(problem, delays));
  EXPECT_EQ(whole_nanojoules(EnergyBound(problem, candidates).value(29us)).value, 87'000 + 80'000);
}

TEST(EnergyBound, TheWayCountsWhereALayerCannotStay) {
  // b runs on q only, where it takes 60 uJ; a is cheapest on p (20 uJ), but then 1000 B travel.
  Pair pair;
  pair.machine.parts.links[LinkId{0}].energy = EnergyPerByte{9'000'000};  // 9 uJ: a on q, 27 uJ
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1'000})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = pair.machine.build();
  CostTable costs = test::costs_of({{10us, 9us}, {30us, 20us}});
  costs.set(LayerId{1}, ProcessorId{0}, std::nullopt);
  const Problem problem{network, hardware, costs};
  const Delays delays(network, hardware);
  const Candidates candidates = std::get<Candidates>(Candidates::find(problem, delays));
  EXPECT_EQ(whole_nanojoules(EnergyBound(problem, candidates).value(Time{0})).value,
            27'000 + 60'000);
}

struct Weighed {
  const char* name;
  Objective objective;
};

std::vector<Weighed> objectives() {
  Objective mixed;
  mixed.weights = {1, 0, 0.01, 0, 0.5, 3};
  return {{"energy", Objective::only(Term::EnergyUse)},
          {"energy_delay", Objective::only(Term::EnergyDelay)},
          {"imbalance", Objective::only(Term::Imbalance)},
          {"transfers", Objective::only(Term::Transfers)},
          {"mixed", mixed}};
}

TEST(LowerBounds, AreBelowEveryPlanOfSmallCasesAndAnnealingIsNot) {
  double gap = 0;
  int cases = 0;
  for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
    const test::CaseOptions options{
        .max_layers = 4, .max_processors = 3, .ties = seed % 4 == 0, .details = seed % 2 == 0};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::with_power(test::random_hardware(seed, options));
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    std::vector<double> least(objectives().size(), std::numeric_limits<double>::infinity());
    const Problem everything{network, hardware, costs, all_terms()};
    CostModel model(everything);
    test::for_all_plans(network, hardware, costs, [&](const Plan& plan) {
      const Judgement found = model.judge(plan);
      if (!found.feasible()) return;
      for (std::size_t i = 0; i < least.size(); ++i) {
        least[i] = std::min(least[i], objectives()[i].objective.value(found.cost));
      }
    });
    for (std::size_t i = 0; i < least.size(); ++i) {
      const Problem problem{network, hardware, costs, objectives()[i].objective};
      const LowerBound bound = lower_bound(problem);
      ASSERT_LE(bound.value, least[i]) << "seed " << seed << " " << objectives()[i].name;
      // Rounded to nanojoules, the bound of the smallest cases is nothing.
      if (i == 0 && bound.value > 0) gap += least[i] / bound.value, ++cases;
      if (seed % 30 != 0) continue;
      const Outcome outcome =
          method_named("annealing")->solve(problem, {.seed = seed, .steps = 1'500});
      ASSERT_GE(std::get<Solution>(outcome).value, bound.value);
    }
  }
  RecordProperty("mean_least_energy_over_bound", fmt::format("{:.3f}", gap / cases));
  EXPECT_LT(gap / cases, 1.6);
}

TEST(Uncertainty, StatisticsByHand) {
  EXPECT_DOUBLE_EQ(statistic_of({1, 2, 6}, Statistic::Expected), 3);
  std::vector<double> twenty, hundred;
  for (int i = 20; i >= 1; --i) twenty.push_back(i);
  for (int i = 1; i <= 100; ++i) hundred.push_back(i);
  EXPECT_EQ(statistic_of(twenty, Statistic::P95), 19);
  EXPECT_EQ(statistic_of(hundred, Statistic::P95), 95);
  EXPECT_EQ(statistic_of({7}, Statistic::P95), 7);
}

TEST(Uncertainty, SamplesHaveTheQuantilesThatTheyAreDrawnFrom) {
  // 1000 ps, of which 10 % are below 900 and 10 % above 1100; a measured one 950 to 1400.
  CostTable costs = test::costs_of({{1000_ps}, {1000_ps}});
  LayerCost measured = *costs(LayerId{1}, ProcessorId{0});
  measured.spread = LayerCost::Spread{0.95, 1.4};
  costs.set(LayerId{1}, ProcessorId{0}, measured);
  const auto samples = sampled_costs(costs, 1, 0.1, 4'000, 7);
  int below[2] = {}, middle[2] = {}, above[2] = {}, common = 0;
  for (const CostTable& sample : samples) {
    const Time first = sample(LayerId{0}, ProcessorId{0})->time;
    const Time second = sample(LayerId{1}, ProcessorId{0})->time;
    below[0] += first < 900_ps, middle[0] += first<1000_ps, above[0] += first> 1100_ps;
    below[1] += second < 950_ps, middle[1] += second<1000_ps, above[1] += second> 1400_ps;
    common += (first < 1000_ps) == (second < 1000_ps);
    ASSERT_GE(first, 874_ps);
    ASSERT_LE(second, 1501_ps);
  }
  for (const int i : {0, 1}) {
    EXPECT_NEAR(below[i], 400, 80);
    EXPECT_NEAR(middle[i], 2'000, 130);
    EXPECT_NEAR(above[i], 400, 80);
  }
  // Of pairs, a quarter has the draw of the processor in common; of the others, half agree by
  // chance: 4000 x (1/4 + 3/8).
  EXPECT_NEAR(common, 2'500, 130);
  EXPECT_EQ(sampled_costs(costs, 1, 0.1, 4'000, 7)[99](LayerId{0}, ProcessorId{0})->time,
            samples[99](LayerId{0}, ProcessorId{0})->time);
}

TEST(Uncertainty, ValueIsTheStatisticOverSamples) {
  // a, then b on p: 10 + 20 us, 12 + 28, 11 + 22; mean 103 / 3 us, 95 % of three: the largest.
  Pair pair;
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = pair.machine.build();
  const CostTable costs = test::costs_of({{9us, 9us}, {9us, 9us}});
  Uncertainty uncertainty{
      {test::costs_of({{10us, 9us}, {20us, 9us}}), test::costs_of({{12us, 9us}, {28us, 9us}}),
       test::costs_of({{11us, 9us}, {22us, 9us}})},
      Statistic::Expected};
  const Problem problem{network, hardware, costs, {}, {}, &uncertainty};
  const Plan plan = test::plan_of(network, hardware, {{0, 1}, {}});
  {
    CostModel model(problem);
    const Judgement found = model.judge(plan);
    EXPECT_DOUBLE_EQ(found.value, 103e-6 / 3);
    EXPECT_EQ(found.cost.latency, 18us);
  }
  uncertainty.statistic = Statistic::P95;
  EXPECT_DOUBLE_EQ(CostModel(problem).judge(plan).value, 40e-6);
  // Both on q: 18 us in every sample, which no plan beats.
  EXPECT_DOUBLE_EQ(lower_bound(problem).value, 18e-6);
}

TEST(Uncertainty, BoundsAreBelowEveryPlanAndAnnealingFindsTheBest) {
  int best = 0, cases = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const test::CaseOptions options{.max_layers = 4, .max_processors = 3};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    Uncertainty uncertainty{sampled_costs(costs, hardware.processors().size(), 0.3, 6, seed),
                            seed % 2 == 0 ? Statistic::Expected : Statistic::P95};
    const Problem problem{network, hardware, costs, {}, {}, &uncertainty};
    CostModel model(problem);
    double least = std::numeric_limits<double>::infinity();
    test::for_all_plans(network, hardware, costs, [&](const Plan& plan) {
      const Judgement found = model.judge(plan);
      if (found.feasible()) least = std::min(least, found.value);
    });
    EXPECT_LE(lower_bound(problem).value, least) << "seed " << seed;
    for (const char* method : {"annealing", "auto"}) {
      const Outcome outcome = method_named(method)->solve(problem, {.seed = seed, .steps = 1'500});
      const Solution& solution = std::get<Solution>(outcome);
      EXPECT_GE(solution.value, lower_bound(problem).value) << "seed " << seed;
      ++cases, best += solution.value <= least;
    }
  }
  EXPECT_GT(best, cases * 9 / 10);
}

}  // namespace
}  // namespace partita
