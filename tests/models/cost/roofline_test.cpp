#include <gtest/gtest.h>

#include <string>

#include "models/cost/cost_table.h"
#include "tests/models/hardware/small_machine.h"

namespace partita {
namespace {

constexpr ProcessorId kP0{0}, kP1{1};
constexpr LayerId kFirst{0};

// One layer with operands and a result of 64 x 64 elements.
Network one_layer(OpKind kind, const std::vector<DataType>& operands, DataType result) {
  NetworkBuilder builder("one");
  Layer layer;
  layer.name = "layer";
  layer.kind = kind;
  for (const DataType type : operands) {
    Tensor tensor;
    tensor.name = "in" + std::to_string(layer.inputs.size());
    tensor.kind = TensorKind::Input;
    tensor.type = type;
    tensor.shape = {64, 64};
    layer.inputs.push_back(builder.add_tensor(tensor));
  }
  Tensor tensor;
  tensor.name = "out";
  tensor.type = result;
  tensor.shape = {64, 64};
  layer.outputs.push_back(builder.add_tensor(tensor));
  builder.add_output(layer.outputs.front());
  builder.add_layer(std::move(layer));
  return builder.build({});
}

Network product(DataType type) { return one_layer(OpKind::MatMul, {type, type}, type); }

// 1 TFLOP/s in f32, 100 GB/s.
HardwareParts machine() { return test::two_processors(); }

std::optional<LayerCost> cost(const Network& network, const HardwareParts& parts) {
  return roofline(network, kFirst, HardwareBuilder::build(parts), kP0);
}

// 2 * 64^3 = 524,288 FLOP at half of 1 TFLOP/s: 1.048576 us. 3 * 64 * 64 * 4 = 49,152 B at 100
// GB/s: 0.49152 us.
TEST(Roofline, ArithmeticLimitsALargeProduct) {
  HardwareParts parts = machine();
  parts.processors[kP0].efficiency[static_cast<std::size_t>(OpFamily::Matmul)] = 0.5;
  const auto product_cost = cost(product(DataType::F32), parts);
  ASSERT_TRUE(product_cost);
  EXPECT_EQ(product_cost->time, 1'048'576_ps);
  EXPECT_EQ(product_cost->traffic, Bytes{49'152});
  EXPECT_EQ(product_cost->source, CostSource::Estimated);
}

// The same product at a quarter of 100 GB/s: 49,152 B / 25 GB/s = 1.96608 us.
TEST(Roofline, ASlowMemoryLimitsTheSameProduct) {
  HardwareParts parts = machine();
  parts.processors[kP0].efficiency[static_cast<std::size_t>(OpFamily::Matmul)] = 0.5;
  parts.processors[kP0].bandwidth_efficiency = 0.25;
  EXPECT_EQ(cost(product(DataType::F32), parts)->time, 1'966'080_ps);
}

// A slice shares the bandwidth of its whole: 50 GB/s, 49,152 B: 0.98304 us, above the 0.524288 us
// of arithmetic.
TEST(Roofline, APartOfAMemoryHasTheBandwidthOfTheWhole) {
  HardwareParts parts = machine();
  parts.memories.push_back(test::memory("whole"));
  parts.memories[MemoryId{2}].bandwidth = Bandwidth{50'000'000'000};
  parts.memories[MemoryId{0}].part_of = MemoryId{2};
  EXPECT_EQ(cost(product(DataType::F32), parts)->time, 983'040_ps);
}

TEST(Roofline, ThereIsNoCostWithoutAPeakForTheType) {
  EXPECT_EQ(cost(product(DataType::F16), machine()), std::nullopt);
  EXPECT_EQ(cost(product(DataType::I8), machine()), std::nullopt);
  HardwareParts parts = machine();
  parts.processors[kP0].peak[static_cast<std::size_t>(DataType::I8)] = FlopRate{1'000'000'000};
  // 524,288 operations at 1 GOP/s: 524.288 us.
  EXPECT_EQ(cost(product(DataType::I8), parts)->time, 524'288'000_ps);
}

// A sum of indices: 3 * 64 * 64 * 8 = 98,304 B at 100 GB/s, whatever the processor computes in.
TEST(Roofline, IntegersOutsideArithmeticTakeTheBandwidthAlone) {
  const Network sum = one_layer(OpKind::Add, {DataType::I64, DataType::I64}, DataType::I64);
  EXPECT_EQ(cost(sum, machine())->time, 983'040_ps);
}

// The mask comes first among the operands, but the layer computes in f16, which the processor
// cannot.
TEST(Roofline, TheFirstFloatingOperandGivesTheType) {
  const std::vector<DataType> operands{DataType::Bool, DataType::F16, DataType::F16};
  const Network choice = one_layer(OpKind::Where, operands, DataType::F16);
  EXPECT_EQ(cost(choice, machine()), std::nullopt);
  HardwareParts parts = machine();
  parts.processors[kP0].peak[static_cast<std::size_t>(DataType::F16)] = FlopRate{1};
  EXPECT_GE(cost(choice, parts)->time, std::chrono::seconds(4096));
}

TEST(Roofline, ThereIsNoCostForAnUnsupportedFamily) {
  HardwareParts parts = machine();
  parts.processors[kP0].supports[static_cast<std::size_t>(OpFamily::Matmul)] = false;
  EXPECT_EQ(cost(product(DataType::F32), parts), std::nullopt);
  EXPECT_NE(cost(one_layer(OpKind::Relu, {DataType::F32}, DataType::F32), parts), std::nullopt);
}

TEST(Roofline, WhyThereIsNoneIsSaid) {
  HardwareParts parts = machine();
  ProcessorSpec& processor = parts.processors[kP0];
  const std::string& name = processor.name;
  EXPECT_EQ(why_no_roofline(product(DataType::F32), kFirst, processor), "");
  EXPECT_EQ(why_no_roofline(product(DataType::I8), kFirst, processor),
            "'" + name + "' has no peak rate of i8 (it has: f32)");
  // Indices need no rate: they have a roofline.
  const Network sum = one_layer(OpKind::Add, {DataType::I64, DataType::I64}, DataType::I64);
  EXPECT_EQ(why_no_roofline(sum, kFirst, processor), "");
  processor.supports[static_cast<std::size_t>(OpFamily::Matmul)] = false;
  EXPECT_EQ(why_no_roofline(product(DataType::I8), kFirst, processor),
            "'" + name + "' does not support matmul");
}

TEST(Roofline, NothingTakesNoTimeAtAll) {
  HardwareParts parts = machine();
  parts.memories[MemoryId{0}].bandwidth = Bandwidth{std::int64_t{1} << 62};
  parts.processors[kP0].peak[0] = FlopRate{std::int64_t{1} << 62};
  EXPECT_EQ(cost(product(DataType::F32), parts)->time, 1_ps);
}

TEST(EstimatedCosts, AreTheRooflineOfEveryPair) {
  HardwareParts parts = machine();
  parts.processors[kP1].peak.fill(std::nullopt);
  parts.processors[kP1].peak[static_cast<std::size_t>(DataType::I8)] = FlopRate{1};
  const Hardware hardware = HardwareBuilder::build(parts);
  const Network network = product(DataType::F32);
  const CostTable costs = estimated_costs(network, hardware);
  ASSERT_TRUE(costs(kFirst, kP0));
  EXPECT_EQ(costs(kFirst, kP0)->time, roofline(network, kFirst, hardware, kP0)->time);
  EXPECT_FALSE(costs(kFirst, kP1));
}

// Columns come by name, in another order than the machine's, with one that the machine does not
// have.
TEST(EstimatedCosts, AreTheGivenTimesByNameWhereTheNetworkHasThem) {
  NetworkBuilder builder("given");
  for (const char* name : {"a", "b"}) {
    Layer layer;
    layer.name = name;
    layer.work.weights = Bytes{5};
    builder.add_layer(std::move(layer));
  }
  builder.set_given_times({"p1", "other", "p0"},
                          {{{7ns}, {1ns}, {9ns}}, {{8ns}, {1ns}, std::nullopt}});
  const Network network = builder.build({});
  const CostTable costs = estimated_costs(network, HardwareBuilder::build(machine()));
  ASSERT_TRUE(costs(LayerId{0}, kP0) && costs(LayerId{0}, kP1) && costs(LayerId{1}, kP1));
  EXPECT_EQ(costs(LayerId{0}, kP0)->time, 9ns);
  EXPECT_EQ(costs(LayerId{0}, kP1)->time, 7ns);
  EXPECT_EQ(costs(LayerId{1}, kP1)->time, 8ns);
  EXPECT_EQ(costs(LayerId{0}, kP0)->source, CostSource::Given);
  EXPECT_EQ(costs(LayerId{0}, kP0)->traffic, Bytes{5});
  EXPECT_FALSE(costs(LayerId{1}, kP0));
}

TEST(EstimatedCosts, NothingRunsOnAProcessorWithoutGivenTimes) {
  NetworkBuilder builder("given");
  Layer layer;
  layer.name = "a";
  builder.add_layer(std::move(layer));
  builder.set_given_times({"p1"}, {{{7ns}}});
  const CostTable costs = estimated_costs(builder.build({}), HardwareBuilder::build(machine()));
  EXPECT_FALSE(costs(LayerId{0}, kP0));
  EXPECT_TRUE(costs(LayerId{0}, kP1));
}

}  // namespace
}  // namespace partita
