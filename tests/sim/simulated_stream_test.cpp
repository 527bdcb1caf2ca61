#include <gtest/gtest.h>

#include "sim/simulated_execution.h"
#include "tests/support/machine.h"

namespace partita::sim {
namespace {

using namespace std::chrono_literals;

// Six independent layers of 1 ms on either of two processors with a memory each. Three on each take
// 3 ms; with processor 1 three times slower the best split is 5 + 1 (5 ms against 3 ms; 4 + 2 takes
// 6 ms), where staying takes 9 ms.
class SimulatedStream : public testing::Test {
 protected:
  StreamResult run(bool adapt) {
    const Plan plan = test::plan_of(network_, hardware_, {{0, 1, 2}, {3, 4, 5}});
    SimulatedExecution execution(network_, hardware_, costs_, plan);
    Repartitioner policy(network_, hardware_, costs_, plan);
    return run_stream(execution, adapt ? &policy : nullptr, 30, [&](std::size_t next) {
      if (next == 5) execution.slow_down(ProcessorId{1}, 3.0);
      if (next == 20) execution.slow_down(ProcessorId{1}, 1.0);
    });
  }

  Hardware hardware_ = [] {
    test::Machine m;
    for (const char* name : {"a", "b"}) {
      m.processor(std::string{"cpu_"} + name,
                  m.memory(std::string{"mem_"} + name, Bandwidth{1'000'000'000'000}));
    }
    m.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000'000});
    return m.build();
  }();
  Network network_ = [] {
    test::Graph graph;
    for (int i = 0; i < 6; ++i) {
      graph.output(graph.layer("layer" + std::to_string(i), {}, Bytes{1000}));
    }
    return graph.build();
  }();
  CostTable costs_ =
      test::costs_of({{1ms, 1ms}, {1ms, 1ms}, {1ms, 1ms}, {1ms, 1ms}, {1ms, 1ms}, {1ms, 1ms}});
};

TEST_F(SimulatedStream, AStaticPlanSuffersForAsLongAsTheDisturbanceLasts) {
  const StreamResult result = run(false);
  EXPECT_TRUE(result.switches.empty());
  EXPECT_EQ(result.latency[4], 3ms);
  EXPECT_EQ(result.latency[5], 9ms);
  EXPECT_EQ(result.latency[19], 9ms);
  EXPECT_EQ(result.latency[20], 3ms);
}

TEST_F(SimulatedStream, TheRepartitionerMovesAwayAndComesBack) {
  const StreamResult result = run(true);
  ASSERT_EQ(result.switches.size(), 2u);
  EXPECT_GT(result.switches[0].before, 5u);
  EXPECT_LT(result.switches[0].before, 12u);
  EXPECT_EQ(result.latency[19], 5ms);  // five layers on a, one on b: 5 ms and 3 ms
  EXPECT_GT(result.switches[1].before, 20u);
  EXPECT_EQ(result.latency.back(), 3ms);
}

}  // namespace
}  // namespace partita::sim
