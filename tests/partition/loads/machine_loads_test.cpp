// The load model of a machine by hand, and against streams that were really simulated.
#include "partition/loads/machine_loads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/workload/statistics.h"
#include "partition/bounds/period_bound.h"
#include "partition/methods/pipeline.h"
#include "partition/methods/throughput.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr Bandwidth kOneGigabyte{1'000'000'000};
constexpr ProcessorId kP{0}, kQ{1};
constexpr MemoryId kA{0}, kB{1};

// p on a, q on b, joined at 1 GB/s with 100 ns of latency.
test::Machine two_memories() {
  test::Machine machine;
  machine.processor("p", machine.memory("a", Bandwidth{8'000'000'000}));
  machine.processor("q", machine.memory("b", Bandwidth{8'000'000'000}));
  machine.link("ab", kA, kB, kOneGigabyte, 100ns);
  return machine;
}

// x, then y, with 1000 B between: 300 ns and 400 ns anywhere.
Network two_layers() {
  test::Graph graph;
  graph.layer("y", {graph.layer("x", {}, Bytes{1000})}, Bytes{1});
  return graph.build();
}
CostTable costs_of_two() { return test::costs_of({{300ns, 300ns}, {400ns, 400ns}}); }

struct Made {
  Made(Network a_network, Hardware a_hardware, CostTable a_costs)
      : network(std::move(a_network)), hardware(std::move(a_hardware)), costs(std::move(a_costs)) {
    const Delays delays(network, hardware);
    loads = std::get<loads::MachineLoads>(
        loads::loads_of(problem(), std::get<Candidates>(Candidates::find(problem(), delays))));
  }
  Problem problem(Objective objective = Objective::only(Term::Period)) const {
    return {network, hardware, costs, objective};
  }
  loads::Loads on(const IdVector<LayerId, ProcessorId>& processor) const {
    return loads::loads_of(loads.model, loads.assignment_of(processor));
  }
  double ns(const loads::Loads& of, const std::string& resource) const {
    for (const auto id : ids<loads::ResourceId>(loads.model.resources.size())) {
      if (loads.model.resources[id] == resource)
        return static_cast<double>(of.of[id]) / loads::kTicksPerPicosecond / 1e3;
    }
    ADD_FAILURE() << "no resource " << resource;
    return 0;
  }

  Network network;
  Hardware hardware;
  CostTable costs;
  loads::MachineLoads loads;
};

Time period_of(const Made& of, const Plan& plan) {
  const Problem problem = of.problem();
  return CostModel(problem).judge(plan).cost.period;
}

TEST(MachineLoads, AnEngineIsHeldForSetUpDataAndCompletion) {
  test::Machine machine = two_memories();
  const EngineId dma = machine.engine("dma", kA, 50ns);
  machine.parts.engines[dma].completion = 20ns;
  const Made of(two_layers(), machine.build(), costs_of_two());
  const loads::Loads loads = of.on({kP, kQ});
  EXPECT_EQ(of.ns(loads, "p"), 300);
  EXPECT_EQ(of.ns(loads, "q"), 400);
  EXPECT_EQ(of.ns(loads, "dma"), 1070);          // 50 + 1000 B / 1 GB/s + 20
  EXPECT_NEAR(of.ns(loads, "ab>"), 1000, 1e-3);  // 1000 B / 1 GB/s
  EXPECT_NEAR(of.ns(loads, "a"), 125, 1e-3);     // 1000 B / 8 GB/s
  EXPECT_EQ(of.ns(loads, "ab<"), 0);
  // The stream really is as fast: the engine never rests.
  EXPECT_EQ(period_of(of, test::plan_of(of.network, of.hardware, {{0}, {1}})), 1070ns);
  // On one processor nothing is sent.
  EXPECT_EQ(of.ns(of.on({kQ, kQ}), "q"), 700);
  EXPECT_EQ(of.ns(of.on({kQ, kQ}), "dma"), 0);
  EXPECT_EQ(period_of(of, test::plan_of(of.network, of.hardware, {{}, {0, 1}})), 700ns);
}

// x on p; y and z, which read it, on q and r behind a switch. One copy for both holds the engine for
// 50 + 1000 ns, and crosses a and its link once.
TEST(MachineLoads, WhatASwitchSendsOnIsTakenOnce) {
  for (const bool multicast : {true, false}) {
    test::Machine machine;
    const SwitchId hub = machine.node("hub");
    machine.parts.switches[hub].multicast = multicast;
    for (const char* name : {"a", "b", "c"}) {
      const MemoryId memory = machine.memory(name, Bandwidth{8'000'000'000});
      machine.processor(std::string("on ") + name, memory);
      machine.link(std::string("l") + name, memory, hub, kOneGigabyte);
    }
    machine.engine("dma", kA, 50ns);
    test::Graph graph;
    const TensorId x = graph.layer("x", {}, Bytes{1000});
    graph.layer("y", {x}, Bytes{1}), graph.layer("z", {x}, Bytes{1});
    const Made of(graph.build(), machine.build(),
                  test::costs_of({{1ns, 1ns, 1ns}, {1ns, 1ns, 1ns}, {1ns, 1ns, 1ns}}));
    const loads::Loads both = of.on({kP, kQ, ProcessorId{2}});
    const int copies = multicast ? 1 : 2;
    EXPECT_EQ(of.ns(both, "dma"), copies * 1050);
    EXPECT_NEAR(of.ns(both, "la>"), copies * 1000, 1e-3);
    EXPECT_NEAR(of.ns(both, "a"), copies * 125, 1e-3);
    EXPECT_NEAR(of.ns(both, "lb<"), 1000, 1e-3);
    EXPECT_NEAR(of.ns(both, "c"), 125, 1e-3);
    // The stream really is as fast.
    EXPECT_EQ(period_of(of, test::plan_of(of.network, of.hardware, {{0}, {1}, {2}})),
              copies * 1050ns);
    // To one alone it is the same, and at home nothing.
    EXPECT_EQ(of.ns(of.on({kP, kQ, kQ}), "dma"), 1050);
    EXPECT_EQ(of.ns(of.on({kP, kP, kP}), "dma"), 0);
  }
}

TEST(MachineLoads, TwoChannelsOfAnEngineShareItsCopies) {
  test::Machine machine = two_memories();
  const EngineId dma = machine.engine("dma", kA, 950ns);
  machine.parts.engines[dma].channels = 2;
  const Made of(two_layers(), machine.build(), costs_of_two());
  EXPECT_EQ(of.ns(of.on({kP, kQ}), "dma"), 975);  // (950 + 1000) / 2; the link has 1000
}

TEST(MachineLoads, AProcessorThatCopiesRunsNothingMeanwhile) {
  test::Machine machine = two_memories();
  machine.parts.processors[kP].copy_setup = 7ns;
  const Made of(two_layers(), machine.build(), costs_of_two());
  // 300 of the layer, 7 of set-up, 1000 of data, 100 of latency.
  EXPECT_EQ(of.ns(of.on({kP, kQ}), "p"), 1407);
  EXPECT_EQ(period_of(of, test::plan_of(of.network, of.hardware, {{0}, {1}})), 1407ns);
}

TEST(MachineLoads, StreamsShareTheProcessor) {
  test::Machine machine = two_memories();
  machine.parts.processors[kP].streams = 2;
  machine.parts.processors[kP].stream_share = 1;
  const Made whole(two_layers(), machine.build(), costs_of_two());
  // Two layers at once are each half as fast where one can use all of the processor.
  EXPECT_EQ(whole.ns(whole.on({kP, kP}), "p"), 700);
  EXPECT_EQ(period_of(whole, test::plan_of(whole.network, whole.hardware, {{0, 1}, {}})), 700ns);
  machine.parts.processors[kP].stream_share = 0.5;
  const Made half(two_layers(), machine.build(), costs_of_two());
  EXPECT_EQ(half.ns(half.on({kP, kP}), "p"), 350);
  EXPECT_EQ(period_of(half, test::plan_of(half.network, half.hardware, {{0, 1}, {}})), 350ns);
}

TEST(MachineLoads, LayersThatStayTogetherAreOneItem) {
  const Network network = two_layers();
  const Hardware hardware = two_memories().build();
  const CostTable costs = costs_of_two();
  Problem problem{network, hardware, costs};
  problem.constraints.together = {{LayerId{0}, LayerId{1}}};
  const Delays delays(network, hardware);
  const auto candidates = Candidates::find(problem, delays);
  const auto made = loads::loads_of(problem, std::get<Candidates>(candidates));
  const auto& of = std::get<loads::MachineLoads>(made);
  EXPECT_EQ(of.model.items.size(), 1u);
  EXPECT_TRUE(of.model.nets.empty());
  EXPECT_EQ(of.model.items[loads::ItemId{0}].options.front().uses.front().amount,
            700'000 * loads::kTicksPerPicosecond);
}

TEST(MachineLoads, WhatIsSentToTheHostIsANet) {
  test::Machine machine = two_memories();
  machine.parts.host = kA;
  test::Graph graph;
  const TensorId x = graph.layer("x", {graph.input("in", Bytes{500})}, Bytes{1000});
  graph.output(x);
  const Made of(graph.build(), machine.build(), test::costs_of({{300ns, 300ns}}));
  // q gets 500 B that p sends by itself (p is on the host's memory), and sends 1000 B itself.
  const loads::Loads on_q = of.on({kQ});
  EXPECT_EQ(of.ns(on_q, "p"), 600);         // 500 + 100
  EXPECT_EQ(of.ns(on_q, "q"), 300 + 1100);  // and 1000 + 100
  EXPECT_EQ(of.ns(of.on({kP}), "p"), 300);
}

test::CaseOptions options_of(std::uint64_t seed) {
  return {.max_layers = seed % 3 == 0 ? 30u : 8u,
          .max_processors = 5,
          .ties = seed % 2 == 0,
          .details = seed % 4 >= 1};
}

// All of n inferences is done when the last one ends, so it takes at least n times the largest load;
// and no recurring period is shorter. The bound is below whatever the plan.
TEST(MachineLoads, NoStreamIsFasterThanItsLargestLoad) {
  constexpr std::size_t kRequests = 24;
  int close = 0, cases = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const test::CaseOptions options = options_of(seed);
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Problem problem{network, hardware, costs, Objective::only(Term::Period)};
    const Delays delays(network, hardware);
    const auto candidates = Candidates::find(problem, delays);
    if (std::holds_alternative<Infeasible>(candidates)) continue;
    const auto made = loads::loads_of(problem, std::get<Candidates>(candidates));
    const auto& of = std::get<loads::MachineLoads>(made);
    const Plan plan = test::random_plan(seed, network, hardware, options);
    if (!plan.in_place().empty()) continue;  // the model is of plans that copy
    bool all_candidates = true;
    for (const LayerId layer : network.layers())
      all_candidates =
          all_candidates && std::get<Candidates>(candidates).has(layer, plan.processor(layer));
    if (!all_candidates) continue;
    const std::int64_t value =
        loads::loads_of(of.model, of.assignment_of(plan.placement().processor)).value;
    Evaluator evaluator(network, hardware, costs);
    for (const std::size_t in_flight : {1, 2, 7}) {
      const WorkloadTimeline& record = evaluator.run(Workload::always(plan, kRequests, in_flight));
      ASSERT_FALSE(record.unfinished.has_value()) << seed;
      EXPECT_GE(static_cast<Wide>(record.makespan.count()) * loads::kTicksPerPicosecond,
                static_cast<Wide>(value) * kRequests)
          << seed << " with " << in_flight;
      const SteadyPeriod period = steady_period(record);
      if (!period.exact) continue;
      EXPECT_GE(static_cast<Wide>(period.time.count()) * loads::kTicksPerPicosecond,
                static_cast<Wide>(value) * static_cast<Wide>(period.requests))
          << seed << " with " << in_flight;
      if (in_flight == 7) {
        ++cases;
        close += period.seconds_each() <
                         1.02e-12 * static_cast<double>(value) / loads::kTicksPerPicosecond
                     ? 1
                     : 0;
      }
    }
    EXPECT_LE(period_bound(problem).value, period_of({network, hardware, costs}, plan)) << seed;
  }
  // It is no empty statement: many streams come within 2 %.
  EXPECT_GT(cases, 200);
  EXPECT_GT(close * 4, cases) << close << " of " << cases;
}

// Four layers of 100 ns on two equal processors, 1 B between: two on each are best, 200 ns, with either
// in the middle.
TEST(Throughput, HalvesAChain) {
  test::Graph graph;
  TensorId last = graph.layer("l0", {}, Bytes{1});
  for (const char* name : {"l1", "l2", "l3"}) last = graph.layer(name, {last}, Bytes{1});
  test::Machine machine = two_memories();
  machine.engine("dma", kA);
  machine.engine("dmb", kB);
  const Made of(graph.build(), machine.build(),
                test::costs_of({{100ns, 100ns}, {100ns, 100ns}, {100ns, 100ns}, {100ns, 100ns}}));
  const Problem problem = of.problem();
  const Outcome outcome = solve_throughput(problem, {.seed = 1, .steps = 200});
  const auto& solution = std::get<Solution>(outcome);
  EXPECT_EQ(solution.cost.period, 200ns);
  EXPECT_DOUBLE_EQ(solution.value, 200e-9);
  EXPECT_GE(period_bound(problem).value, 200ns - 1_ps);  // weights are rounded
  EXPECT_LE(period_bound(problem).value, 200ns);
}

// Layers of 100, 300, 100 and 100 ns with 50 B of weights each, 1 B between, on two equal processors.
Made uneven_chain(Bytes capacity_of_q) {
  test::Graph graph;
  std::vector<TensorId> inputs;
  for (const char* name : {"l0", "l1", "l2", "l3"}) {
    inputs.push_back(graph.weight(std::string{"w of "} + name, Bytes{50}));
    inputs = {graph.layer(name, inputs, Bytes{1})};
  }
  test::Machine machine;
  machine.processor("p", machine.memory("a", Bandwidth{8'000'000'000}));
  machine.processor("q", machine.memory("b", Bandwidth{8'000'000'000}, capacity_of_q));
  machine.link("ab", kA, kB, kOneGigabyte, 100ns);
  machine.engine("dma", kA);
  machine.engine("dmb", kB);
  return {graph.build(), machine.build(),
          test::costs_of({{100ns, 100ns}, {300ns, 300ns}, {100ns, 100ns}, {100ns, 100ns}})};
}

TEST(Pipeline, TheLongestStageIsAsShortAsItCanBe) {
  // 100 + 300 | 100 + 100 ns. Any other cut leaves 500 ns in one of them.
  const Made of = uneven_chain(test::kLarge);
  const Outcome outcome = solve_pipeline(of.problem(), {});
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  EXPECT_EQ(std::get<Solution>(outcome).cost.period, 400ns);
}

TEST(Pipeline, ARunFitsTheMemoryOfItsProcessor) {
  // q holds the weights of one layer, and 3 B beside them (input, result, and the next input), not of two:
  // either end of the chain is there alone. 100 | 300 + 100 + 100 ns, or the other way round.
  const Made of = uneven_chain(Bytes{53});
  const Outcome outcome = solve_pipeline(of.problem(), {});
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  EXPECT_EQ(std::get<Solution>(outcome).cost.period, 500ns);
  const Plan& plan = std::get<Solution>(outcome).plan;
  EXPECT_EQ(plan.order(kQ).size(), 1u);
}

// A chain of two layers for each of so many processors, where each takes 1 ns longer than the one before.
Made unlike(std::size_t processors) {
  test::Machine machine;
  const SwitchId hub = machine.node("hub");
  for (std::size_t p = 0; p < processors; ++p) {
    const std::string name = std::to_string(p);
    const MemoryId memory = machine.memory("m" + name, Bandwidth{8'000'000'000});
    machine.processor("p" + name, memory);
    machine.engine("d" + name, memory);
    machine.link("l" + name, memory, hub, kOneGigabyte);
  }
  test::Graph graph;
  TensorId last = graph.input("in", Bytes{1});
  for (std::size_t l = 0; l < 2 * processors; ++l)
    last = graph.layer("x" + std::to_string(l), {last}, Bytes{1});
  CostTable costs(2 * processors, processors);
  for (const LayerId layer : ids<LayerId>(2 * processors)) {
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      costs.set(layer, p,
                LayerCost{Time{static_cast<std::int64_t>(100'000 + 1'000 * index(p))}, Bytes{}});
    }
  }
  return {graph.build(), machine.build(), std::move(costs)};
}

// Eight kinds: two layers on each, the last takes 2 * 107 ns. (Three layers anywhere take 300.)
TEST(Pipeline, TellsManyKindsOfProcessorsApart) {
  const Made of = unlike(8);
  const Outcome outcome = solve_pipeline(of.problem(), {});
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  EXPECT_EQ(std::get<Solution>(outcome).cost.period, 214ns);
}

TEST(Pipeline, SaysWhenThereAreTooManyKinds) {
  const Outcome outcome = solve_pipeline(unlike(14).problem(), {});
  ASSERT_TRUE(std::holds_alternative<Infeasible>(outcome));
  EXPECT_THAT(std::get<Infeasible>(outcome).reason,
              testing::HasSubstr("14 processors of 14 kinds"));
}

TEST(Throughput, IsBetweenTheBoundAndTheBestSingleProcessor) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const test::CaseOptions options{.max_layers = 12, .max_processors = 4, .details = true};
    const Made of(test::random_network(seed, options), test::random_hardware(seed, options),
                  test::random_costs(seed, test::random_network(seed, options),
                                     test::random_hardware(seed, options), options));
    const Problem problem = of.problem();
    const Outcome outcome = solve_throughput(problem, {.seed = 1, .steps = 200});
    ASSERT_TRUE(std::holds_alternative<Solution>(outcome)) << seed;
    const auto& solution = std::get<Solution>(outcome);
    EXPECT_EQ(period_of(of, solution.plan), solution.cost.period) << seed;
    EXPECT_GE(solution.cost.period, period_bound(problem).value)
        << seed << " by " << period_bound(problem).limit;
    const Outcome single = method_named("single")->solve(problem, {});
    if (const auto* one = std::get_if<Solution>(&single)) {
      EXPECT_LE(solution.value, one->value) << seed;
    }
  }
}

// Six layers of 100 ns in turn on p and q, five ways of 1000 ns and 1 ns for 1 B between them: one
// inference takes 6 x 100 + 5 x 1001 = 5605 ns, each processor works 300 ns for it. Four in flight, one every
// 1401.25 ns at best; sixteen, 350.3 ns; more keep both processors busy.
TEST(PlanPeriod, LongWaysNeedManyAtOnce) {
  test::Graph graph;
  TensorId last = graph.layer("l0", {}, Bytes{1});
  for (const char* name : {"l1", "l2", "l3", "l4", "l5"})
    last = graph.layer(name, {last}, Bytes{1});
  test::Machine machine;
  machine.processor("p", machine.memory("a", Bandwidth{8'000'000'000}));
  machine.processor("q", machine.memory("b", Bandwidth{8'000'000'000}));
  machine.link("ab", kA, kB, kOneGigabyte, 1000ns);
  machine.engine("dma", kA);
  machine.engine("dmb", kB);
  const Made of(graph.build(), machine.build(),
                test::costs_of({{100ns, 100ns},
                                {100ns, 100ns},
                                {100ns, 100ns},
                                {100ns, 100ns},
                                {100ns, 100ns},
                                {100ns, 100ns}}));
  const Problem problem = of.problem();
  const Plan plan = test::plan_of(of.network, of.hardware, {{0, 2, 4}, {1, 3, 5}});
  CostModel model(problem);
  const Judgement found = model.judge(plan);
  EXPECT_EQ(found.in_flight, 64u);  // 4, 16, 64
  EXPECT_EQ(found.cost.latency, 5605ns);
  EXPECT_EQ(found.cost.period, 300ns);
  EXPECT_GE(model.judge(plan, 4).cost.period, 1401ns);
  EXPECT_EQ(model.judge(plan, 4).in_flight, 4u);
  EXPECT_DOUBLE_EQ(model.least_value(plan), 300e-9);
}

// x reads 30 B of weights and makes 1000 B; y reads those and makes 1 B, with 5 B of workspace.
TEST(MachineLoads, WhatALayerNeedsBesideItsWeights) {
  test::Graph graph;
  graph.layer("y", {graph.layer("x", {graph.weight("w", Bytes{30})}, Bytes{1000})}, Bytes{1},
              Bytes{5});
  const Made of(graph.build(), two_memories().build(), costs_of_two());
  const auto& items = of.loads.model.items;
  EXPECT_EQ(items[loads::ItemId{0}].size, Bytes{30});
  EXPECT_EQ(items[loads::ItemId{0}].beside, Bytes{1000});
  EXPECT_EQ(items[loads::ItemId{1}].beside, Bytes{1006});
}

// 2500 B of capacity hold two tensors of 1000 B, not three: no more than two inferences at once.
TEST(PlanPeriod, AsManyAtOnceAsMemoriesHold) {
  test::Graph graph;
  graph.layer("y", {graph.layer("x", {}, Bytes{1000})}, Bytes{1});
  test::Machine machine;
  machine.processor("p", machine.memory("a", Bandwidth{8'000'000'000}, Bytes{100'000}));
  machine.processor("q", machine.memory("b", Bandwidth{8'000'000'000}, Bytes{2'500}));
  machine.link("ab", kA, kB, kOneGigabyte);
  machine.engine("dma", kA);
  const Made roomy(two_layers(), machine.build(), test::costs_of({{10ns, 10ns}, {5000ns, 5000ns}}));
  const Problem problem = roomy.problem();
  const Plan plan = test::plan_of(roomy.network, roomy.hardware, {{0}, {1}});
  // b holds what y reads and what comes meanwhile: of four in flight (two processors, one stream and one
  // on the way each) three would wait there; of two, one.
  const Judgement found = CostModel(problem).judge(plan);
  EXPECT_TRUE(found.feasible());
  EXPECT_EQ(found.in_flight, 2u);
  EXPECT_EQ(found.cost.period, 5000ns);
}

}  // namespace
}  // namespace partita
