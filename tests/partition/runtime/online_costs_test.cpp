#include "partition/runtime/online_costs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/random.h"
#include "tests/support/allocations.h"

namespace partita {
namespace {

constexpr std::size_t kLayers = 40, kProcessors = 2;
constexpr ProcessorId kP{0}, kQ{1};

CostTable table(std::size_t layers = kLayers, std::size_t processors = kProcessors) {
  CostTable costs(layers, processors);
  for (const LayerId layer : ids<LayerId>(layers)) {
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      costs.set(layer, p,
                LayerCost{Time{static_cast<std::int64_t>(1'000'000 * (1 + index(layer) % 7))},
                          Bytes{}, CostSource::Measured});
    }
  }
  return costs;
}

// A made-up computer, whose layers take `slowdown` and `of_layer` times as long as expected, with
// noise of about two percent.
class Computer {
 public:
  double slowdown = 1;
  std::vector<double> of_layer = std::vector<double>(kLayers, 1);

  std::vector<Observation> infer(const CostTable& costs, ProcessorId processor = kP) {
    std::vector<Observation> readings;
    for (const LayerId layer : ids<LayerId>(kLayers)) {
      const Time expected = costs(layer, processor)->time;
      // Three uniform ones: nearly normal, variance 1/4 of the width squared.
      double noise = -1.5;
      for (int i = 0; i < 3; ++i) noise += static_cast<double>(random_.below(1 << 20)) / (1 << 20);
      readings.push_back(
          {layer, processor,
           scaled(expected, slowdown * of_layer[index(layer)] * std::exp(0.04 * noise)), expected});
    }
    return readings;
  }
  // Mean relative error in percent of what `online` predicts for the processor.
  double error(const OnlineCosts& online, const CostTable& costs,
               ProcessorId processor = kP) const {
    CostTable now = costs;
    online.predict(now);
    double sum = 0;
    for (const LayerId layer : ids<LayerId>(kLayers)) {
      const double truth = static_cast<double>(costs(layer, processor)->time.count()) * slowdown *
                           of_layer[index(layer)];
      sum += std::abs(static_cast<double>(now(layer, processor)->time.count()) / truth - 1);
    }
    return 100 * sum / kLayers;
  }

 private:
  Random random_{7};
};

TEST(OnlineCosts, StartsFromWhatIsExpected) {
  const CostTable costs = table();
  const OnlineCosts online(costs);
  CostTable now = costs;
  online.predict(now);
  for (const LayerId layer : ids<LayerId>(kLayers)) {
    EXPECT_EQ(now(layer, kP)->time, costs(layer, kP)->time);
    EXPECT_EQ(now(layer, kP)->source, CostSource::Learned);
    EXPECT_LT(now(layer, kP)->spread->low, 0.7);  // it knows that it knows little
    EXPECT_GT(now(layer, kP)->spread->high, 1.4);
  }
}

// One reading, by hand: y = log 2 = 0.6931; doubts 0.3 and 0.1, noise 0.02: S = 0.09 + 0.01 + 0.0004
// = 0.1004. |y| < 3 sqrt(S) = 0.95, so nothing is clipped. The scale's variance has grown by
// 0.005^2 but no further than 0.09; the bias's likewise. Scale 0.09 / 0.1004 y = 0.6213, bias
// 0.01 / 0.1004 y = 0.0690; factor exp(0.6904) = 1.9945.
TEST(OnlineCosts, OneReadingByHand) {
  OnlineCosts online(table());
  online.observe(std::vector<Observation>{{LayerId{0}, kP, Time{2'000'000}, Time{1'000'000}}});
  EXPECT_NEAR(online.slowdown(kP), std::exp(0.62133), 1e-4);
  EXPECT_NEAR(online.factor(LayerId{0}, kP), 1.99449, 1e-4);
  EXPECT_NEAR(online.factor(LayerId{1}, kP), std::exp(0.62133), 1e-4);
  EXPECT_EQ(online.slowdown(kQ), 1);
}

TEST(OnlineCosts, FollowsAProcessorThatSlowsDown) {
  const CostTable costs = table();
  OnlineCosts online(costs);
  Computer computer;
  for (int i = 0; i < 20; ++i) online.observe(computer.infer(costs));
  EXPECT_LT(computer.error(online, costs), 1);
  computer.slowdown = 2;
  EXPECT_GT(computer.error(online, costs), 45);  // it cannot know yet
  online.observe(computer.infer(costs));
  online.observe(computer.infer(costs));
  EXPECT_LT(computer.error(online, costs), 3);  // two inferences prove it
  EXPECT_EQ(online.changes(kP), 1);
  for (int i = 0; i < 10; ++i) online.observe(computer.infer(costs));
  EXPECT_LT(computer.error(online, costs), 1);
  EXPECT_EQ(online.changes(kP), 1);
  EXPECT_EQ(online.changes(kQ), 0);
}

// On real machines a small layer takes a tenth of what was measured of it alone. Before that is known of it, it
// must not speak for its processor, wherever it comes: all others take 1.5 times as long here.
TEST(OnlineCosts, SmallLayersDoNotSpeakForTheirProcessor) {
  const CostTable costs = table();
  for (const std::size_t small : {0, 14, 35}) {  // of those that take the least
    OnlineCosts online(costs);
    Computer computer;
    computer.of_layer[small] = 0.1;
    online.observe(computer.infer(costs));
    computer.slowdown = 1.5;
    online.observe(computer.infer(costs));
    online.observe(computer.infer(costs));
    EXPECT_EQ(online.changes(kP), 1);
    EXPECT_NEAR(online.slowdown(kP), 1.5, 0.2) << small;
    double error = 0;  // of the others, mean
    for (const LayerId layer : ids<LayerId>(kLayers)) {
      if (index(layer) != small) error += std::abs(online.factor(layer, kP) / 1.5 - 1);
    }
    EXPECT_LT(error / (kLayers - 1), 0.04) << small;
  }
}

TEST(OnlineCosts, FollowsADriftThatNoReadingShows) {
  const CostTable costs = table();
  OnlineCosts online(costs);
  Computer computer;
  for (int i = 0; i < 300; ++i) {
    computer.slowdown *= 1.003;  // 2.46 times at the end
    online.observe(computer.infer(costs));
  }
  EXPECT_LT(computer.error(online, costs), 2);
}

TEST(OnlineCosts, FollowsOneLayerAlone) {
  const CostTable costs = table();
  OnlineCosts online(costs);
  Computer computer;
  for (int i = 0; i < 20; ++i) online.observe(computer.infer(costs));
  computer.of_layer[5] = 3;
  for (int i = 0; i < 8; ++i) online.observe(computer.infer(costs));
  EXPECT_NEAR(online.factor(LayerId{5}, kP), 3, 0.15);
  EXPECT_NEAR(online.factor(LayerId{6}, kP), 1, 0.03);
  EXPECT_EQ(online.changes(kP), 0);
}

// One reading in twenty is five to a hundred times too long, and one inference as a whole.
TEST(OnlineCosts, OutliersDoNotPoisonIt) {
  const CostTable costs = table();
  OnlineCosts online(costs);
  Computer computer;
  Random random(3);
  double worst = 0;
  for (int i = 0; i < 200; ++i) {
    auto readings = computer.infer(costs);
    for (Observation& reading : readings) {
      if (random.below(20) != 0 && i != 150) continue;
      reading.measured = scaled(reading.measured, static_cast<double>(5 + random.below(95)));
    }
    online.observe(readings);
    if (i >= 20) worst = std::max(worst, computer.error(online, costs));
  }
  EXPECT_LT(worst, 8);
  EXPECT_EQ(online.changes(kP), 0);
}

// Of 4,000 predictions of a calm computer, nine in ten hold the next reading, give or take a few.
TEST(OnlineCosts, TheSpreadHoldsNineInTen) {
  const CostTable costs = table();
  OnlineOptions options;
  options.noise = 0.1;  // five times what it is
  OnlineCosts online(costs, options);
  Computer computer;
  computer.slowdown = 1.3;
  CostTable now = costs;
  int inside = 0;
  for (int i = 0; i < 200; ++i) {
    const auto readings = computer.infer(costs);
    if (i >= 100) {
      online.predict(now);
      for (const Observation& reading : readings) {
        const LayerCost& cost = *now(reading.layer, reading.processor);
        const double ratio =
            static_cast<double>(reading.measured.count()) / static_cast<double>(cost.time.count());
        if (cost.spread->low <= ratio && ratio <= cost.spread->high) ++inside;
      }
    }
    online.observe(readings);
  }
  EXPECT_NEAR(inside / 4'000.0, 0.9, 0.05);
}

TEST(OnlineCosts, AllocatesNothingOnceItIsMade) {
  const CostTable costs = table();
  OnlineCosts online(costs);
  Computer computer;
  CostTable now = costs;
  const auto first = computer.infer(costs), second = computer.infer(costs, kQ);
  const std::size_t before = test::allocations();
  for (int i = 0; i < 10; ++i) {
    online.observe(first);
    online.observe(second);
    online.predict(now);
  }
  EXPECT_EQ(test::allocations(), before);
}

TEST(OnlineCosts, KnowsNothingOfLayersThatCannotRun) {
  CostTable costs = table();
  costs.set(LayerId{0}, kP, std::nullopt);
  OnlineCosts online(costs);
  online.observe(std::vector<Observation>{{LayerId{0}, kP, Time{9}, Time{1}}});
  CostTable now = costs;
  online.predict(now);
  EXPECT_FALSE(now(LayerId{0}, kP));
  EXPECT_EQ(online.slowdown(kP), 1);
}

}  // namespace
}  // namespace partita
