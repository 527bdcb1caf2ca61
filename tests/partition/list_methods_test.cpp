// The list methods and single on cases that are worked out by hand, and what they say when nothing
// fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "partition/methods/annealing.h"
#include "partition/methods/methods.h"
#include "partition/problem/candidates.h"
#include "tests/partition/brute_force.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Bandwidth kFast{1'000'000'000'000};
constexpr ProcessorId kP{0}, kQ{1};
constexpr LayerId kA{0}, kB{1}, kC{2};

// p and q on memories of their own; 1 B takes 1 ns on the link between.
test::Machine two_processors(Bytes p_capacity = test::kLarge, Bytes q_capacity = test::kLarge) {
  test::Machine machine;
  machine.processor("p", machine.memory("mp", kFast, p_capacity));
  machine.processor("q", machine.memory("mq", kFast, q_capacity));
  machine.engine("dma", MemoryId{0});
  machine.engine("dma2", MemoryId{1});
  machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  return machine;
}

Outcome solve(std::string_view method, const Network& network, const Hardware& hardware,
              const CostTable& costs, std::int64_t steps = 500) {
  return method_named(method)->solve({network, hardware, costs}, {.seed = 3, .steps = steps});
}

Solution solved(std::string_view method, const Network& network, const Hardware& hardware,
                const CostTable& costs) {
  Outcome outcome = solve(method, network, hardware, costs);
  EXPECT_TRUE(std::holds_alternative<Solution>(outcome)) << std::get<Infeasible>(outcome).reason;
  return std::get<Solution>(std::move(outcome));
}

TEST(Greedy, TakesTheProcessorThatEndsALayerFirst) {
  // a: p 10, q 12 -> p, 0-10. b reads a (5 B): p 10-25 = 15, q 10+5-25 = 10 -> tie at 25: the
  // lower, p. c: p 25+30, q 0-20 -> q. Makespan 25.
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{5});
  graph.layer("b", {a}, Bytes{1});
  graph.layer("c", {}, Bytes{1});
  const Network network = graph.build();
  const Solution solution = solved("greedy", network, two_processors().build(),
                                   test::costs_of({{10ns, 12ns}, {15ns, 10ns}, {30ns, 20ns}}));
  EXPECT_EQ(solution.plan.processor(kA), kP);
  EXPECT_EQ(solution.plan.processor(kB), kP);
  EXPECT_EQ(solution.plan.processor(kC), kQ);
  EXPECT_EQ(solution.cost.latency, 25ns);
}

TEST(Greedy, CountsTheWayOfAResultToTheHost) {
  // x takes 10 ns on p, 8 ns on q; but the host is p's memory, and its 5 B come back in 5 ns: 10 <
  // 13.
  test::Graph graph;
  graph.output(graph.layer("x", {}, Bytes{5}));
  const Network network = graph.build();
  test::Machine machine = two_processors();
  machine.parts.host = MemoryId{0};
  const Solution solution =
      solved("greedy", network, machine.build(), test::costs_of({{10ns, 8ns}}));
  EXPECT_EQ(solution.plan.processor(kA), kP);
  EXPECT_EQ(solution.cost.latency, 10ns);
}

TEST(Heft, FillsAGapThatIsLongEnough) {
  // a only pays on q (2 ns, p 90); b, a's only reader, only on p (50 ns, q 200); c is 10 ns on p,
  // 100 on q. Mean ranks: a = 46 + 20 + 125, b = 125, c = 55. So a 0-2 on q, its 20 B arrive at 22,
  // b 22-72 on p, and c fits before it: 0-10 on p. Without gaps it would end at 82.
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{20});
  graph.layer("b", {a}, Bytes{1});
  graph.layer("c", {}, Bytes{1});
  const Network network = graph.build();
  const Solution solution = solved("heft", network, two_processors().build(),
                                   test::costs_of({{90ns, 2ns}, {50ns, 200ns}, {10ns, 100ns}}));
  EXPECT_THAT(solution.plan.order(kP), ElementsAre(kC, kB));
  EXPECT_EQ(solution.cost.latency, 72ns);
}

TEST(Heft, LaunchOverheadCounts) {
  // On p the layer takes 5 ns, but 10 ns to launch; q takes 12 ns.
  test::Graph graph;
  graph.layer("x", {}, Bytes{1});
  const Network network = graph.build();
  test::Machine machine = two_processors();
  machine.parts.processors[kP].launch_overhead = 10ns;
  const Solution solution = solved("heft", network, machine.build(), test::costs_of({{5ns, 12ns}}));
  EXPECT_EQ(solution.plan.processor(kA), kQ);
}

TEST(LookAhead, SeesWhereTheNextLayerWouldEnd) {
  // a ends first on p (10 ns, q 11), but its 100 B take 100 ns to q, where alone b is fast (10 ns,
  // p 1000): HEFT ends at 10 + 100 + 10. Looking at b as well, q is better: 11 + 10.
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{100})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = two_processors().build();
  const CostTable costs = test::costs_of({{10ns, 11ns}, {1000ns, 10ns}});
  EXPECT_EQ(solved("heft", network, hardware, costs).cost.latency, 120ns);
  EXPECT_EQ(solved("look_ahead", network, hardware, costs).cost.latency, 21ns);
}

TEST(LookAhead, TakesBackWhatItOnlyTried) {
  // Trying a on p, then b on p beside it, must leave no trace: b's weight of 60 B goes to q (p has
  // 100 B, of which a's takes 60), and both start at 0.
  test::Graph graph;
  const TensorId a = graph.layer("a", {graph.weight("w1", Bytes{60})}, Bytes{1});
  graph.layer("b", {graph.weight("w2", Bytes{60}), a}, Bytes{1});
  const Network network = graph.build();
  const Solution solution = solved("look_ahead", network, two_processors(Bytes{100}).build(),
                                   test::costs_of({{1ns, 50ns}, {1ns, 50ns}}));
  // a on p 0-1, 1 B until 2, b on q until 52; or both on q: 100.
  EXPECT_EQ(solution.cost.latency, 52ns);
}

TEST(Cpop, KeepsTheCriticalPathTogether) {
  // a, b, c in a row are the critical path: 30 ns on p, 27 on q. HEFT begins with a on p (4 ns, q
  // 9), for which c, the last, is bad: it stays there, 4 + 13 + 13 = 30, because 20 B take 20 ns.
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{20});
  graph.layer("c", {graph.layer("b", {a}, Bytes{20})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = two_processors().build();
  const CostTable costs = test::costs_of({{4ns, 9ns}, {13ns, 9ns}, {13ns, 9ns}});
  EXPECT_EQ(solved("heft", network, hardware, costs).cost.latency, 30ns);
  const Solution solution = solved("cpop", network, hardware, costs);
  EXPECT_THAT(solution.plan.order(kQ), ElementsAre(kA, kB, kC));
  EXPECT_EQ(solution.cost.latency, 27ns);
}

TEST(Peft, CountsWhatFollows) {
  // x and y are ready. On average y has more behind it: z takes 50 ns on q (p 90), and 30 ns to get
  // there. OCT(y, p) = min(90, 50 + 30) = 80, OCT(y, q) = 50; x has nothing behind it. So y goes
  // first, to q (20 + 50 < 10 + 80), though it ends first on p (10 ns, q 20); z follows: 70 ns.
  test::Graph graph;
  graph.layer("x", {}, Bytes{1});
  graph.layer("z", {graph.layer("y", {}, Bytes{30})}, Bytes{1});
  const Network network = graph.build();
  const Hardware hardware = two_processors().build();
  const CostTable costs = test::costs_of({{5ns, 5ns}, {10ns, 20ns}, {90ns, 50ns}});
  const Solution solution = solved("peft", network, hardware, costs);
  EXPECT_EQ(solution.plan.processor(kB), kQ);
  EXPECT_EQ(solution.cost.latency, 70ns);
  EXPECT_EQ(solved("heft", network, hardware, costs).cost.latency, 90ns);
}

TEST(RoundRobin, TakesTheNextProcessorThatCan) {
  // a on p, b on q, c on p again, but only q can run it; then d on p.
  test::Graph graph;
  for (const char* name : {"a", "b", "c", "d"}) graph.layer(name, {}, Bytes{1});
  const Network network = graph.build();
  CostTable costs = test::costs_of({{1ns, 1ns}, {1ns, 1ns}, {1ns, 1ns}, {1ns, 1ns}});
  costs.set(kC, kP, std::nullopt);
  const Solution solution = solved("round_robin", network, two_processors().build(), costs);
  EXPECT_THAT(solution.plan.order(kP), ElementsAre(kA, LayerId{3}));
  EXPECT_THAT(solution.plan.order(kQ), ElementsAre(kB, kC));
}

TEST(Single, SaysWhyNoProcessorCanRunAll) {
  test::Graph graph;
  graph.layer("a", {}, Bytes{1});
  graph.layer("b", {}, Bytes{1});
  const Network network = graph.build();
  CostTable costs = test::costs_of({{1ns, 1ns}, {1ns, 1ns}});
  costs.set(kA, kP, std::nullopt);
  costs.set(kB, kQ, std::nullopt);
  const Outcome outcome = solve("single", network, two_processors().build(), costs);
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  EXPECT_EQ(std::get<Infeasible>(outcome).reason,
            "no processor can run the whole network: 'p' cannot run layer 'a' (Opaque); 'q' cannot "
            "run layer 'b' (Opaque)");
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const Method& method : methods()) names.emplace_back(method.name);
  return names;
}

// Weights of 60 B each: p (100 B) can hold one, q the others, whatever the times say.
class WeightsThatDoNotFit : public testing::TestWithParam<std::string> {};

TEST_P(WeightsThatDoNotFit, GoElsewhere) {
  test::Graph graph;
  const TensorId first = graph.weight("w1", Bytes{60}), second = graph.weight("w2", Bytes{60});
  graph.layer("a", {first}, Bytes{1});
  graph.layer("b", {second}, Bytes{1});
  const Network network = graph.build();
  const Solution solution = solved(GetParam(), network, two_processors(Bytes{100}).build(),
                                   test::costs_of({{1ns, 50ns}, {1ns, 50ns}}));
  EXPECT_EQ(solution.cost.latency, GetParam() == "single" ? 100ns : 50ns);
  EXPECT_EQ(solution.plan.method(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, WeightsThatDoNotFit, testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

TEST(Memory, SharedWeightsCountOnce) {
  // Both layers read one weight of 60 B: 62 B on p are enough for both, one after the other.
  test::Graph graph;
  const TensorId shared = graph.weight("w", Bytes{60});
  graph.layer("a", {shared}, Bytes{1});
  graph.layer("b", {shared}, Bytes{1});
  const Network network = graph.build();
  const Solution solution = solved("heft", network, two_processors(Bytes{62}).build(),
                                   test::costs_of({{1ns, 50ns}, {1ns, 50ns}}));
  EXPECT_EQ(solution.cost.latency, 2ns);
}

TEST(Memory, ALayerThatFitsNowhereIsNamedWithTheBytes) {
  // 60 B of weight, 30 of input, 20 of result: 110 B; p lacks 10, q 60.
  test::Graph graph;
  const TensorId weight = graph.weight("w", Bytes{60}), input = graph.input("in", Bytes{30});
  graph.layer("wide", {weight, input}, Bytes{20});
  const Network network = graph.build();
  for (const std::string& method : names()) {
    if (method == "single") continue;  // names processors, not layers
    const Outcome outcome = solve(method, network, two_processors(Bytes{100}, Bytes{50}).build(),
                                  test::costs_of({{1ns, 1ns}}));
    ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome)) << method;
    EXPECT_EQ(std::get<Infeasible>(outcome).reason,
              "layer 'wide' (Opaque) can run on no processor: on 'p' it needs 110 B of 'mp', 10 B "
              "more than there are; on 'q' it needs 110 B of 'mq', 60 B more than there are");
  }
}

TEST(Memory, WithoutRoomForAllWeightsTheLastLayerIsNamed) {
  test::Graph graph;
  for (const char* name : {"a", "b", "c"})
    graph.layer(name, {graph.weight(std::string{"w"} + name, Bytes{60})}, Bytes{1});
  const Network network = graph.build();
  const Outcome outcome = solve("greedy", network, two_processors(Bytes{100}, Bytes{90}).build(),
                                test::costs_of({{1ns, 5ns}, {1ns, 5ns}, {1ns, 5ns}}));
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  // 121 B of 100, and of 90.
  EXPECT_EQ(std::get<Infeasible>(outcome).reason,
            "no place is left for layer 'c': on 'p' it lacks 21 B of 'mp'; on 'q' it lacks 31 B of "
            "'mq'");
}

// The list methods see no activations that wait; the evaluator does, and they must try again with
// room for them.
TEST(Memory, ActivationsThatWaitMakeRoomForThemselves) {
  // a makes 40 B that b reads after c: while c runs beside them, weights 50, 40 B of a, 1 of c: 91
  // B > 90 on p.
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{40});
  const TensorId c = graph.layer("c", {graph.weight("w", Bytes{50})}, Bytes{1});
  graph.layer("b", {a, c}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1ns, 9ns}, {2ns, 90ns}, {1ns, 9ns}});
  const Hardware hardware = two_processors(Bytes{90}).build();
  const auto optimum = test::best_of_all_plans(network, hardware, costs);
  ASSERT_TRUE(optimum.has_value());
  for (const char* method : {"greedy", "heft"}) {
    const Outcome outcome = solve(method, network, hardware, costs);
    ASSERT_TRUE(std::holds_alternative<Solution>(outcome)) << method;
    EXPECT_GE(std::get<Solution>(outcome).cost.latency, optimum->makespan);
  }
  const Outcome annealed = solve("annealing", network, hardware, costs);
  ASSERT_TRUE(std::holds_alternative<Solution>(annealed));
  EXPECT_EQ(std::get<Solution>(annealed).cost.latency, optimum->makespan);
}

// Random weights on random tight memories: what any method gives fits, and where annealing says no,
// so does brute force in nearly all cases.
TEST(Memory, TightMemoriesAreRespected) {
  int feasible = 0, infeasible = 0, missed = 0, bounded_by_memory = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const test::CaseOptions options{.max_layers = 5, .max_processors = 3, .ties = seed % 2 == 0};
    const Network network = test::random_network(seed, options);
    const Hardware roomy = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, roomy, options);
    Evaluator evaluator(network, roomy, costs);
    const Timeline& timeline = evaluator.run(test::random_plan(seed, network, roomy));

    HardwareParts parts;
    parts.name = roomy.name();
    parts.processors = roomy.processors();
    parts.memories = roomy.memories();
    parts.engines = roomy.engines();
    parts.links = roomy.links();
    parts.switches = roomy.switches();
    parts.packages = roomy.packages();
    parts.host = roomy.host();
    // As much as one random plan needs, less a tenth on every second machine. A memory with parts
    // must hold them.
    for (const MemoryId memory : ids<MemoryId>(parts.memories.size())) {
      const bool has_parts =
          std::any_of(parts.memories.begin(), parts.memories.end(),
                      [&](const MemorySpec& other) { return other.part_of == memory; });
      if (has_parts) continue;
      const std::int64_t peak = timeline.memory_peak[memory].value;
      const std::int64_t less = seed % 4 < 2 ? 0 : peak / 10;
      parts.memories[memory].capacity = Bytes{std::max<std::int64_t>(1, peak - less)};
    }
    const Hardware hardware = HardwareBuilder::build(std::move(parts));
    const auto optimum = test::best_of_all_plans(network, hardware, costs);
    if (optimum) {
      const LatencyBound bound = latency_bound({network, hardware, costs});
      ASSERT_LE(bound.value, optimum->makespan) << "seed " << seed << " by " << bound.limit;
      bounded_by_memory += bound.limit.find("weights that do not fit") != std::string::npos;
    }
    for (const Method& method : methods()) {
      const Outcome outcome =
          method.solve({network, hardware, costs}, {.seed = seed, .steps = 1'000});
      const auto* solution = std::get_if<Solution>(&outcome);
      if (solution == nullptr) {
        EXPECT_FALSE(std::get<Infeasible>(outcome).reason.empty());
        missed += method.name == "annealing" && optimum.has_value();
        continue;
      }
      ASSERT_TRUE(optimum.has_value()) << "seed " << seed << " by " << method.name;
      Evaluator tight(network, hardware, costs);
      EXPECT_EQ(exceeded_capacity(tight.run(solution->plan), hardware), "") << "seed " << seed;
    }
    ++(optimum ? feasible : infeasible);
  }
  RecordProperty("feasible", feasible);
  RecordProperty("infeasible", infeasible);
  RecordProperty("missed_by_annealing", missed);
  EXPECT_GT(feasible, 50);
  EXPECT_GT(infeasible, 10);
  EXPECT_LE(missed, feasible / 20);
  EXPECT_GT(bounded_by_memory, 0);
}

TEST(Candidates, ALayerWithoutAWayToItsNeighboursLosesProcessors) {
  // r is an island: a can run on p and r, b on p and q. So a cannot be on r.
  test::Machine machine = two_processors();
  machine.processor("r", machine.memory("mr", kFast));
  test::Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{1});
  graph.layer("b", {a}, Bytes{1});
  const Network network = graph.build();
  CostTable costs = test::costs_of({{9ns, 9ns, 1ns}, {9ns, 9ns, 1ns}});
  costs.set(kA, kQ, std::nullopt);
  costs.set(kB, ProcessorId{2}, std::nullopt);
  const Hardware hardware = machine.build();
  const Delays delays(network, hardware);
  const auto found = Candidates::find({network, hardware, costs}, delays);
  ASSERT_TRUE(std::holds_alternative<Candidates>(found));
  EXPECT_THAT(std::get<Candidates>(found)[kA], ElementsAre(kP));
  EXPECT_THAT(std::get<Candidates>(found)[kB], ElementsAre(kP, kQ));
  EXPECT_EQ(solved("heft", network, hardware, costs).cost.latency, 18ns);

  costs.set(kA, kP, std::nullopt);  // now a can only be on the island
  const auto none = Candidates::find({network, hardware, costs}, delays);
  ASSERT_TRUE(std::holds_alternative<Infeasible>(none));
  EXPECT_THAT(std::get<Infeasible>(none).reason,
              HasSubstr("'r' has no way to any processor of layer 'b'"));
}

TEST(Candidates, ALayerNobodyCanRunIsNamed) {
  test::Graph graph;
  graph.layer("lonely", {}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs(1, 2);
  for (const std::string& method : names()) {
    if (method == "single") continue;
    const Outcome outcome = solve(method, network, two_processors().build(), costs);
    ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome)) << method;
    EXPECT_EQ(std::get<Infeasible>(outcome).reason,
              "layer 'lonely' (Opaque) can run on no processor: 'p' has no time for it; 'q' has no "
              "time for it");
  }
}

}  // namespace
}  // namespace partita
