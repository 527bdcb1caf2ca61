// What runs say of their layers.
#include "exec/runtime/run_readings.h"

#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita::exec {
namespace {

// a and b on the only processor: 0 .. 10 us and, after 5 us that somebody took in between, 15 .. 36.
TEST(RunReadings, StartWithWhatWasMeasuredAndEndWithTheirLayers) {
  test::Machine machine;
  machine.processor("p", machine.memory("m", Bandwidth{1'000'000'000'000}));
  const Hardware hardware = machine.build();
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1})}, Bytes{1});
  const Network network = graph.build();
  const Plan plan = test::plan_of(network, hardware, {{0, 1}});
  Timeline timeline = Evaluator(network, hardware, test::costs_of({{10us}, {20us}})).run(plan);
  LayerSpan& b = timeline.layers[LayerId{1}];
  b.start += 5us, b.finish += 6us;
  const ProcessorId in_whole{7};
  const auto readings = layer_readings(timeline, network, hardware, plan, {in_whole}, 3);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(readings[1].processor, in_whole);
  EXPECT_EQ(readings[1].input_class, 3u);
  EXPECT_EQ(readings[0].start, Time{0});
  EXPECT_EQ(readings[0].measured, 10us);
  EXPECT_EQ(readings[1].start, 10us);
  EXPECT_EQ(readings[1].measured, 26us);
}

}  // namespace
}  // namespace partita::exec
