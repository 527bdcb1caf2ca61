#include "partition/problem/delays.h"

#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
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

Network one_tensor(Bytes size) {
  test::Graph graph;
  graph.layer("x", {}, size);
  return graph.build();
}

TEST(Delays, AreSetUpAndDataAndLatency) {
  // 1000 B over 1 GB/s are 1000 ns; with 50 ns of set-up and 100 ns of latency 1150 ns.
  test::Machine machine = two_memories();
  machine.engine("dma", kA, 50ns);
  const Network network = one_tensor(Bytes{1000});
  const Hardware hardware = machine.build();
  EXPECT_EQ(Delays(network, hardware).between(TensorId{0}, kP, kQ), 1150ns);
}

TEST(Delays, TheProducerCopiesWhereThereIsNoEngine) {
  // Two processors on a: the one that made the tensor copies it, with its own set-up. 1000 + 100 +
  // 7 or 30 ns.
  test::Machine machine = two_memories();
  const ProcessorId second = machine.processor("p2", kA);
  machine.parts.processors[kP].copy_setup = 7ns;
  machine.parts.processors[second].copy_setup = 30ns;
  const Network network = one_tensor(Bytes{1000});
  const Hardware hardware = machine.build();
  const Delays delays(network, hardware);
  EXPECT_EQ(delays.to_memory(TensorId{0}, kP, kB), 1107ns);
  EXPECT_EQ(delays.to_memory(TensorId{0}, second, kB), 1130ns);
  EXPECT_EQ(delays.between(TensorId{0}, kP, second), 0ns);
}

TEST(Delays, AGivenTimeStandsForTheWholeWay) {
  test::Graph graph;
  graph.layer_sent_in(3ns, "x", {}, Bytes{1'000'000});
  const Network network = graph.build();
  const Hardware hardware = two_memories().build();
  EXPECT_EQ(Delays(network, hardware).between(TensorId{0}, kP, kQ), 3ns);
  EXPECT_EQ(Delays(network, hardware).between(TensorId{0}, kP, kP), 0ns);
}

TEST(Delays, WithoutALinkThereIsNone) {
  test::Machine machine = two_memories();
  machine.processor("r", machine.memory("c", kOneGigabyte));
  const Network network = one_tensor(Bytes{1});
  const Hardware hardware = machine.build();
  const Delays delays(network, hardware);
  EXPECT_EQ(delays.between(TensorId{0}, kP, ProcessorId{2}), std::nullopt);
  EXPECT_NE(delays.between(TensorId{0}, kP, kQ), std::nullopt);
}

TEST(Delays, ToAndFromTheHost) {
  // The host is a: q's input comes over the link, p's is there; an empty tensor takes 1 ps of data.
  test::Machine machine = two_memories();
  machine.parts.host = kA;
  test::Graph graph;
  const TensorId input = graph.input("in", Bytes{500});
  const TensorId result = graph.layer("x", {input}, Bytes{0});
  graph.output(result);
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const Delays delays(network, hardware);
  EXPECT_EQ(delays.from_host(input, kA), 0ns);
  EXPECT_EQ(delays.from_host(input, kB), 600ns);
  EXPECT_EQ(delays.to_host(result, kQ), 100ns + 1_ps);
  EXPECT_EQ(delays.to_host(result, kP), 0ns);
}

// One layer after another, nothing else on the way: the evaluator must take exactly that long
// between them.
TEST(Delays, AreWhatTheEvaluatorTakesOnAnIdleMachine) {
  int moved = 0;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    const Hardware hardware = test::random_hardware(seed);
    test::Graph graph;
    const TensorId x =
        graph.layer("first", {}, Bytes{static_cast<std::int64_t>(seed * 977 % 5'000)});
    graph.layer("second", {x}, Bytes{1});
    const Network network = graph.build();
    CostTable costs(2, hardware.processors().size());
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      for (const LayerId layer : network.layers()) costs.set(layer, p, LayerCost{10ns, Bytes{}});
    }
    const Delays delays(network, hardware);
    Evaluator evaluator(network, hardware, costs);
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      for (const ProcessorId q : ids<ProcessorId>(hardware.processors().size())) {
        if (p == q) continue;
        std::vector<std::vector<int>> orders(hardware.processors().size());
        orders[index(p)] = {0};
        orders[index(q)] = {1};
        const Timeline& timeline = evaluator.run(test::plan_of(network, hardware, orders));
        const Time waited = timeline.layers[LayerId{1}].start - timeline.layers[LayerId{0}].finish;
        ASSERT_EQ(delays.between(x, p, q), waited) << "seed " << seed;
        moved += waited > Time{0};
      }
    }
  }
  EXPECT_GT(moved, 1'000);
}

}  // namespace
}  // namespace partita
