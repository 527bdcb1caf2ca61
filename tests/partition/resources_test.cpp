#include "partition/predict/resources.h"

#include <gtest/gtest.h>

#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr LayerId kProduct{0};
constexpr ProcessorId kP{0};

// c = a b of 8 x 8 floats: 256 B each, a and c activations, b a weight.
Network product() {
  NetworkBuilder builder("test");
  const auto tensor = [&](const char* name, TensorKind kind) {
    Tensor made;
    made.name = name, made.kind = kind, made.shape = {8, 8};
    return builder.add_tensor(std::move(made));
  };
  Layer layer;
  layer.name = "product", layer.kind = OpKind::MatMul;
  layer.inputs = {tensor("a", TensorKind::Input), tensor("b", TensorKind::Weight)};
  layer.outputs = {tensor("c", TensorKind::Activation)};
  builder.add_layer(std::move(layer));
  return builder.build({"test", 0, 0});
}

// Active at 2 W, launched in 100 ns.
Hardware machine() {
  test::Machine made;
  made.processor("p", made.memory("dram", Bandwidth{1'000'000'000}));
  HardwareParts parts = made.build().parts();
  parts.processors[kP].active = Power{2'000};
  parts.processors[kP].launch_overhead = 100ns;
  return HardwareBuilder::build(parts);
}

// 2 x 8^3 FLOP at 1 GFLOP/s: 1024 ns, longer than the traffic of 3 x 256 B at 1 GB/s. 768 B / 1024 ns =
// 750 MB/s. 2 W for 1124 ns are 2248 nJ.
TEST(Resources, FollowFromShapesAndTheMachineWhereNothingWasMeasured) {
  const Network network = product();
  const Hardware hardware = machine();
  const auto needs =
      resources_of(network, hardware, estimated_costs(network, hardware), nullptr, kProduct, kP);
  ASSERT_TRUE(needs);
  EXPECT_EQ(needs->cost.time, 1'024ns);
  EXPECT_EQ(needs->footprint, (Footprint{Bytes{256}, Bytes{512}, Bytes{0}, Bytes{768}}));
  EXPECT_EQ(needs->bandwidth.value, 750'000'000);
  EXPECT_EQ(needs->use->energy.value, 2'248);
  EXPECT_EQ(needs->use->source, CostSource::Estimated);
}

// 1,500 pJ are 2 nJ, rounded up.
TEST(Resources, MeasuredEnergyBeatsTheMachinesPower) {
  const Network network = product();
  const Hardware hardware = machine();
  Profile profile;
  ProfileRow row;
  row.kind = "layer", row.signature = network.signature(kProduct), row.processor = "p";
  row.median = 900ns, row.energy_pj = 1'500;
  profile.add(row);
  const auto needs =
      resources_of(network, hardware, estimated_costs(network, hardware), &profile, kProduct, kP);
  EXPECT_EQ(needs->use->energy.value, 2);
  EXPECT_EQ(needs->use->source, CostSource::Measured);
}

TEST(Resources, AreUnknownWhereTheLayerCannotRunOrPowerIsNotTold) {
  const Network network = product();
  const Hardware hardware = machine();
  CostTable costs = estimated_costs(network, hardware);
  costs.set(kProduct, kP, std::nullopt);
  EXPECT_FALSE(resources_of(network, hardware, costs, nullptr, kProduct, kP));
  HardwareParts parts = hardware.parts();
  parts.processors[kP].active = Power{};
  const Hardware silent = HardwareBuilder::build(parts);
  EXPECT_FALSE(
      resources_of(network, silent, estimated_costs(network, silent), nullptr, kProduct, kP)->use);
}

}  // namespace
}  // namespace partita
