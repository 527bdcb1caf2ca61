#include "exec/exam/what_if.h"

#include <gmock/gmock.h>

#include "tests/exec/exam/exam_case.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

class WhatIfTest : public testing::Test {
 protected:
  const WhatIf& named(const std::string& name) {
    found_ = what_ifs(hardware_, hardware_);
    for (const WhatIf& each : found_) {
      if (each.name == name) return each;
    }
    throw std::out_of_range(name);
  }
  // Makespan of `a` on cpu0 and then `b` on cpu1, on the changed machine.
  Time predicted(const WhatIf& what_if) {
    const Hardware changed = HardwareBuilder::build(what_if.predicted);
    const CostTable costs = what_if_costs(net_, hardware_, table_, what_if);
    return Evaluator(net_, changed, costs).run(test::plan_of(net_, hardware_, {{0}, {1}})).makespan;
  }
  static Network chain() {
    test::Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{800'000});
    graph.output(graph.layer("b", {a}, Bytes{1}));
    return graph.build();
  }

  const Network net_ = chain();
  const Hardware hardware_ = HardwareBuilder::build(test_case::machine());
  const CostTable table_ = test::costs_of({{100us, 160us}, {50us, 140us}});
  std::vector<WhatIf> found_;
};

// As it is: 5 + 100, two legs of 2 + 100 us each, 5 + 140: 454 us.
TEST_F(WhatIfTest, AWeakerCapIsThatOfTheOtherProcessor) {
  const WhatIf& weaker = named("cpu0_avx");
  EXPECT_EQ(weaker.real.processors[ProcessorId{0}].execution->isa, "avx");
  EXPECT_EQ(predicted(weaker), 514us);  // a takes 160 us, not 100
}

// Nothing is estimated where somebody measured.
TEST_F(WhatIfTest, TimesOfTheOtherProcessorAreAsMeasuredAsThere) {
  CostTable measured = table_;
  for (const LayerId layer : net_.layers()) {
    for (const ProcessorId p : {ProcessorId{0}, ProcessorId{1}}) {
      LayerCost cost = *table_(layer, p);
      cost.source = CostSource::Measured;
      measured.set(layer, p, cost);
    }
  }
  const CostTable costs = what_if_costs(net_, hardware_, measured, named("cpu0_avx"));
  EXPECT_EQ(costs(LayerId{0}, ProcessorId{0})->source, CostSource::Measured);
}

TEST_F(WhatIfTest, AStrongerCapIsThatOfTheOtherProcessor) {
  EXPECT_EQ(predicted(named("cpu1_avx2")), 364us);  // b takes 50 us, not 140
}

// Measured peaks: 100 and 25 GFLOP/s, so 1/4 as fast takes 100 -> 160 and 50 -> 140 us. SSE has half of
// AVX's lanes, 12.5 GFLOP/s. b: 50 = a + b/100, 140 = a + b/25, so b/25 = 120, a = 20, and at 12.5 it
// takes 20 + 240 = 260 us.
TEST_F(WhatIfTest, ACapThatNobodyProfiledFollowsFromTwoThatSomebodyDid) {
  EXPECT_EQ(predicted(named("cpu1_sse41")), 574us);
  const CostTable costs = what_if_costs(net_, hardware_, table_, named("cpu1_sse41"));
  EXPECT_EQ(costs(LayerId{1}, ProcessorId{1})->source, CostSource::Estimated);
}

// Each leg: 2 us and 800,000 B at 500 MB/s = 1,602 us.
TEST_F(WhatIfTest, SlowerLinksHoldUpCopies) {
  const WhatIf& slower = named("links_slower");
  EXPECT_EQ(predicted(slower), 3454us);
  ASSERT_EQ(slower.handicaps.size(), 2u);
  EXPECT_EQ(slower.handicaps[ProcessorId{0}].copies, Bandwidth{500'000'000});
  EXPECT_EQ(slower.handicaps[ProcessorId{0}].slowdown, 1);
}

TEST_F(WhatIfTest, LinksThatAreSoSlowHaveNoRegimes) {
  HardwareParts parts = test_case::machine();
  parts.links[LinkId{0}].regimes = {{Bytes{65'536}, 10us, Bandwidth{8'000'000'000}}};
  const Hardware hardware = HardwareBuilder::build(parts);
  for (const WhatIf& each : what_ifs(hardware, hardware)) {
    EXPECT_EQ(each.predicted.links[LinkId{0}].regimes.empty(), each.name == "links_slower");
  }
}

TEST_F(WhatIfTest, ASlowerProcessorTakesTwiceAsLong) {
  const WhatIf& slower = named("cpu1_slower");
  EXPECT_EQ(predicted(slower), 594us);
  EXPECT_EQ(slower.handicaps[ProcessorId{0}].slowdown, 1);
  EXPECT_EQ(slower.handicaps[ProcessorId{1}].slowdown, 2);
}

// Parts of a GPU with 16 and 64 multiprocessors; the larger with 32: between the two.
TEST_F(WhatIfTest, HalfOfAGpuLiesBetweenItsParts) {
  HardwareParts parts = test_case::machine();
  for (const std::size_t i : {0, 1}) {
    ProcessorSpec& processor = parts.processors[static_cast<ProcessorId>(i)];
    const int count = i == 0 ? 64 : 16;
    processor.execution = ExecutionSpec{
        .backend = "cuda", .options = "device=0,multiprocessors=" + std::to_string(count)};
    processor.peak[static_cast<std::size_t>(DataType::F32)] = FlopRate{count * 1'000'000'000LL};
  }
  const Hardware gpu = HardwareBuilder::build(parts);
  for (const WhatIf& each : what_ifs(gpu, gpu)) {
    if (each.name != "cpu0_32") continue;
    EXPECT_EQ(each.real.processors[ProcessorId{0}].execution->options,
              "device=0,multiprocessors=32");
    // 100 = a + b/64, 160 = a + b/16: b = 1280, a = 80; at 32: 80 + 40.
    const CostTable costs = what_if_costs(net_, gpu, table_, each);
    EXPECT_EQ(costs(LayerId{0}, ProcessorId{0})->time, 120us);
    return;
  }
  FAIL() << "nobody asks what half of the GPU would do";
}

TEST_F(WhatIfTest, OfAMachineThatNobodyHasThereAreNone) {
  HardwareParts parts = test_case::machine();
  for (ProcessorSpec& processor : parts.processors) processor.execution.reset();
  parts.links.clear();
  const Hardware nowhere = HardwareBuilder::build(parts);
  EXPECT_THAT(what_ifs(nowhere, nowhere), testing::IsEmpty());
}

}  // namespace
}  // namespace partita::exec
