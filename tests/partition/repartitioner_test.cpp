#include "partition/adapt/repartitioner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/random.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ProcessorId kP{0}, kQ{1};
constexpr MemoryId kOfP{0}, kOfQ{1};

// Two equal processors on memories of their own, 1 B a nanosecond between; eight free layers of 100
// us, each with a weight: four on each is best, 400 us.
class RepartitionerTest : public testing::Test {
 protected:
  explicit RepartitionerTest(Bytes weight = Bytes{1'000}) {
    test::Machine machine;
    machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
    machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
    machine.engine("dp", kOfP);
    machine.engine("dq", kOfQ);
    machine.link("link", kOfP, kOfQ, Bandwidth{1'000'000'000});
    hardware_ = machine.build();
    test::Graph graph;
    for (int i = 0; i < kLayers; ++i) {
      const std::string name = std::to_string(i);
      graph.layer("x" + name, {graph.weight("w" + name, weight)}, Bytes{1});
    }
    network_ = graph.build();
    costs_ = CostTable(kLayers, 2);
    for (const LayerId layer : network_->layers()) {
      for (const ProcessorId p : {kP, kQ}) costs_->set(layer, p, LayerCost{100us, Bytes{}});
    }
  }

  static constexpr int kLayers = 8;

  Repartitioner repartitioner(RepartitionOptions options = {}) const {
    return {*network_, *hardware_, *costs_,
            test::plan_of(*network_, *hardware_, {{0, 1, 2, 3}, {4, 5, 6, 7}}), options};
  }

  // One inference of the current plan; each layer takes its expected time times its processor's
  // factor, and up to `noise` per cent more or less.
  std::vector<Reading> inference(const Repartitioner& of, double p, double q, int noise = 0) {
    std::vector<Reading> readings;
    for (const LayerId layer : network_->layers()) {
      const ProcessorId on = of.current().processor(layer);
      const auto wobble =
          static_cast<double>(random_.below(2 * static_cast<std::size_t>(noise) + 1));
      const double factor = (on == kP ? p : q) * (1 + (wobble - noise) / 100);
      readings.push_back({layer, on, scaled(100us, factor)});
    }
    return readings;
  }
  void run(Repartitioner& of, int inferences, double p, double q, int noise = 0) {
    for (int i = 0; i < inferences; ++i) of.observe(inference(of, p, q, noise));
  }

  std::optional<Hardware> hardware_;
  std::optional<Network> network_;
  std::optional<CostTable> costs_;
  Random random_{11};
};

TEST_F(RepartitionerTest, StaysWhileAllIsAsExpected) {
  Repartitioner of = repartitioner();
  run(of, 20, 1, 1);
  const Decision decision = of.decide(1'000);
  ASSERT_TRUE(std::holds_alternative<Stay>(decision));
  EXPECT_EQ(std::get<Stay>(decision).reason, "all processors run as expected");
}

TEST_F(RepartitionerTest, MovesLayersAwayFromAProcessorThatHasBecomeSlow) {
  // q takes 200 us a layer: 4 on q end at 800; 5 on p and 3 on q at 600, 6 and 2 too.
  Repartitioner of = repartitioner();
  run(of, 5, 1, 2);
  EXPECT_DOUBLE_EQ(of.slowdown(kP), 1);
  EXPECT_DOUBLE_EQ(of.slowdown(kQ), 2);
  const Decision decision = of.decide(1'000);
  ASSERT_TRUE(std::holds_alternative<Switch>(decision)) << std::get<Stay>(decision).reason;
  const Switch& change = std::get<Switch>(decision);
  EXPECT_EQ(change.before, 800us);
  EXPECT_EQ(change.after, 600us);
  EXPECT_THAT(change.reason, HasSubstr("q takes 2.00 x its expected time"));
  EXPECT_GE(change.plan.order(kP).size(), 5u);
  EXPECT_EQ(of.current().placement().processor, change.plan.placement().processor);
  // 1000 x 200 us, less 1 us for each weight of 1000 B that moved: of the layers that are on p now.
  EXPECT_EQ(change.gain, 200ms - change.migration.cost);
  EXPECT_EQ(change.migration.cost, 1us * static_cast<int>(change.migration.moves.size()));
  EXPECT_EQ(change.migration.total.value,
            1'000 * static_cast<std::int64_t>(change.migration.moves.size()));
}

TEST_F(RepartitionerTest, ReturnsWhenTheProcessorIsWellAgain) {
  Repartitioner of = repartitioner();
  run(of, 5, 1, 2);
  ASSERT_TRUE(std::holds_alternative<Switch>(of.decide(1'000)));
  run(of, 5, 1, 2);
  EXPECT_TRUE(std::holds_alternative<Stay>(of.decide(1'000)));
  run(of, 5, 1, 1);
  const Decision decision = of.decide(1'000);
  ASSERT_TRUE(std::holds_alternative<Switch>(decision)) << std::get<Stay>(decision).reason;
  EXPECT_EQ(std::get<Switch>(decision).after, 400us);
}

TEST_F(RepartitionerTest, ComesBackToAProcessorThatItLeftAltogether) {
  // 20 times slower, q gets nothing; after `forget_after` inferences without a reading it is tried
  // again.
  RepartitionOptions options;
  options.forget_after = 30;
  Repartitioner of = repartitioner(options);
  run(of, 5, 1, 20);
  ASSERT_TRUE(std::holds_alternative<Switch>(of.decide(1'000)));
  ASSERT_TRUE(of.current().order(kQ).empty());
  run(of, 29, 1, 1);
  EXPECT_TRUE(std::holds_alternative<Stay>(of.decide(1'000)));
  run(of, 1, 1, 1);
  const Decision decision = of.decide(1'000);
  ASSERT_TRUE(std::holds_alternative<Switch>(decision));
  EXPECT_EQ(of.current().order(kQ).size(), 4u);
}

// 5 * 400 us at 20 x; the 13th probe of 100 us makes it 1,300 of 2,500.
TEST_F(RepartitionerTest, AProbeTellsSoonerThatAProcessorIsWell) {
  Repartitioner of = repartitioner();
  run(of, 5, 1, 20);
  ASSERT_TRUE(std::holds_alternative<Switch>(of.decide(1'000)));
  for (int i = 0; i < 13; ++i) {
    std::vector<Reading> readings = inference(of, 1, 1);
    readings.push_back({LayerId{0}, kQ, 100us});
    of.observe(readings);
  }
  EXPECT_DOUBLE_EQ(of.slowdown(kQ), 1);
  EXPECT_TRUE(std::holds_alternative<Switch>(of.decide(1'000)));
}

// Of any five inferences in a row, which is the window, two are disturbed.
TEST_F(RepartitionerTest, NoiseChangesNothing) {
  Repartitioner of = repartitioner();
  for (int i = 0; i < 200; ++i) {
    std::vector<Reading> readings = inference(of, 1, 1, 20);
    if (i % 7 == 0) {
      for (Reading& reading : readings) reading.measured *= 5;  // all of it
    }
    if (i % 7 == 3) readings[static_cast<std::size_t>(i % kLayers)].measured *= 30;  // one layer
    of.observe(readings);
    ASSERT_TRUE(std::holds_alternative<Stay>(of.decide(1'000'000))) << "inference " << i;
  }
}

TEST_F(RepartitionerTest, AFewPerCentAreNotWorthMoving) {
  // q 12 % slower: moving one layer to p gives 500 us against 448, nothing better than staying.
  Repartitioner of = repartitioner();
  run(of, 5, 1, 1.12);
  const Decision decision = of.decide(1'000'000);
  ASSERT_TRUE(std::holds_alternative<Stay>(decision));
  EXPECT_THAT(std::get<Stay>(decision).reason, HasSubstr("no plan is faster"));
}

TEST_F(RepartitionerTest, NeverMovesForTheLastInference) {
  Repartitioner of = repartitioner();
  run(of, 5, 1, 2);
  EXPECT_TRUE(std::holds_alternative<Stay>(of.decide(0)));
}

TEST_F(RepartitionerTest, SameReadingsSameDecision) {
  const auto decide = [&] {
    random_ = Random(5);
    Repartitioner of = repartitioner();
    run(of, 7, 1, 2.5, 10);
    return to_json(std::get<Switch>(of.decide(1'000)).plan, *network_, *hardware_);
  };
  EXPECT_EQ(decide(), decide());
}

// Weights of 300 kB, 300 us each on the link. One inference saves at most 200 us.
class HeavyWeights : public RepartitionerTest {
 protected:
  HeavyWeights() : RepartitionerTest(Bytes{300'000}) {}
};

TEST_F(HeavyWeights, StayWhileMovingCostsMoreThanItSaves) {
  Repartitioner of = repartitioner();
  run(of, 5, 1, 2);
  // One layer moved: 4 x 200 -> 3 x 200 us on q, 500 on p: 200 us saved an inference for 300 us
  // once.
  const Decision early = of.decide(1);
  ASSERT_TRUE(std::holds_alternative<Stay>(early));
  EXPECT_THAT(std::get<Stay>(early).reason,
              HasSubstr("would save 200 us in 1 inferences, but moving"));
  const Decision late = of.decide(2);
  ASSERT_TRUE(std::holds_alternative<Switch>(late)) << std::get<Stay>(late).reason;
  // The one that moves least wins: 2 x 200 - 300 us.
  EXPECT_EQ(std::get<Switch>(late).gain, 100us);
  EXPECT_EQ(std::get<Switch>(late).migration.total, Bytes{300'000});
}

TEST_F(RepartitionerTest, CorrectedCostsKeepTheLaunchOverhead) {
  // Expected 20 + 100 us, measured 240: slowdown 2, of which the layer takes 2 x 120 - 20 = 220 us.
  HardwareParts parts;
  parts.processors = hardware_->processors();
  parts.memories = hardware_->memories();
  parts.engines = hardware_->engines();
  parts.links = hardware_->links();
  for (ProcessorSpec& spec : parts.processors) spec.launch_overhead = 20us;
  hardware_ = HardwareBuilder::build(std::move(parts));
  Repartitioner of = repartitioner();
  for (int i = 0; i < 5; ++i) {
    std::vector<Reading> readings = inference(of, 1, 1);
    for (Reading& reading : readings) reading.measured = reading.processor == kQ ? 240us : 120us;
    of.observe(readings);
  }
  EXPECT_EQ(of.corrected_costs()(LayerId{0}, kQ)->time, 220us);
  EXPECT_EQ(of.corrected_costs()(LayerId{0}, kP)->time, 100us);
}

TEST_F(RepartitionerTest, MigrationListsWhatWasNotThere) {
  const Plan from = test::plan_of(*network_, *hardware_, {{0, 1, 2, 3}, {4, 5, 6, 7}});
  const Plan to = test::plan_of(*network_, *hardware_, {{0, 1, 4, 5}, {2, 6, 7, 3}});
  const auto moved = migration(*network_, *hardware_, from, to);
  ASSERT_TRUE(moved.has_value());
  const auto weight = [&](int layer) {
    return network_->layer(static_cast<LayerId>(layer)).inputs[0];
  };
  EXPECT_THAT(
      moved->moves,
      ElementsAre(Migration::Move{weight(4), kOfQ, kOfP}, Migration::Move{weight(5), kOfQ, kOfP},
                  Migration::Move{weight(2), kOfP, kOfQ}, Migration::Move{weight(3), kOfP, kOfQ}));
  EXPECT_EQ(moved->total, Bytes{4'000});
  EXPECT_EQ(moved->cost, 4us);  // 1000 B each at 1 B/ns
  EXPECT_TRUE(migration(*network_, *hardware_, from, from)->moves.empty());
}

TEST(Migration, AWeightThatIsThereForAnotherLayerDoesNotMove) {
  test::Machine machine;
  machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000}));
  machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000}));
  machine.link("link", kOfP, kOfQ, Bandwidth{1'000'000'000});
  const Hardware hardware = machine.build();
  test::Graph graph;
  const TensorId shared = graph.weight("w", Bytes{500});
  graph.layer("a", {shared}, Bytes{1});
  graph.layer("b", {shared}, Bytes{1});
  const Network network = graph.build();
  const Plan both = test::plan_of(network, hardware, {{0}, {1}});
  const Plan one = test::plan_of(network, hardware, {{0, 1}, {}});
  EXPECT_TRUE(migration(network, hardware, both, one)->moves.empty());
  EXPECT_EQ(migration(network, hardware, one, both)->cost, 500ns);
}

}  // namespace
}  // namespace partita
