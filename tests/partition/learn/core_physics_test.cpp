// What layers take on a core of a CPU.
#include <gtest/gtest.h>

#include <cmath>

#include "partition/learn/learned_model.h"
#include "partition/learn/physics/kinds.h"
#include "tests/support/text_file.h"

namespace partita::learn {
namespace {

// 100 GFLOP/s, 100 GB/s, 16 lanes.
DeviceFeatures core(const std::string& name = "core") {
  DeviceFeatures device;
  device.name = name;
  device.peak[static_cast<std::size_t>(DataType::F32)] = FlopRate{100'000'000'000};
  device.bandwidth = Bandwidth{100'000'000'000};
  device.lanes = 16;
  return device;
}

// All times nothing but what `some` says.
std::vector<double> only(const Physics& physics,
                         std::initializer_list<std::pair<std::string_view, double>> some) {
  std::vector<double> values(physics.parameters().size(), 1e-12);
  for (const auto& [name, value] : some) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (physics.parameters()[i].name == name) values[i] = value;
    }
  }
  return values;
}

double seconds(const Physics& physics, const LayerFeatures& layer,
               const std::vector<double>& values) {
  return physics.seconds(values, layer, Datasheet(core(), layer.type, layer.is_product()));
}

LayerFeatures product(double columns) {
  return product_features("MatMul", DataType::F32, 1, 100, columns, 50, true);
}

LayerFeatures relu(double elements) {
  LayerFeatures layer =
      row_features("Relu", OpFamily::Elementwise, DataType::F32, 1, elements, 1, 1);
  layer.over_operand = true;
  return layer;
}

TEST(CorePhysics, IsThatOfDevicesWithLanes) {
  DeviceFeatures other = core();
  other.lanes.reset();
  EXPECT_EQ(&physics_of(product(8), core()), &core_product_physics());
  EXPECT_EQ(&physics_of(relu(8), core()), &core_stream_physics());
  EXPECT_EQ(&physics_of(product(8), other), &product_physics());
}

// 2 * 100 * 32 * 50 = 320,000 operations at 80 GFLOP/s: 4 us. With 24 columns, the second register
// of 16 is half empty and takes as long; alone, half a register (8) as long as a whole one: 2 us.
TEST(CorePhysics, RegistersThatAreNotFullTakeAsLong) {
  const Physics& physics = core_product_physics();
  const auto values = only(physics, {{"rate_share", 0.8}, {"overlap", 2}});
  EXPECT_NEAR(seconds(physics, product(32), values), 4e-6, 1e-12);
  EXPECT_NEAR(seconds(physics, product(24), values), 4e-6, 1e-12);
  EXPECT_NEAR(seconds(physics, product(8), values), 2e-6, 1e-12);
}

// Depthwise: no results side by side, so nothing is padded. 9 taps * 2 * 1000 places * 10 channels
// at 50 GFLOP/s: 3.6 us; a kernel of one tap and one of nine have rates of their own.
TEST(CorePhysics, KindsOfConvolutionsHaveTheirRates) {
  const Physics& physics = core_product_physics();
  const auto values = only(physics, {{"rate_share", 0.8},
                                     {"window_rate_share", 0.4},
                                     {"depthwise_rate_share", 0.5},
                                     {"overlap", 2}});
  LayerFeatures layer = product_features("Conv", DataType::F32, 10, 1000, 1, 9, false);
  layer.family = OpFamily::Conv;
  layer.taps = 9;
  EXPECT_NEAR(seconds(physics, layer, values), 3.6e-6, 1e-12);
  LayerFeatures dense = product(32);
  dense.taps = 9;
  EXPECT_NEAR(seconds(physics, dense, values), 8e-6, 1e-12);
}

// Weights: 50 * 32 * 4 B = 6,400 B at a tenth of 100 GB/s are .64 us beside 4 us of computing, of
// which the 2-norm is 4.0509 us.
TEST(CorePhysics, WeightsComeWhileItComputes) {
  const Physics& physics = core_product_physics();
  const auto values = only(physics, {{"rate_share", 0.8}, {"overlap", 2}, {"weights_factor", 10}});
  EXPECT_NEAR(seconds(physics, product(32), values), std::hypot(4e-6, 0.64e-6), 1e-12);
}

// 100,000 elements of 4 B: 400 kB at 100 GB/s are 4 us; twice that once 1.2 MB went by since the
// operand was made (half of it is gone), and its result, over the operand, takes nothing.
TEST(CorePhysics, OperandsLeaveTheCache) {
  const Physics& physics = core_stream_physics();
  const auto values =
      only(physics, {{"rate_share", 1e9}, {"read_factor", 1}, {"far_read_factor", 2}});
  LayerFeatures layer = relu(100'000);
  EXPECT_NEAR(seconds(physics, layer, values), 4e-6, 1e-11);
  layer.operands = {{1, 1.2e6, 0}};
  EXPECT_NEAR(seconds(physics, layer, values), 8e-6, 1e-11);
}

// 100 MFLOP at 100 GFLOP/s are a millisecond, in which half of the shared cache is gone, too.
TEST(CorePhysics, WhateverRanMeanwhileEmptiesTheSharedCache) {
  const Physics& physics = core_stream_physics();
  const auto values =
      only(physics, {{"rate_share", 1e9}, {"old_read_factor", 2}, {"cold_overhead_us", 6}});
  LayerFeatures layer = relu(100'000);
  EXPECT_NEAR(seconds(physics, layer, values), 0, 1e-11);
  layer.operands = {{1, 0, 100e6}};
  EXPECT_NEAR(seconds(physics, layer, values), 4e-6 + 3e-6, 1e-11);
  // One of two equal operands has just been made: of the other half is gone, so a quarter of all.
  layer.operands = {{0.5, 0, 100e6}, {0.5, 0, 0}};
  EXPECT_NEAR(seconds(physics, layer, values), 2e-6 + 1.5e-6, 1e-11);
}

// The datasheet says nothing of integers, so they count as other numbers do, not as one a second.
TEST(CorePhysics, ATypeWithoutARateHasThatOfAnother) {
  EXPECT_EQ(Datasheet(core(), DataType::I64, false).rate,
            Datasheet(core(), DataType::F32, false).rate);
}

TEST(CorePhysics, TimesRiseWithWork) {
  const auto starts = [](const Physics& physics) {
    std::vector<double> values;
    for (const Parameter& each : physics.parameters()) values.push_back(each.start);
    return values;
  };
  for (double size = 1; size < 1e6; size *= 1.5) {
    EXPECT_GT(seconds(core_stream_physics(), relu(1.5 * size), starts(core_stream_physics())),
              seconds(core_stream_physics(), relu(size), starts(core_stream_physics())));
    EXPECT_GE(
        seconds(core_product_physics(), product(std::floor(1.5 * size)),
                starts(core_product_physics())),
        seconds(core_product_physics(), product(std::floor(size)), starts(core_product_physics())));
  }
}

// One kernel with 2 us of overhead, another with 20; both at 10 GB/s.
Observations two_kernels() {
  Observations all{{core()}, {}};
  for (double elements = 1e3; elements < 1e6; elements *= 1.3) {
    for (const double overhead : {2e-6, 20e-6}) {
      LayerFeatures layer = relu(std::floor(elements));
      layer.op = layer.kernel = overhead < 10e-6 ? "Relu" : "Gelu";
      all.rows.push_back({layer, 0, "", overhead + layer.traffic() / 10e9, {}});
    }
  }
  return all;
}

TEST(CoreModel, KernelsHaveNumbersOfTheirOwn) {
  const LearnedModel model = LearnedModel::learn(two_kernels(), {}, false);
  const test::TextFile file("model.json", model.to_json());
  const LearnedModel read = LearnedModel::load(file.path());
  const auto microseconds = [&](const LearnedModel& asked, const char* kernel) {
    LayerFeatures layer = relu(100);
    layer.kernel = kernel;
    return 1e6 * partita::seconds(asked.predict(layer, core())->time);
  };
  EXPECT_NEAR(microseconds(model, "Relu"), 2, 0.5);
  EXPECT_NEAR(microseconds(model, "Gelu"), 20, 3);
  // Nobody measured it: between the others.
  EXPECT_GT(microseconds(model, "Erf"), 2.5);
  EXPECT_LT(microseconds(model, "Erf"), 18);
  for (const char* kernel : {"Relu", "Gelu", "Erf"}) {
    EXPECT_EQ(microseconds(read, kernel), microseconds(model, kernel));
  }
}

TEST(CoreModel, AnEstimateSaysWhetherItsCoreWasMeasured) {
  const LearnedModel model = LearnedModel::learn(two_kernels(), {}, false);
  EXPECT_TRUE(model.predict(relu(1000), core())->of_own_core);
  EXPECT_FALSE(model.predict(relu(1000), core("another"))->of_own_core);
}

// Sizes of three networks in turns, of which every second takes a quarter of the time of the ones
// around it: trees learn that, and what they say of a network that was left out is the opposite of
// what it takes. So nothing of it is used.
TEST(CoreModel, ACorrectionThatMisleadsIsNotUsed) {
  Observations all{{core()}, {}};
  for (int i = 0; i < 360; ++i) {
    const int turn = i / 30;
    const LayerFeatures layer = relu(std::floor(1e4 * std::pow(1.01, i)));
    const double factor = turn % 2 == 0 ? 0.5 : 2;
    all.rows.push_back({layer,
                        0,
                        "network " + std::to_string(turn % 3),
                        factor * (5e-6 + layer.traffic() / 10e9),
                        {}});
  }
  EXPECT_EQ(LearnedModel::learn(all).branches().front().known_share, 0);
}

}  // namespace
}  // namespace partita::learn
