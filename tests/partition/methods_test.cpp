// What every method promises, on random networks and machines.
#include "partition/methods/methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr std::uint64_t kCases = 1'200;

struct Case {
  explicit Case(std::uint64_t seed, const test::CaseOptions& options)
      : network(test::random_network(seed, options)),
        hardware(test::random_hardware(seed, options)),
        costs(test::random_costs(seed, network, hardware, options)) {}
  Problem problem() const { return {network, hardware, costs}; }

  Network network;
  Hardware hardware;
  CostTable costs;
};

test::CaseOptions options_of(std::uint64_t seed) {
  return {.max_layers = seed % 3 == 0 ? 40u : 12u,
          .max_processors = 6,
          .ties = seed % 2 == 0,
          .details = seed % 4 >= 2};
}

class EveryMethod : public testing::TestWithParam<std::string> {
 protected:
  const Method& method() const { return *method_named(GetParam()); }
  SearchOptions search() const { return {.seed = 7, .steps = 60}; }
};

// Each plan goes to the evaluator again, and what happens in it to the independent checker.
TEST_P(EveryMethod, KeepsTheContractAndTheBound) {
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    const Case of(seed, options_of(seed));
    const Outcome outcome = method().solve(of.problem(), search());
    if (const auto* no = std::get_if<Infeasible>(&outcome)) {
      ADD_FAILURE() << "seed " << seed << ": " << no->reason;
      continue;
    }
    const Solution& solution = std::get<Solution>(outcome);
    Evaluator evaluator(of.network, of.hardware, of.costs);
    const Timeline& timeline = evaluator.run(solution.plan);
    ASSERT_EQ(timeline.makespan, solution.cost.latency) << "seed " << seed;
    ASSERT_EQ(violations(timeline, of.network, of.hardware, solution.plan),
              std::vector<std::string>{})
        << "seed " << seed;
    const LatencyBound bound = latency_bound(of.problem());
    ASSERT_LE(bound.value, solution.cost.latency) << "seed " << seed << " by " << bound.limit;
    // A portfolio's plan says which of its methods found it.
    if (method().kind == Method::Kind::Portfolio)
      EXPECT_NE(method_named(solution.plan.method()), nullptr);
    else
      EXPECT_EQ(solution.plan.method(), GetParam());
  }
}

// Load only slows down, so the bound stays one; where a plan never finishes, that is no plan.
TEST_P(EveryMethod, KeepsTheBoundWhileOthersUseTheMachine) {
  int solved = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    test::CaseOptions options = options_of(seed);
    options.load = true;
    const Case of(seed, options);
    const Outcome outcome = method().solve(of.problem(), search());
    const auto* solution = std::get_if<Solution>(&outcome);
    if (solution == nullptr) {
      EXPECT_THAT(std::get<Infeasible>(outcome).reason, testing::HasSubstr("processor"));
      continue;
    }
    ++solved;
    const Timeline timeline = Evaluator(of.network, of.hardware, of.costs).run(solution->plan);
    ASSERT_EQ(timeline.makespan, solution->cost.latency) << "seed " << seed;
    ASSERT_LT(timeline.makespan, Time::max()) << "seed " << seed;
    ASSERT_EQ(violations(timeline, of.network, of.hardware, solution->plan),
              std::vector<std::string>{})
        << "seed " << seed;
    ASSERT_LE(latency_bound(of.problem()).value, solution->cost.latency) << "seed " << seed;
  }
  EXPECT_GT(solved, 180);
}

TEST_P(EveryMethod, GivesTheSameBytesTwice) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Case of(seed, options_of(seed));
    const auto text = [&] {
      const Outcome outcome = method().solve(of.problem(), search());
      return to_json(std::get<Solution>(outcome).plan, of.network, of.hardware);
    };
    EXPECT_EQ(text(), text()) << "seed " << seed;
  }
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const Method& method : methods()) names.emplace_back(method.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, EveryMethod, testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

TEST(Methods, TheTableFindsEachByItsName) {
  for (const Method& method : methods()) {
    EXPECT_EQ(method_named(method.name), &method);
    EXPECT_FALSE(method.description.empty());
  }
  EXPECT_EQ(method_named("hft"), nullptr);
}

// Four layers of 10 us on two equal processors.
Time four_layers(LoadEffect effect, Time from) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m0);
  machine.parts.load.push_back({"others", effect, from, std::nullopt, std::nullopt, {}});
  test::Graph graph;
  for (const char* name : {"a", "b", "c", "d"}) graph.layer(name, {}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = test::costs_of({{10us, 10us}, {10us, 10us}, {10us, 10us}, {10us, 10us}});
  const Outcome outcome =
      method_named("annealing")->solve({network, hardware, costs}, {.seed = 1, .steps = 400});
  return std::get<Solution>(outcome).cost.latency;
}

// The evaluator knows what others do, so plans adapt to it.
TEST(Annealing, GivesLessToAProcessorThatOthersUse) {
  const ProcessorId p0{0};
  EXPECT_EQ(four_layers(SlowedDown{p0, 1}, 0us), 20us);    // two each
  EXPECT_EQ(four_layers(SlowedDown{p0, 2.5}, 0us), 30us);  // one there, three on the other
  EXPECT_EQ(four_layers(BusyShare{p0, 0.9}, 0us), 40us);
  EXPECT_EQ(four_layers(Lost{p0}, 15us), 30us);  // one, before it goes
  EXPECT_EQ(four_layers(Lost{p0}, 5us), 40us);   // none
}

TEST(Methods, TheBoundHoldsForRandomPlansToo) {
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    test::CaseOptions options = options_of(seed);
    options.load = seed % 3 == 1;
    const Case of(seed, options);
    const Plan plan = test::random_plan(seed, of.network, of.hardware);
    Evaluator evaluator(of.network, of.hardware, of.costs);
    const LatencyBound bound = latency_bound(of.problem());
    ASSERT_LE(bound.value, evaluator.run(plan).makespan)
        << "seed " << seed << " by " << bound.limit;
    EXPECT_GT(bound.value, Time{0}) << "seed " << seed;
  }
}

}  // namespace
}  // namespace partita
