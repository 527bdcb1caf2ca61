#include "partition/methods/pilot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "partition/methods/growing_list.h"
#include "partition/methods/heft.h"
#include "partition/methods/portfolio.h"
#include "partition/methods/ranks.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using namespace std::chrono_literals;

struct Case {
  Network network;
  Hardware hardware;
  CostTable costs;
  Problem problem{network, hardware, costs};
  std::unique_ptr<Groundwork> ground =
      std::get<std::unique_ptr<Groundwork>>(Groundwork::of(problem));
};

std::unique_ptr<Case> random_case(std::uint64_t seed, std::size_t layers) {
  const test::CaseOptions options{
      .min_layers = layers, .max_layers = layers, .max_processors = 4, .details = seed % 2 == 0};
  Network network = test::random_network(seed, options);
  Hardware hardware = test::random_hardware(seed, options);
  CostTable costs = test::random_costs(seed, network, hardware, options);
  return std::unique_ptr<Case>(new Case{std::move(network), std::move(hardware), std::move(costs)});
}

GrowingList::Keys upward_keys(const Case& of) {
  const MeanTimes means(of.problem, of.ground->delays, of.ground->candidates);
  GrowingList::Keys keys;
  for (const Time rank : upward_ranks(of.network, means)) keys.push_back(rank.count());
  return keys;
}

std::vector<std::size_t> processors_of(const GrowingList& list, std::size_t layers) {
  std::vector<std::size_t> processors;
  for (std::uint32_t layer = 0; layer < layers; ++layer)
    processors.push_back(list.processor(layer));
  return processors;
}

// The same rules, in other words (list_schedule.h).
TEST(GrowingList, IsHeftWithoutPatience) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto of = random_case(seed, 30);
    const auto plan = heft_plan_of_any_size(of->problem);
    ASSERT_TRUE(std::holds_alternative<Plan>(plan)) << "seed " << seed;
    GrowingList list(*of->ground->idle);
    const GrowingList::Keys keys = upward_keys(*of);
    list.clear(keys);
    while (list.order().size() < keys.size()) list.place_next(0);
    for (const LayerId layer : of->network.layers()) {
      EXPECT_EQ(list.processor(static_cast<std::uint32_t>(index(layer))),
                index(std::get<Plan>(plan).processor(layer)))
          << "seed " << seed << ", layer " << index(layer);
    }
  }
}

TEST(GrowingList, ForgetsWhatIsTakenBack) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto of = random_case(seed, 30);
    const GrowingList::Keys keys = upward_keys(*of);
    GrowingList list(*of->ground->idle);
    list.clear(keys);
    while (list.order().size() < keys.size()) list.place_next(0);
    const auto order = list.order();
    const auto processors = processors_of(list, keys.size());

    GrowingList::Keys upside_down;
    for (const std::int64_t key : keys) upside_down.push_back(-key);
    list.clear(keys);
    while (list.order().size() < 10) list.place_next(0);
    const GrowingList::Mark mark = list.mark();
    list.set_keys(upside_down);
    while (list.order().size() < 25) list.place_next(-700);
    list.go_back(mark, keys);
    while (list.order().size() < 20) list.place_next(0);
    const auto steps = list.since(mark);
    list.go_back(mark, keys);
    list.place_again(steps, keys);
    while (list.order().size() < keys.size()) list.place_next(0);
    EXPECT_EQ(list.order(), order) << "seed " << seed;
    EXPECT_EQ(processors_of(list, keys.size()), processors) << "seed " << seed;
  }
}

// Two layers that take 10 ns on p and 20 ns on q. The second ends at 20 ns on either: p, the lower
// one. With a patience of -500, q counts as 20 - 0.5 (20 - 10) = 15 ns.
TEST(GrowingList, SlowProcessorsAreBusyMoreWhenTheyCountAsFaster) {
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  graph.layer("b", {}, Bytes{1});
  test::Machine machine;
  const MemoryId memory = machine.memory("m", Bandwidth{1'000'000'000'000});
  machine.processor("p", memory);
  machine.processor("q", memory);
  const Case of{graph.build(), machine.build(), test::costs_of({{10ns, 20ns}, {10ns, 20ns}})};
  const GrowingList::Keys keys{2, 1};
  GrowingList list(*of.ground->idle);
  for (const auto& [patience, processor] : {std::pair{0, 0u}, {-500, 1u}}) {
    list.clear(keys);
    list.place_next(patience);
    list.place_next(patience);
    EXPECT_EQ(list.processor(0), 0u);
    EXPECT_EQ(list.processor(1), processor) << patience;
  }
}

TEST(Pilot, IsNeverWorseThanItsStartAndAlwaysTheSame) {
  std::size_t better = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto of = random_case(seed, 150);
    const Outcome heft = solve_heft(of->problem, {});
    if (!std::holds_alternative<Solution>(heft)) continue;
    const auto& start = std::get<Solution>(heft);
    const auto solved = [&] {
      return std::get<Solution>(pilot_from(*of->ground, {.seed = 1, .steps = 60}, {start.plan}));
    };
    const Solution solution = solved();
    EXPECT_EQ(solution.plan.method(), "pilot");
    EXPECT_LE(solution.value, start.value) << "seed " << seed;
    better += solution.value < start.value ? 1 : 0;
    Evaluator evaluator(of->network, of->hardware, of->costs);
    const Timeline& timeline = evaluator.run(solution.plan);
    EXPECT_EQ(timeline.makespan, solution.cost.latency);
    EXPECT_EQ(violations(timeline, of->network, of->hardware, solution.plan),
              std::vector<std::string>{});
    EXPECT_EQ(to_json(solved().plan, of->network, of->hardware),
              to_json(solution.plan, of->network, of->hardware));
  }
  EXPECT_GE(better, 8u);
}

// With no time at all: a plan, and a bound that says less, but nothing wrong.
TEST(Deadline, LeavesAPlanAndABound) {
  const Deadline now(0.0);
  ASSERT_TRUE(now.passed());
  EXPECT_FALSE(Deadline().passed());
  EXPECT_FALSE(Deadline(1'000.0).passed());
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto of = random_case(seed, 40);
    const double full = lower_bound(of->problem).value;
    const double hasty = lower_bound(of->problem, now).value;
    EXPECT_GT(hasty, 0);
    EXPECT_LE(hasty, full) << "seed " << seed;
    EXPECT_TRUE(std::holds_alternative<Infeasible>(solve_heft(of->problem, {.quick_until = now})));
    const Outcome outcome = solve_auto(of->problem, {.seconds = 0.0});
    if (const auto* solution = std::get_if<Solution>(&outcome))
      EXPECT_GE(solution->value, full) << "seed " << seed;
    else
      EXPECT_TRUE(std::holds_alternative<Infeasible>(solve_heft(of->problem, {})));
  }
}

}  // namespace
}  // namespace partita
