// Reads in place as methods choose them, and the bounds that hold for them, too.
#include "partition/methods/zero_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/bounds/lower_bound.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr Bandwidth kWide{1'000'000'000'000};

// cpu on dram, the host's memory, and gpu on hbm, joined by 1 GB/s with 1 us of latency.
struct HostAndGpu : test::Machine {
  HostAndGpu() {
    link("c2c", dram, hbm, kGigabyte, 1us);
    parts.links[LinkId{0}].load_store = true;
    parts.host = dram;
  }
  MemoryId dram = memory("dram", kWide), hbm = memory("hbm", kWide);
  ProcessorId cpu = processor("cpu", dram), gpu = processor("gpu", hbm);
};

// The gpu reads x, 4,000 B, in a layer of 10 us: copied, it ends at 4 + 1 + 10 us, in place at
// 2 + 10 us. y, which two layers of 1 us read, is better copied: 4 + 1 + 1 + 1 us, not 2 x (2 + 4).
TEST(ZeroCopy, IsUsedWhereItHelps) {
  test::Graph graph;
  const TensorId x = graph.input("x", Bytes{4'000}), y = graph.input("y", Bytes{4'000});
  graph.layer("a", {x}, Bytes{1});
  graph.layer("b", {y}, Bytes{1});
  graph.layer("c", {y}, Bytes{1});
  const Network network = graph.build();
  HostAndGpu machine;
  machine.engine("dma", machine.dram);
  const Hardware hardware = machine.build();
  const CostTable costs = test::costs_of({{1us, 10us}, {1us, 1us}, {1us, 1us}});
  const Problem problem{network, hardware, costs};
  const Plan copies = test::plan_of(network, hardware, {{}, {0, 1, 2}});
  const Solution found = with_zero_copy(problem, copies, 100);
  EXPECT_EQ(found.plan.in_place(), (std::vector<InPlace>{{x, machine.hbm, machine.dram}}));
  EXPECT_EQ(found.plan.transfers().size(), 1u);
  EXPECT_EQ(found.cost.latency, 2us + 10us + 1us + 1us);
  EXPECT_EQ(Evaluator(network, hardware, costs).run(found.plan).makespan, found.cost.latency);
  // No more evaluations than allowed: the first is the plan's own.
  EXPECT_TRUE(with_zero_copy(problem, copies, 1).plan.in_place().empty());
}

// Only the gpu can run it, and its memory is too small for the weights.
TEST(ZeroCopy, LeavesWeightsWhereTheyFit) {
  test::Graph graph;
  const TensorId w = graph.weight("w", Bytes{8'000}), v = graph.weight("v", Bytes{2'000});
  graph.layer("b", {graph.layer("a", {w}, Bytes{100}), v}, Bytes{100});
  const Network network = graph.build();
  HostAndGpu machine;
  machine.parts.memories[machine.hbm].capacity = Bytes{5'000};
  const Hardware hardware = machine.build();
  CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
  for (const LayerId layer : network.layers()) costs.set(layer, machine.cpu, std::nullopt);
  const Problem problem{network, hardware, costs};
  const Outcome nothing{Infeasible{"nothing fits"}};
  const Outcome outcome = with_zero_copy(problem, nothing, 100);
  ASSERT_TRUE(std::holds_alternative<Solution>(outcome));
  const Solution& found = std::get<Solution>(outcome);
  EXPECT_EQ(found.plan.in_place(), (std::vector<InPlace>{{w, machine.hbm, machine.dram}}));
  EXPECT_EQ(found.cost.latency, 2us + 8us + 1us);
  const Timeline timeline = Evaluator(network, hardware, costs).run(found.plan);
  EXPECT_THAT(violations(timeline, network, hardware, found.plan), testing::IsEmpty());
  EXPECT_LE(latency_bound(problem).value, found.cost.latency);
  // Where loads cannot cross the link, that stays so.
  HardwareParts parts = hardware.parts();
  parts.links[LinkId{0}].load_store = false;
  const Hardware copying = HardwareBuilder::build(std::move(parts));
  EXPECT_FALSE(has_load_store(copying));
  EXPECT_TRUE(
      std::holds_alternative<Infeasible>(with_zero_copy({network, copying, costs}, nothing, 100)));
}

// The bound of a chain a -> b that must cross: copied, 4 + 1 us between; in place, the read adds
// 2 us of latency to b's time of 10 us.
TEST(ZeroCopy, LowersTheBound) {
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{4'000})}, Bytes{1});
  const Network network = graph.build();
  HostAndGpu machine;
  CostTable costs = test::costs_of({{1us, 1us}, {1us, 10us}});
  costs.set(LayerId{0}, machine.gpu, std::nullopt);
  costs.set(LayerId{1}, machine.cpu, std::nullopt);
  const Hardware hardware = machine.build();
  EXPECT_EQ(latency_bound({network, hardware, costs}).value, 1us + 2us + 10us);
  const Plan copies = test::plan_of(network, hardware, {{0}, {1}});
  EXPECT_EQ(with_zero_copy({network, hardware, costs}, copies, 10).cost.latency, 13us);
  HardwareParts parts = hardware.parts();
  parts.links[LinkId{0}].load_store = false;
  const Hardware copying = HardwareBuilder::build(std::move(parts));
  EXPECT_EQ(latency_bound({network, copying, costs}).value, 1us + 5us + 10us);
}

// All placements in the layers' order, with every choice of reads in place, of small random cases.
TEST(ZeroCopy, NoPlanBeatsTheBound) {
  test::CaseOptions options;
  options.max_layers = 4;
  options.max_processors = 3;
  options.details = true;
  int plans = 0, faster = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    options.ties = seed % 2 == 0;
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    if (!has_load_store(hardware)) continue;
    const CostTable costs = test::random_costs(seed, network, hardware, options);
    const Problem problem{network, hardware, costs};
    const Time bound = latency_bound(problem).value;
    Evaluator evaluator(network, hardware, costs);
    Time best_copying = Time::max(), best = Time::max();
    const std::size_t processors = hardware.processors().size();
    std::size_t placements = 1;
    for (std::size_t i = 0; i < network.layer_count(); ++i) placements *= processors;
    for (std::size_t number = 0; number < placements; ++number) {
      Placement placement{IdVector<LayerId, ProcessorId>(network.layer_count()),
                          IdVector<ProcessorId, std::vector<LayerId>>(processors)};
      std::size_t rest = number;
      for (const LayerId layer : network.layers()) {
        placement.processor[layer] = static_cast<ProcessorId>(rest % processors);
        placement.order[placement.processor[layer]].push_back(layer);
        rest /= processors;
      }
      const Plan copies = std::get<Plan>(make_plan(network, hardware, placement, "all"));
      std::vector<InPlace> can;
      for (const Transfer& each : copies.transfers()) {
        const auto home = home_for(network, hardware, placement, each.tensor, each.dst);
        if (std::holds_alternative<MemoryId>(home))
          can.push_back({each.tensor, each.dst, each.src});
      }
      can.resize(std::min<std::size_t>(can.size(), 4));
      for (std::uint32_t chosen = 0; chosen < 1u << can.size(); ++chosen) {
        std::vector<InPlace> some;
        for (std::size_t i = 0; i < can.size(); ++i) {
          if ((chosen >> i & 1u) != 0) some.push_back(can[i]);
        }
        const Plan plan = std::get<Plan>(with_reads_in_place(network, hardware, copies, some));
        const Time makespan = evaluator.run(plan).makespan;
        ASSERT_GE(makespan, bound) << "seed " << seed << ", placement " << number;
        best = std::min(best, makespan);
        if (some.empty()) best_copying = std::min(best_copying, makespan);
        ++plans;
      }
    }
    if (best < best_copying) ++faster;
  }
  EXPECT_GT(plans, 5'000);
  EXPECT_GT(faster, 10);
}

}  // namespace
}  // namespace partita
