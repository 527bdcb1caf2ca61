#include "partition/methods/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "partition/problem/constraint_violations.h"
#include "tests/partition/brute_force.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<double, double>> numbers(const ParetoFront& front) {
  std::vector<std::pair<double, double>> all;
  for (const ParetoPoint& point : front) all.emplace_back(point.first, point.second);
  return all;
}

TEST(Pareto, WhatIsDominatedGoes) {
  test::Machine machine;
  machine.processor("p", machine.memory("m", Bandwidth{1'000'000'000}));
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  const Network network = graph.build();
  const Plan plan = test::plan_of(network, machine.build(), {{0}});
  ParetoFront points;
  for (const auto& [a, b] : {std::pair{3.0, 1.0},
                             {1.0, 5.0},
                             {2.0, 5.0},
                             {2.0, 2.0},
                             {2.0, 2.0},
                             {3.0, 0.5},
                             {4.0, 0.5}}) {
    points.push_back({{plan, {}, 0}, a, b});
  }
  EXPECT_THAT(numbers(without_dominated(std::move(points))),
              ElementsAre(Pair(1, 5), Pair(2, 2), Pair(3, 0.5)));
}

TEST(Pareto, FrontByHandAlsoBehindTheStraightLine) {
  // One layer: p 10 us at 10 W = 100 uJ, q 16 us at 5 W = 80 uJ, r 20 us at 1 W = 20 uJ; nobody
  // draws anything at rest. From p to r, a straight line is at 52 uJ after 16 us: no weights find q.
  test::Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{1'000'000'000'000});
  for (const char* name : {"p", "q", "r"}) machine.processor(name, memory);
  machine.parts.processors[ProcessorId{0}].active = Power{10'000};
  machine.parts.processors[ProcessorId{1}].active = Power{5'000};
  machine.parts.processors[ProcessorId{2}].active = Power{1'000};
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = test::costs_of({{10us, 16us, 20us}});
  const Problem problem{network, hardware, costs};
  const auto found =
      pareto_front(problem, {.points = 5}, *method_named("annealing"), {.steps = 300});
  const ParetoFront& front = std::get<ParetoFront>(found);
  ASSERT_EQ(front.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(front[i].solution.plan.processor(LayerId{0}), static_cast<ProcessorId>(i));
  }
  EXPECT_DOUBLE_EQ(front[1].first, 16e-6);
  EXPECT_DOUBLE_EQ(front[1].second, 80e-6);
}

TEST(Pareto, FrontsOfSmallCasesHaveTheEndsAndAreNotBeaten) {
  std::size_t points = 0, beaten = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    const test::CaseOptions options{.max_layers = 4, .max_processors = 3};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::with_power(test::random_hardware(seed, options));
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    Problem problem{network, hardware, costs, Objective::only(Term::EnergyUse)};
    std::vector<std::pair<double, double>> all;
    CostModel model(problem);
    double first = std::numeric_limits<double>::infinity(), second = first;
    test::for_all_plans(network, hardware, costs, [&](const Plan& plan) {
      const Judgement judged = model.judge(plan);
      if (!judged.feasible()) return;
      all.emplace_back(number(judged.cost, Term::Latency), number(judged.cost, Term::EnergyUse));
      first = std::min(first, all.back().first), second = std::min(second, all.back().second);
    });
    const auto found = pareto_front(problem, {.points = 6}, *method_named("annealing"),
                                    {.seed = seed, .steps = 1'500});
    const ParetoFront& front = std::get<ParetoFront>(found);
    // Annealing may also send in an order that brute force does not try.
    EXPECT_LE(front.front().first, first) << "seed " << seed;
    EXPECT_LE(front.back().second, second) << "seed " << seed;
    for (std::size_t i = 0; i < front.size(); ++i) {
      ++points;
      if (i > 0) {
        EXPECT_LT(front[i - 1].first, front[i].first);
        EXPECT_GT(front[i - 1].second, front[i].second);
      }
      for (const auto& [a, b] : all) {
        if (a <= front[i].first && b <= front[i].second &&
            (a < front[i].first || b < front[i].second)) {
          ++beaten;
          break;
        }
      }
    }
  }
  EXPECT_GT(points, 90u);
  EXPECT_LT(beaten, points / 20);
}

TEST(Pareto, OfAProblemWithoutPlansSaysWhy) {
  test::Machine machine;
  machine.processor("p", machine.memory("m", Bandwidth{1'000'000'000}));
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable nowhere(1, 1);
  const auto found =
      pareto_front({network, hardware, nowhere}, {}, *method_named("annealing"), {.steps = 10});
  EXPECT_THAT(std::get<Infeasible>(found).reason, testing::HasSubstr("layer 'a'"));
}

}  // namespace
}  // namespace partita
