// Constraints: what a search is punished for, the independent check, and methods that keep to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/base/random.h"
#include "partition/bounds/lower_bound.h"
#include "partition/methods/methods.h"
#include "partition/methods/search_state.h"
#include "partition/problem/assignment_search.h"
#include "partition/problem/conflict.h"
#include "partition/problem/constraint_violations.h"
#include "tests/partition/brute_force.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Three processors that nothing limits, and a chain a-b-c-d of 10, 20, 30, 40 ns everywhere.
struct Chain {
  Chain() {
    test::Machine machine;
    for (const char* name : {"p", "q", "r"}) {
      machine.processor(name,
                        machine.memory(std::string("m") + name, Bandwidth{1'000'000'000'000}));
    }
    for (std::uint32_t i = 0; i < 3; ++i) {
      machine.engine("dma" + std::to_string(i), MemoryId{i});
      machine.link("l" + std::to_string(i), MemoryId{i}, MemoryId{(i + 1) % 3},
                   Bandwidth{1'000'000'000});
    }
    hardware.emplace(machine.build());
    test::Graph graph;
    TensorId last = graph.layer("a", {}, Bytes{1});
    for (const char* name : {"b", "c", "d"}) last = graph.layer(name, {last}, Bytes{1});
    network.emplace(graph.build());
  }
  Problem problem(Constraints constraints) const {
    return {*network, *hardware, costs, {}, std::move(constraints)};
  }
  std::optional<Hardware> hardware;
  std::optional<Network> network;
  CostTable costs = test::costs_of(
      {{10ns, 10ns, 10ns}, {20ns, 20ns, 20ns}, {30ns, 30ns, 30ns}, {40ns, 40ns, 40ns}});
};

IdVector<LayerId, ProcessorId> on(std::initializer_list<int> processors) {
  IdVector<LayerId, ProcessorId> made;
  for (const int p : processors) made.push_back(static_cast<ProcessorId>(p));
  return made;
}

TEST(ConstraintExcess, ByHand) {
  const Chain chain;
  const auto excess = [&](const Constraints& constraints, std::initializer_list<int> processors) {
    const Problem problem = chain.problem(constraints);
    return ConstraintExcess(problem).of(on(processors));
  };
  const Constraints group{.together = {{LayerId{0}, LayerId{1}, LayerId{3}}}};
  EXPECT_EQ(excess(group, {0, 0, 1, 0}), 0);
  EXPECT_EQ(excess(group, {0, 0, 1, 2}), 333'334);  // one of three is elsewhere
  EXPECT_EQ(excess(group, {0, 1, 1, 2}), 666'667);

  const Constraints contiguous{.contiguous = true};
  EXPECT_EQ(excess(contiguous, {0, 0, 1, 2}), 0);
  EXPECT_EQ(excess(contiguous, {0, 1, 0, 2}), 250'000);  // b lies between layers of p
  EXPECT_EQ(excess(contiguous, {0, 1, 0, 1}), 500'000);  // and c between those of q
  EXPECT_EQ(excess(contiguous, {0, 1, 2, 0}), 500'000);

  // a and b: 30 of 100 ns.
  const auto share = [](std::int64_t least, std::int64_t most) {
    return Constraints{.shares = {{least, most}, {}, {}}};
  };
  EXPECT_EQ(excess(share(300'000, 300'000), {0, 0, 1, 2}), 0);
  EXPECT_EQ(excess(share(450'000, 1'000'000), {0, 0, 1, 2}), 150'000);
  EXPECT_EQ(excess(share(0, 299'999), {0, 0, 1, 2}), 1);
}

TEST(ConstraintViolations, SayWhatIsWrong) {
  const Chain chain;
  const auto broken = [&](const Constraints& constraints,
                          const std::vector<std::vector<int>>& orders, const CostTable& costs) {
    const Problem problem{*chain.network, *chain.hardware, costs, {}, constraints};
    return constraint_violations(test::plan_of(*chain.network, *chain.hardware, orders), problem);
  };
  EXPECT_THAT(broken({.together = {{LayerId{1}, LayerId{2}}}}, {{0, 1}, {2}, {3}}, chain.costs),
              ElementsAre("layers 'b' and 'c' stay together, but are on 'p' and 'q'"));
  EXPECT_THAT(broken({.contiguous = true}, {{0, 3}, {1}, {2}}, chain.costs),
              ElementsAre("the layers of 'p' are not contiguous: a path leaves them and comes back "
                          "from 'c' (on 'r') to 'd'"));
  EXPECT_THAT(
      broken({.shares = {{}, {500'000, 1'000'000}, {0, 200'000}}}, {{0, 1}, {2}, {3}}, chain.costs),
      ElementsAre("'q' does 30 % of the layer time, less than the 50 % that it must",
                  "'r' does 40 % of the layer time, more than the 20 % that it may"));
  CostTable barred = chain.costs;
  barred.set(LayerId{2}, ProcessorId{1}, std::nullopt);
  EXPECT_THAT(broken({}, {{0, 1}, {2}, {3}}, barred), ElementsAre("layer 'c' may not run on 'q'"));
}

// Some groups, contiguity, shares and bars; from one in five to all of them.
Constraints random_constraints(std::uint64_t seed, const Network& network, const Hardware& hardware,
                               CostTable& costs) {
  Random random(seed * 977 + 5);
  const auto layer = [&] { return static_cast<LayerId>(random.below(network.layer_count())); };
  const std::size_t processors = hardware.processors().size();
  std::vector<Rule> rules;
  if (random.one_in(2)) {
    for (std::size_t i = 0; i < 2; ++i)
      rules.push_back({.kind = Rule::Kind::Together, .text = "", .layers = {layer(), layer()}});
  }
  if (random.one_in(2)) rules.push_back({.kind = Rule::Kind::Contiguous, .text = ""});
  if (random.one_in(3)) {
    Rule rule{.kind = Rule::Kind::Share, .text = ""};
    rule.processors = {static_cast<ProcessorId>(random.below(processors))};
    rule.share.least = static_cast<std::int64_t>(random.below(600'000));
    rule.share.most = rule.share.least + static_cast<std::int64_t>(random.below(400'000));
    rules.push_back(rule);
  }
  if (random.one_in(2)) {
    rules.push_back({.kind = Rule::Kind::Bar,
                     .text = "",
                     .layers = {layer()},
                     .processors = {static_cast<ProcessorId>(random.below(processors))}});
  }
  Ruled ruled = with_rules(rules, processors, costs);
  costs = std::move(ruled.costs);
  return std::move(ruled.constraints);
}

TEST(ConstraintViolations, AgreeWithTheExcessOnRandomPlacements) {
  int broken = 0, kept = 0;
  for (std::uint64_t seed = 1; seed <= 6'000; ++seed) {
    const test::CaseOptions options{.max_layers = seed % 3 == 0 ? 30u : 8u, .max_processors = 4};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    CostTable costs = test::random_costs(seed, network, hardware, options);
    const CostTable all = costs;
    const Constraints constraints = random_constraints(seed, network, hardware, costs);
    const Plan plan = test::random_plan(seed, network, hardware, options);
    const Problem problem{network, hardware, all, {}, constraints};
    const std::int64_t excess = ConstraintExcess(problem).of(plan.placement().processor);
    ASSERT_EQ(excess == 0, constraint_violations(plan, problem).empty()) << "seed " << seed;
    (excess == 0 ? kept : broken) += !constraints.none();
  }
  EXPECT_GT(broken, 500);
  EXPECT_GT(kept, 500);
}

TEST(Constraints, MethodsKeepToThemAndAnnealingFindsAPlanWhereThereIsOne) {
  int impossible = 0, optimal = 0, cases = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const test::CaseOptions options{.max_layers = 5, .max_processors = 3};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    CostTable costs = test::random_costs(seed, network, hardware, options);
    Constraints constraints = random_constraints(seed, network, hardware, costs);
    if (constraints.none()) continue;
    const Problem problem{network, hardware, costs, {}, std::move(constraints)};
    Evaluator evaluator(network, hardware, costs);
    std::optional<Time> least;
    bool assignable = false;
    test::for_all_plans(network, hardware, costs, [&](const Plan& plan) {
      if (!constraint_violations(plan, problem).empty()) return;
      assignable = true;
      const Timeline& timeline = evaluator.run(plan);
      if (!exceeded_capacity(timeline, hardware).empty()) return;
      least = std::min(least.value_or(Time::max()), timeline.makespan);
    });
    ++cases;
    impossible += !least;
    if (least) {
      EXPECT_LE(latency_bound(problem).value, *least) << "seed " << seed;
    }
    for (const Method& method : methods()) {
      const Outcome outcome =
          method.solve(problem, {.seed = seed, .steps = method.name == "annealing" ? 2'000 : 300});
      const auto* solution = std::get_if<Solution>(&outcome);
      if (solution != nullptr) {
        ASSERT_TRUE(least.has_value()) << "seed " << seed << " by " << method.name;
        ASSERT_THAT(constraint_violations(solution->plan, problem), IsEmpty()) << "seed " << seed;
        // A bound that a method proves is one of the plans that keep to constraints; transfers sent
        // in another order may beat brute force.
        if (solution->bound) {
          EXPECT_LE(*solution->bound, std::min(seconds(*least), solution->value) * (1 + 1e-12))
              << "seed " << seed << " by " << method.name;
        }
      }
      if (method.name != "annealing") continue;
      ASSERT_EQ(solution != nullptr, least.has_value()) << "seed " << seed;
      optimal += solution != nullptr && solution->cost.latency <= *least;
    }
    const Delays delays(network, hardware);
    const auto candidates = Candidates::find(problem, delays);
    if (const auto* found = std::get_if<Candidates>(&candidates)) {
      const auto assignment = find_assignment(problem, *found, 1'000'000);
      ASSERT_FALSE(std::holds_alternative<NotFoundInTime>(assignment));
      // Memories are large: what is assignable is a plan.
      ASSERT_EQ((std::holds_alternative<IdVector<LayerId, ProcessorId>>(assignment)), assignable)
          << "seed " << seed;
    } else {
      ASSERT_FALSE(assignable) << "seed " << seed;
    }
  }
  EXPECT_GT(impossible, 5);
  EXPECT_GT(cases, 100);
  EXPECT_GT(optimal, (cases - impossible) * 9 / 10);
}

TEST(SearchState, LayersThatStayTogetherMoveTogether) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Network network = test::random_network(seed, {.min_layers = 6});
    const Hardware hardware = test::random_hardware(seed);
    const CostTable costs = test::random_costs(seed, network, hardware);
    Problem problem{network, hardware, costs};
    problem.constraints.together = {{LayerId{0}, LayerId{2}, LayerId{5}}, {LayerId{1}, LayerId{4}}};
    const Delays delays(network, hardware);
    const Candidates candidates = std::get<Candidates>(Candidates::find(problem, delays));
    SearchState state(problem, candidates);
    Evaluator evaluator(network, hardware, costs);
    const Plan start = test::random_plan(seed, network, hardware);
    state.load(start.placement(), evaluator.run(start));
    Random random(seed);
    for (int move = 0; move < 200; ++move) {
      const IdVector<LayerId, ProcessorId> before = state.placement().processor;
      for (const auto& group : problem.constraints.together) {
        for (const LayerId layer : group) ASSERT_EQ(before[layer], before[group.front()]);
      }
      state.change(random);
      if (random.one_in(2)) {
        state.undo();
        ASSERT_EQ(state.placement().processor, before);
      } else {
        state.keep();
      }
    }
  }
}

TEST(Constraints, LimitsOfTermsAreKept) {
  // All on p: 100 ns and nothing moves. A limit of 0 B is kept there; one of 99 ns nowhere.
  const Chain chain;
  const auto annealed = [&](Constraints::Limit limit) {
    return method_named("annealing")->solve(chain.problem({.limits = {limit}}), {.steps = 500});
  };
  Outcome outcome = annealed({Term::Transfers, 0});
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  EXPECT_EQ(std::get<Solution>(outcome).cost.transfers.value, 0);
  outcome = annealed({Term::Latency, 99e-9});
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  EXPECT_THAT(std::get<Infeasible>(outcome).reason,
              HasSubstr("latency is 1e-07, more than the 9.9e-08 that are allowed"));
}

TEST(Constraints, AreKeptWhereNothingIsLost) {
  // All on p moves nothing, and breaks the share; the best that keeps to it moves 1 B.
  const Chain chain;
  Problem problem = chain.problem({.shares = {{}, {300'000, 400'000}, {}}});
  problem.objective = Objective::only(Term::Transfers);
  const Outcome outcome = method_named("annealing")->solve(problem, {.steps = 500});
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  EXPECT_EQ(std::get<Solution>(outcome).cost.transfers.value, 1);
}

TEST(Conflict, IsASmallestSet) {
  const Chain chain;
  Diagnostics diagnostics;
  RuleMaker maker(*chain.network, *chain.hardware, diagnostics);
  const SourceLoc where{"test", 0, 0};
  maker.share(where, "r at most 90 %", "r", std::nullopt, "90 %");
  maker.place(Rule::Kind::Pin, where, "a on p", "a", {"p"});
  maker.together(where, "a with c", {"a", "c"});
  maker.place(Rule::Kind::Bar, where, "d not on q", "d", {"q"});
  maker.contiguous("contiguous");
  maker.place(Rule::Kind::Pin, where, "b on q", "b", {"q"});
  ASSERT_TRUE(diagnostics.empty());
  const auto conflict =
      smallest_conflict(*chain.network, *chain.hardware, chain.costs, maker.take());
  ASSERT_TRUE(conflict.has_value());
  std::vector<std::string> texts;
  for (const Rule& rule : conflict->rules) texts.push_back(rule.text);
  EXPECT_THAT(texts, ElementsAre("a on p", "a with c", "contiguous", "b on q"));
}

TEST(Conflict, ReasonsNameLayersAndProcessors) {
  const Chain chain;
  Diagnostics diagnostics;
  RuleMaker maker(*chain.network, *chain.hardware, diagnostics);
  const SourceLoc where{"test", 0, 0};
  maker.place(Rule::Kind::Pin, where, "all on p", "*", {"p"});
  maker.place(Rule::Kind::Pin, where, "b on q or r", "b", {"q", "r"});
  const auto conflict =
      smallest_conflict(*chain.network, *chain.hardware, chain.costs, maker.take());
  ASSERT_TRUE(conflict.has_value());
  EXPECT_EQ(conflict->rules.size(), 2u);
  EXPECT_THAT(conflict->reason, HasSubstr("layer 'b' (Opaque) can run on no processor"));
  EXPECT_FALSE(smallest_conflict(*chain.network, *chain.hardware, chain.costs, {}).has_value());

  maker.share(where, "", "p", "60 %", std::nullopt);
  maker.share(where, "", "q", "41 %", std::nullopt);
  const auto shares = smallest_conflict(*chain.network, *chain.hardware, chain.costs, maker.take());
  ASSERT_TRUE(shares.has_value());
  EXPECT_EQ(shares->rules.size(), 2u);
  EXPECT_EQ(shares->reason, "the least shares add up to more than 100 %");
}

TEST(Conflict, OfTheMachineAloneHasNoRules) {
  const Chain chain;
  CostTable nowhere = chain.costs;
  for (const ProcessorId p : ids<ProcessorId>(3)) nowhere.set(LayerId{1}, p, std::nullopt);
  Diagnostics diagnostics;
  RuleMaker maker(*chain.network, *chain.hardware, diagnostics);
  maker.contiguous("contiguous");
  const auto conflict = smallest_conflict(*chain.network, *chain.hardware, nowhere, maker.take());
  ASSERT_TRUE(conflict.has_value());
  EXPECT_THAT(conflict->rules, IsEmpty());
  EXPECT_THAT(conflict->reason, HasSubstr("layer 'b'"));
}

}  // namespace
}  // namespace partita
