#include "partition/methods/idle_schedule.h"

#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "partition/methods/annealing.h"
#include "partition/methods/groundwork.h"
#include "partition/methods/walk.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using namespace std::chrono_literals;

struct Case {
  explicit Case(std::uint64_t seed)
      : options{.max_layers = seed % 3 == 0 ? 60u : 15u,
                .max_processors = 6,
                .ties = seed % 2 == 0,
                .details = seed % 4 >= 2},
        network(test::random_network(seed, options)),
        hardware(test::random_hardware(seed, options)),
        costs(test::random_costs(seed, network, hardware, options)),
        problem{network, hardware, costs} {}

  std::unique_ptr<Groundwork> ground(Groundwork::Screen screen) const {
    auto found = Groundwork::of(problem, screen);
    return std::move(std::get<std::unique_ptr<Groundwork>>(found));
  }
  Plan any_plan(std::uint64_t seed) const {
    auto made =
        make_plan(network, hardware, test::random_placement(seed, network, hardware), "any");
    return std::get<Plan>(std::move(made));
  }

  test::CaseOptions options;
  Network network;
  Hardware hardware;
  CostTable costs;
  Problem problem;
};

// a (10 ns on p, 4 ns on q) -> b (10 ns, 4 ns); the copy takes 1000 B / 100 GB/s + 5 ns = 15 ns.
TEST(IdleSchedule, IsTheLongestPathOfThePlan) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{1'000'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{1'000'000'000'000});
  machine.processor("p", m0);
  machine.processor("q", m1);
  machine.link("link", m0, m1, Bandwidth{100'000'000'000}, 5ns);
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1000});
  graph.layer("b", {a}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = test::costs_of({{10ns, 4ns}, {10ns, 4ns}});
  const Problem problem{network, hardware, costs};
  auto found = Groundwork::of(problem);
  const Groundwork& ground = *std::get<std::unique_ptr<Groundwork>>(found);
  SearchState state(problem, ground.candidates);
  IdleSchedule schedule(*ground.idle, ground.tails, state);
  const auto at_least = [&](ProcessorId of_a, ProcessorId of_b) {
    state.restore({{of_a, of_b}, {LayerId{0}, LayerId{1}}});
    schedule.restart();
    return schedule.at_least(Time::max());
  };
  const ProcessorId p{0}, q{1};
  EXPECT_EQ(at_least(p, p), 20ns);
  EXPECT_EQ(at_least(q, q), 8ns);
  EXPECT_EQ(at_least(p, q), 10ns + 15ns + 4ns);
  EXPECT_EQ(at_least(q, p), 4ns + 15ns + 10ns);
  // Known to be above 9 ns as soon as a has ended on p: 10 ns, and at least 4 ns follow.
  state.restore({{p, q}, {LayerId{0}, LayerId{1}}});
  schedule.restart();
  EXPECT_EQ(schedule.at_least(9ns), 14ns);
}

// After any moves, kept or taken back, it is what it would be from scratch, and no execution of the
// plan is shorter.
TEST(IdleSchedule, FollowsEveryMoveAndIsABound) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Case of(seed);
    const auto ground = of.ground(Groundwork::Screen::Plans);
    Evaluator evaluator(of.network, of.hardware, of.costs);
    SearchState state(of.problem, ground->candidates);
    const Plan start = of.any_plan(seed);
    state.load(start.placement(), evaluator.run(start));
    IdleSchedule schedule(*ground->idle, ground->tails, state);
    Random random(seed);
    for (int step = 0; step < 60; ++step) {
      if (!state.change(random)) {
        state.keep();
        schedule.restart();
        continue;
      }
      const Time found = schedule.at_least(Time::max());
      IdleSchedule fresh(*ground->idle, ground->tails, state);
      ASSERT_EQ(found, fresh.at_least(Time::max())) << "seed " << seed << " step " << step;
      auto made = make_plan(of.network, of.hardware, state.placement(), "moved");
      if (const auto* plan = std::get_if<Plan>(&made)) {
        ASSERT_LE(found, evaluator.run(*plan).makespan) << "seed " << seed << " step " << step;
      }
      if (random.one_in(2)) {
        schedule.keep();
        state.keep();
      } else {
        state.undo();
      }
    }
  }
}

TEST(IdleSchedule, ChangesNoDecisionOfASearch) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Case of(seed);
    const auto text = [&](Groundwork::Screen screen) {
      const auto ground = of.ground(screen);
      const Outcome outcome =
          anneal_from(*ground, {.seed = seed, .steps = 400}, {of.any_plan(seed)});
      const auto* solution = std::get_if<Solution>(&outcome);
      return solution ? to_json(solution->plan, of.network, of.hardware) : "none fits";
    };
    EXPECT_EQ(text(Groundwork::Screen::Plans), text(Groundwork::Screen::Nothing))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace partita
