#include "partition/predict/predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "partition/predict/interpolation.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr ProcessorId kP{0}, kQ{1};
constexpr LayerId kSmall{0}, kMiddle{1}, kLarge{2}, kProduct{3};

TensorId add(NetworkBuilder& builder, const std::string& name, TensorKind kind, Shape shape) {
  Tensor made;
  made.name = name;
  made.kind = kind;
  made.shape = std::move(shape);
  return builder.add_tensor(std::move(made));
}

// One Relu for each count of elements, then one MatMul.
Network relus_and_a_product(std::initializer_list<std::int64_t> relus = {100, 200, 400}) {
  NetworkBuilder builder("test");
  const auto layer = [&](const std::string& name, OpKind kind, std::vector<TensorId> inputs,
                         TensorId output) {
    Layer made;
    made.name = name;
    made.kind = kind;
    made.inputs = std::move(inputs);
    made.outputs = {output};
    builder.add_layer(std::move(made));
  };
  for (const std::int64_t elements : relus) {
    const std::string name = "relu" + std::to_string(elements);
    layer(name, OpKind::Relu, {add(builder, name + ".x", TensorKind::Input, {1, elements})},
          add(builder, name + ".y", TensorKind::Activation, {1, elements}));
  }
  layer(
      "product", OpKind::MatMul,
      {add(builder, "a", TensorKind::Input, {8, 8}), add(builder, "b", TensorKind::Weight, {8, 8})},
      add(builder, "c", TensorKind::Activation, {8, 8}));
  return builder.build({"test", 0, 0});
}

Hardware two_processors() {
  test::Machine machine;
  const MemoryId memory = machine.memory("dram", Bandwidth{1'000'000'000});
  machine.processor("p", memory);
  machine.processor("q", memory);
  return machine.build();
}

ProfileRow measured(const Network& network, LayerId layer, const char* processor, Time median) {
  ProfileRow row;
  row.kind = "layer";
  row.signature = network.signature(layer);
  row.processor = processor;
  row.samples = 5;
  row.min = row.p10 = row.median = row.p90 = median;
  return row;
}

TEST(Predictor, WhatWasMeasuredSaysHowFarItSpreads) {
  const Network network = relus_and_a_product();
  Profile profile;
  ProfileRow row = measured(network, kSmall, "p", 800ns);
  row.min = row.p10 = 600ns, row.p90 = 1'000ns;
  profile.add(row);
  const CostTable costs = predicted_costs(network, two_processors(), profile);
  ASSERT_TRUE(costs(kSmall, kP)->spread.has_value());
  EXPECT_EQ(*costs(kSmall, kP)->spread, (LayerCost::Spread{0.75, 1.25}));
  EXPECT_FALSE(costs(kLarge, kP)->spread.has_value());
  EXPECT_FALSE(costs(kSmall, kQ)->spread.has_value());
}

// p takes 1.5 times as long as measured: 777 -> 1165.5 ns. The other Relus, 200 and 400 elements,
// are estimated from it: the ratio to the roofline stays, so they scale too.
TEST(Predictor, ATimeScaleStretchesWhatWasMeasuredAndWhatFollowsFromIt) {
  const Network network = relus_and_a_product();
  const Hardware before = two_processors();
  HardwareParts parts = before.parts();
  parts.processors[kP].time_scale = 1.5;
  const Hardware after = HardwareBuilder::build(parts);
  Profile profile;
  profile.add(measured(network, kSmall, "p", 777ns));
  const CostTable old = predicted_costs(network, before, profile);
  const CostTable costs = predicted_costs(network, after, profile);
  EXPECT_EQ(costs(kSmall, kP)->time, 1'165'500_ps);
  for (const LayerId layer : network.layers()) {
    EXPECT_NEAR(static_cast<double>(costs(layer, kP)->time.count()),
                1.5 * static_cast<double>(old(layer, kP)->time.count()), 1.0);
    EXPECT_EQ(costs(layer, kQ)->time, old(layer, kQ)->time);
    EXPECT_NEAR(static_cast<double>(rescaled(old, before, after)(layer, kP)->time.count()),
                static_cast<double>(costs(layer, kP)->time.count()), 1.0);
  }
}

TEST(Predictor, AMeasurementBeatsTheRoofline) {
  const Network network = relus_and_a_product();
  Profile profile;
  profile.add(measured(network, kSmall, "p", 777ns));
  const CostTable costs = predicted_costs(network, two_processors(), profile);
  EXPECT_EQ(costs(kSmall, kP)->time, 777ns);
  EXPECT_EQ(costs(kSmall, kP)->source, CostSource::Measured);
  EXPECT_EQ(costs(kSmall, kP)->traffic, network.layer(kSmall).work.traffic());
}

TEST(Predictor, TheFamilysMedianRatioScalesTheRoofline) {
  // Rooflines of the Relus on p: 100, 200, 400 elements, 8 B each at 1 GB/s: 800, 1600, 3200 ns.
  // Measured 1600 (2 x) and 6400 (4 x): median ratio 3, so the large one takes 9600 ns. The product
  // has no measured relative on p, and q none at all.
  const Network network = relus_and_a_product();
  const Hardware hardware = two_processors();
  Profile profile;
  profile.add(measured(network, kSmall, "p", 1'600ns));
  profile.add(measured(network, kMiddle, "p", 6'400ns));
  const CostTable estimated = estimated_costs(network, hardware);
  ASSERT_EQ(estimated(kLarge, kP)->time, 3'200ns);
  const CostTable costs = predicted_costs(network, hardware, profile);
  EXPECT_EQ(costs(kLarge, kP)->time, 9'600ns);
  EXPECT_EQ(costs(kLarge, kP)->source, CostSource::Estimated);
  EXPECT_EQ(costs(kProduct, kP)->time, estimated(kProduct, kP)->time);
  EXPECT_EQ(costs(kLarge, kQ)->time, 3'200ns);
}

TEST(Predictor, TheMiddleOfThreeRatiosCounts) {
  // 10, 1.5 and 100 times the roofline; the fourth has 50 x 8 B, 400 ns: 4000 ns.
  const Network network = relus_and_a_product({100, 200, 400, 50});
  Profile profile;
  profile.add(measured(network, kSmall, "p", 8'000ns));
  profile.add(measured(network, kMiddle, "p", 2'400ns));
  profile.add(measured(network, kLarge, "p", 320'000ns));
  const CostTable costs = predicted_costs(network, two_processors(), profile);
  EXPECT_EQ(costs(*network.layer_named("relu50"), kP)->time, 4'000ns);
}

// 100 elements take 100 ns, 400 take 1600 ns: the square of size (exponent log 16 / log 4 = 2), so
// 200 take 400 ns; between 100 / 400 and 1600 / 400 of that.
TEST(Predictor, InterpolatesBetweenSizesOfOneForm) {
  const Network network = relus_and_a_product();
  Profile profile;
  profile.add(measured(network, kSmall, "p", 100ns));
  profile.add(measured(network, kLarge, "p", 1'600ns));
  const CostTable costs = predicted_costs(network, two_processors(), profile);
  EXPECT_EQ(costs(kMiddle, kP)->source, CostSource::Interpolated);
  EXPECT_NEAR(static_cast<double>(costs(kMiddle, kP)->time.count()), 400'000, 1);
  EXPECT_NEAR(costs(kMiddle, kP)->spread->low, 0.25, 1e-9);
  EXPECT_NEAR(costs(kMiddle, kP)->spread->high, 4, 1e-9);
  EXPECT_EQ(costs(kMiddle, kQ)->source, CostSource::Estimated);
}

// 10 us, and 1.25 times what the bytes take.
double seconds_on(const learn::LayerFeatures& layer, double bytes_per_second) {
  return 10e-6 + 1.25 * layer.traffic() / bytes_per_second;
}

// Of Relus on three devices of 0.5, 1 and 2 GB/s that are called neither p nor q.
learn::LearnedModel model_of_relus() {
  learn::Observations measured;
  for (const double bandwidth : {0.5e9, 1e9, 2e9}) {
    learn::DeviceFeatures device;
    device.name = "of " + std::to_string(bandwidth);
    device.peak[static_cast<std::size_t>(DataType::F32)] = FlopRate{1'000'000'000};
    device.bandwidth = Bandwidth{static_cast<std::int64_t>(bandwidth)};
    for (double elements = 5e3; elements < 1e6; elements *= 1.1) {
      const auto layer = learn::row_features("Relu", OpFamily::Elementwise, DataType::F32, 1,
                                             std::floor(elements), 1, 1);
      measured.rows.push_back(
          {layer, measured.devices.size(), "", seconds_on(layer, bandwidth), {}});
    }
    measured.devices.push_back(device);
  }
  return learn::LearnedModel::learn(measured);
}

TEST(Predictor, LearnedTimesStandWhereNothingWasMeasured) {
  const Network network = relus_and_a_product({20'000, 60'000, 400'000});
  const learn::LearnedModel model = model_of_relus();
  Profile profile;
  profile.add(measured(network, kSmall, "p", 777us));
  const CostTable costs = predicted_costs(network, two_processors(), profile, &model);
  EXPECT_EQ(costs(kSmall, kP)->source, CostSource::Measured);
  EXPECT_EQ(costs(kSmall, kQ)->source, CostSource::Learned);
  EXPECT_EQ(costs(kProduct, kQ)->source, CostSource::Estimated);  // it knows no products
  for (const LayerId layer : {kSmall, kMiddle, kLarge}) {
    const double truth = seconds_on(learn::features_of(network, layer), 1e9);
    EXPECT_NEAR(seconds(costs(layer, kQ)->time) / truth, 1, 0.1);
    EXPECT_LT(costs(layer, kQ)->spread->low, 1);
    EXPECT_GT(costs(layer, kQ)->spread->high, 1);
  }
}

// Two sizes around it say 400 ns (the square of size), a model of this very core 10 us.
TEST(Predictor, WhatACoreTaughtComesBeforeInterpolation) {
  HardwareParts parts = two_processors().parts();
  parts.processors[kP].execution = ExecutionSpec{};
  const Hardware hardware = HardwareBuilder::build(parts);
  const Network network = relus_and_a_product();
  learn::Observations taught{{learn::device_features(hardware, kP)}, {}};
  for (double elements = 10; elements < 1e4; elements *= 1.2) {
    const auto layer = learn::row_features("Relu", OpFamily::Elementwise, DataType::F32, 1,
                                           std::floor(elements), 1, 1);
    taught.rows.push_back({layer, 0, "", 10e-6, {}});
  }
  const learn::LearnedModel model = learn::LearnedModel::learn(taught, {}, false);
  Profile profile;
  profile.add(measured(network, kSmall, "p", 100ns));
  profile.add(measured(network, kLarge, "p", 1'600ns));
  const CostTable costs = predicted_costs(network, hardware, profile, &model);
  EXPECT_EQ(costs(kMiddle, kP)->source, CostSource::Learned);
  EXPECT_GT(costs(kMiddle, kP)->time, 3us);
}

// p takes three times as long as the model would think: two measured layers say so of the largest.
TEST(Predictor, WhatWasMeasuredSharpensTheLearnedModel) {
  const Network network = relus_and_a_product({20'000, 60'000, 400'000});
  const learn::LearnedModel model = model_of_relus();
  const auto truth = [&](LayerId layer) {
    return 3 * seconds_on(learn::features_of(network, layer), 1e9);
  };
  const auto predicted = [&](const Profile& profile) {
    const CostTable costs = predicted_costs(network, two_processors(), profile, &model);
    EXPECT_EQ(costs(kLarge, kP)->source, CostSource::Learned);
    return seconds(costs(kLarge, kP)->time) / truth(kLarge);
  };
  Profile profile;
  EXPECT_NEAR(predicted(profile), 1 / 3.0, 0.05);
  for (const LayerId layer : {kSmall, kMiddle}) {
    profile.add(measured(network, layer, "p", Time{std::llround(truth(layer) * 1e12)}));
  }
  EXPECT_NEAR(predicted(profile), 1, 0.35);
}

ProfileRow layer_row(const char* signature, Time median) {
  ProfileRow row;
  row.kind = "layer", row.processor = "p", row.signature = signature;
  row.median = median;
  return row;
}

TEST(Interpolation, TakesTheNearestPairAround) {
  Profile profile;
  profile.add(layer_row("Add(f32[8,4],f32[8,4]){}", 10ns));
  profile.add(layer_row("Add(f32[8,8],f32[8,8]){}", 20ns));
  profile.add(layer_row("Add(f32[8,16],f32[8,16]){}", 60ns));
  profile.add(layer_row("Add(f32[16,32],f32[16,32]){}", 500ns));
  const auto between = Interpolation(profile, "p").at("Add(f32[8,12],f32[8,12]){}");
  ASSERT_TRUE(between);
  EXPECT_EQ(between->smaller->median, 20ns);
  EXPECT_EQ(between->larger->median, 60ns);
  // 20 * 3^(log 1.5 / log 2) = 20 * 3^0.58496 = 38.03 ns
  EXPECT_NEAR(static_cast<double>(between->time.count()), 38'030, 5);
}

TEST(Interpolation, AttributesAreNoSize) {
  Profile profile;
  profile.add(layer_row("Pool(f32[8,8]){stride=1}", 10ns));
  profile.add(layer_row("Pool(f32[8,16]){stride=3}", 20ns));
  const Interpolation known(profile, "p");
  EXPECT_FALSE(known.at("Pool(f32[8,12]){stride=2}"));
  EXPECT_FALSE(known.at("Pool(f32[8,12]){stride=1}"));
}

// One is larger in one extent and smaller in the other; a pair too far apart; outside of all; a time
// that falls with size; another processor.
TEST(Interpolation, SaysNothingWhereNoPairIsSound) {
  Profile profile;
  profile.add(layer_row("A(f32[8,4]){}", 10ns));
  profile.add(layer_row("A(f32[4,8]){}", 10ns));
  profile.add(layer_row("B(f32[4]){}", 10ns));
  profile.add(layer_row("B(f32[17]){}", 50ns));
  profile.add(layer_row("C(f32[4]){}", 50ns));
  profile.add(layer_row("C(f32[8]){}", 10ns));
  const Interpolation known(profile, "p");
  for (const char* signature : {"A(f32[6,6]){}", "B(f32[8]){}", "B(f32[2]){}", "B(f32[40]){}",
                                "C(f32[6]){}", "D(f32[6]){}"}) {
    EXPECT_FALSE(known.at(signature)) << signature;
  }
  EXPECT_FALSE(Interpolation(profile, "q").at("B(f32[8]){}"));
}

// Two reshapes, of 100 and of 10,000 elements; the small one takes 30 ns, so the large one does.
TEST(Predictor, WhatOnlyRenamesTakesAsLongAsOthersThatDo) {
  NetworkBuilder builder("test");
  for (const std::int64_t elements : {100, 10'000}) {
    const std::string name = "reshape" + std::to_string(elements);
    Layer layer;
    layer.name = name, layer.kind = OpKind::Reshape;
    layer.inputs = {add(builder, name + ".x", TensorKind::Input, {1, elements})};
    layer.outputs = {add(builder, name + ".y", TensorKind::Activation, {elements, 1})};
    builder.add_layer(std::move(layer));
  }
  const Network network = builder.build({"test", 0, 0});
  Profile profile;
  profile.add(measured(network, kSmall, "p", 30ns));
  const CostTable costs = predicted_costs(network, two_processors(), profile);
  EXPECT_EQ(costs(kMiddle, kP)->time, 30ns);
  EXPECT_EQ(costs(kMiddle, kP)->source, CostSource::Estimated);
  EXPECT_EQ(costs(kMiddle, kQ)->time, 80us);  // 10,000 x 8 B at 1 GB/s
}

TEST(Predictor, AMachineThatLacksAFamilyOverrulesAnOldProfile) {
  const Network network = relus_and_a_product();
  test::Machine machine;
  machine.processor("p", machine.memory("dram", Bandwidth{1'000'000'000}));
  machine.parts.processors[kP].supports[static_cast<std::size_t>(OpFamily::Elementwise)] = false;
  Profile profile;
  profile.add(measured(network, kSmall, "p", 777ns));
  const CostTable costs = predicted_costs(network, machine.build(), profile);
  EXPECT_FALSE(costs(kSmall, kP).has_value());
  EXPECT_TRUE(costs(kProduct, kP).has_value());
}

}  // namespace
}  // namespace partita
