#include "partition/learn/physics/physics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "partition/learn/physics/kinds.h"
#include "partition/learn/physics/roofline.h"

namespace partita::learn {
namespace {

// 10 TFLOP/s, 1 TB/s, 10 units at 1 GHz, 1 MB of cache.
DeviceFeatures device() {
  DeviceFeatures device;
  device.name = "gpu";
  device.peak[static_cast<std::size_t>(DataType::F32)] = FlopRate{10'000'000'000'000};
  device.bandwidth = Bandwidth{1'000'000'000'000};
  device.l2 = Bytes{1'000'000};
  device.units = 10;
  device.clock = 1e9;
  return device;
}

std::vector<double> starts(const Physics& physics) {
  std::vector<double> values;
  for (const Parameter& each : physics.parameters()) values.push_back(each.start);
  return values;
}

double seconds(const LayerFeatures& layer, const std::vector<double>& values) {
  return physics_of(layer, device())
      .seconds(values, layer, Datasheet(device(), layer.type, layer.is_product()));
}

// 1000 x 250 elements of 4 B, two operands and a result: 3 MB at 1 TB/s are 3 us; at 1.5 times
// that, and 10 us of overhead: 14.5 us.
TEST(StreamPhysics, MovesBytes) {
  const LayerFeatures layer =
      row_features("add", OpFamily::Elementwise, DataType::F32, 1000, 250, 2, 1);
  EXPECT_NEAR(seconds(layer, {10, 1.5}), 14.5e-6, 1e-15);
}

// One row of 512: 200 + 150 clocks of one of ten units at 1 GHz: 35 ns for a tenth of a row's
// turn. Of 4096 B at 1 TB/s, memory takes 4.1 ns: the 4-norm is that of the units to 1 in 20,000.
TEST(NormPhysics, AShortRowTakesAUnitItsSteps) {
  const LayerFeatures layer = row_features("ln", OpFamily::Norm, DataType::F32, 1, 512, 1, 1);
  EXPECT_NEAR(seconds(layer, {1e-6, 1, 1, 200, 150}), 35e-9, 35e-9 / 10'000);
}

// 1,000 rows of 1,000: 8 MB take 8 us. In registers that is all; a row of 1,025 takes another
// kernel with its own overhead.
TEST(SoftmaxPhysics, LongRowsTakeAnotherKernel) {
  const auto layer = [](double columns) {
    return row_features("softmax", OpFamily::Softmax, DataType::F32, 1000, columns, 1, 1);
  };
  EXPECT_NEAR(seconds(layer(1000), {20, 70, 1, 1.3, 1e-6}), 28e-6, 1e-12);
  EXPECT_NEAR(seconds(layer(1025), {20, 70, 1, 1.3, 1e-6}), 70e-6 + 1.3 * 8.2e-6, 1e-12);
}

// With neither losses nor overheads: 1280 rows x 128 columns are ten tiles of 128 x 128, one for
// each unit. 2 * 128 * 128 * 10,000 operations at 1 TFLOP/s a unit: 327.68 us. One row more is
// another wave of the smallest tiles.
TEST(ProductPhysics, TilesComeInWaves) {
  std::vector<double> values = starts(product_physics());
  for (const std::size_t nothing : {0, 2, 4, 6, 9, 11, 12}) values[nothing] = 1e-9;
  values[1] = 1;    // rate
  values[3] = 1e6;  // bandwidth
  values[5] = 1e9;  // no cut of the depth
  const auto layer = [](double rows) {
    return product_features("linear", DataType::F32, 1, rows, 128, 10'000, true);
  };
  EXPECT_NEAR(seconds(layer(1280), values), 327.68e-6, 1e-9);
  // 32 x 32 tiles waste least of a further wave: 4 x 41 = 164 of them in 17 waves of 20.48 us.
  EXPECT_NEAR(seconds(layer(1281), values), 17 * 20.48e-6, 1e-9);
}

// Of everything that has a physics: more of anything takes no less time.
TEST(Physics, TimesRiseWithWork) {
  std::vector<LayerFeatures> growing;
  for (double factor = 1; factor <= 64; factor *= 2) {
    growing.push_back(product_features("linear", DataType::F32, 1, 256 * factor, 512, 512, true));
  }
  for (std::size_t i = 1; i < growing.size(); ++i) {
    const auto values = starts(product_physics());
    EXPECT_GT(seconds(growing[i], values), seconds(growing[i - 1], values)) << i;
  }
  for (double factor = 2; factor <= 64; factor *= 2) {
    const auto values = starts(batched_physics());
    const auto layer = [&](double batch, double depth) {
      return product_features("bmm", DataType::F32, batch, 256, 256, depth, false);
    };
    EXPECT_GT(seconds(layer(factor, 64), values), seconds(layer(factor / 2, 64), values));
    EXPECT_GT(seconds(layer(4, 64 * factor), values), seconds(layer(4, 32 * factor), values));
  }
}

TEST(Physics, IsFoundByItsName) {
  EXPECT_EQ(physics_named("product"), &product_physics());
  EXPECT_EQ(physics_named("magic"), nullptr);
}

// 2 GFLOP at 10 TFLOP/s are 200 us; 12 MB at 1 TB/s 12 us: the peak decides. Half of the work in
// the cache takes no memory at all.
TEST(IdealTime, IsTheLongerOfTheTwo) {
  const LayerFeatures layer = product_features("linear", DataType::F32, 1, 1000, 1000, 1000, true);
  EXPECT_NEAR(ideal_time(layer, device()), 200e-6, 1e-12);
  const LayerFeatures moving =
      row_features("add", OpFamily::Elementwise, DataType::F32, 1000, 1000, 2, 1);
  EXPECT_NEAR(ideal_time(moving, device()), 12e-6, 1e-12);
  const LayerFeatures cached =
      row_features("add", OpFamily::Elementwise, DataType::F32, 100, 100, 2, 1);
  EXPECT_NEAR(ideal_time(cached, device()), 1e4 / 10e12, 1e-15);
}

// Made by three numbers, found again.
TEST(FittedRoofline, FindsItsNumbers) {
  const FittedRoofline truth{30e-6, 0.6, 0.8};
  Observations observations{{device()}, {}};
  for (double rows = 1; rows <= 4096; rows *= 2) {
    for (const double depth : {16.0, 256.0, 4096.0}) {
      const auto layer = product_features("linear", DataType::F32, 1, rows, 1024, depth, true);
      observations.rows.push_back({layer, 0, "", truth.seconds(layer, device()), {}});
    }
  }
  const FittedRoofline found = fit_roofline(observations);
  EXPECT_NEAR(found.overhead, 30e-6, 1e-7);
  EXPECT_NEAR(found.compute_share, 0.6, 1e-2);
  EXPECT_NEAR(found.bandwidth_share, 0.8, 1e-2);
}

}  // namespace
}  // namespace partita::learn
