// What runs say, of runs whose times were made up.
#include "exec/profile/readings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/exec/replay/fakes.h"

namespace partita::exec {
namespace {

class ReadingsTest : public testing::Test {
 protected:
  ReadingsTest()
      : part_(*distinct_part({&network_}, [](const auto&, const auto&) { return false; })) {}

  Plan on(const Network& network, const Hardware& hardware, ProcessorId processor) const {
    return plan_on(network, hardware, processor);
  }
  // Layer i from 10 i to 10 i + 8 us, on the processor that the plan says.
  static RunResult steady(const Plan& plan, std::size_t layers) {
    RunResult run;
    for (std::uint32_t i = 0; i < layers; ++i) {
      run.timeline.layers.push_back({plan.processor(LayerId{i}), 0, i * 10us, i * 10us + 8us});
      run.layer_clean.push_back(true);
    }
    run.timeline.makespan = run.timeline.layers[LayerId(layers - 1)].finish;
    return run;
  }
  static const Reading& find(const std::vector<Reading>& readings, const std::string& signature) {
    for (const Reading& each : readings) {
      if (each.row.signature == signature) return each;
    }
    throw std::logic_error("no reading of " + signature);
  }

  const Network network_ = branched_cnn();
  const DistinctPart part_;
  const Hardware hardware_ = workers(2);
  const ProcessorId cpu0_{0}, cpu1_{1};
};

TEST_F(ReadingsTest, LayersSubgraphsAndWhatLiesBetween) {
  const Plan plan = on(network_, hardware_, cpu1_);
  RunResult run = steady(plan, network_.layer_count());
  run.layer_clean[LayerId{1}] = false;
  const auto readings = layer_readings(part_, hardware_, plan, run, cpu1_);
  // 15 layers, 3 subgraphs, 14 times what is between two layers.
  EXPECT_EQ(readings.size(), 15u + 3 + 14);
  for (const Reading& each : readings) EXPECT_EQ(each.row.processor, "cpu1");
  const Reading& layer = find(readings, network_.signature(LayerId{4}));
  EXPECT_EQ(layer.row.kind, "layer");
  EXPECT_EQ(layer.time, 8us);
  EXPECT_TRUE(layer.clean);
  EXPECT_FALSE(find(readings, network_.signature(LayerId{1})).clean);
  // From 0 to 28 us, with an unclean layer in it; from 40 us to 88 us, with none.
  EXPECT_EQ(find(readings, part_.subgraphs[0].row.signature).time, 28us);
  EXPECT_FALSE(find(readings, part_.subgraphs[0].row.signature).clean);
  EXPECT_EQ(find(readings, part_.subgraphs[1].row.signature).time, 48us);
  EXPECT_TRUE(find(readings, part_.subgraphs[1].row.signature).clean);
  EXPECT_EQ(find(readings, "launch").time, 2us);
  EXPECT_EQ(find(readings, "launch").row.kind, "overhead");
}

TEST_F(ReadingsTest, NothingOfAProcessorThatRanNoLayer) {
  const Plan plan = on(network_, hardware_, cpu1_);
  const RunResult run = steady(plan, network_.layer_count());
  EXPECT_TRUE(layer_readings(part_, hardware_, plan, run, cpu0_).empty());
}

// Engines of a device copy for the processor that they stand beside.
TEST_F(ReadingsTest, CopiesBelongToWhoMadeThem) {
  const Stage stage = copy_after_copy({Bytes{4096}});
  for (const Hardware& hardware : {workers(2), fakes(2, "")}) {
    const Plan plan = std::get<Plan>(
        make_plan(stage.network, hardware, stage.seated({cpu0_, cpu1_}, hardware), "test"));
    const Transfer& transfer = plan.transfers()[0];
    RunResult run;
    for (std::uint32_t leg = 0; leg < 2; ++leg) {
      const Leg& way = (*hardware.route(transfer.src, transfer.dst))[leg];
      LegSpan span{0,       leg,        way.engine, std::nullopt,
                   Time{0}, leg * 10us, leg * 10us, leg * 10us + 5us + leg * 1us};
      if (!way.engine) span.copier = leg == 0 ? cpu0_ : cpu1_;
      run.timeline.legs.push_back(span);
      run.leg_clean.push_back(leg == 0);
    }
    const auto readings = copy_readings(stage.network, hardware, plan, run);
    ASSERT_EQ(readings.size(), 2u);
    EXPECT_EQ(readings[0].row.kind, "copy");
    EXPECT_EQ(readings[0].row.signature, "mem0>shared");
    EXPECT_EQ(readings[0].row.processor, "cpu0");
    EXPECT_EQ(readings[0].row.size, Bytes{4096});
    EXPECT_EQ(readings[0].time, 5us);
    EXPECT_TRUE(readings[0].clean);
    EXPECT_EQ(readings[1].row.signature, "shared>mem1");
    EXPECT_EQ(readings[1].row.processor, "cpu1");
    EXPECT_EQ(readings[1].time, 6us);
    EXPECT_FALSE(readings[1].clean);
  }
}

// Out of mem0 from 0 to 100 us; out of mem1 from 25 us to 125 us: each is beside the other for 75 us
// of its 100. A microsecond later it is not.
TEST_F(ReadingsTest, CopiesAtOnceAreThoseThatMostlyAre) {
  const Stage stage = copies_at_once(2, {Bytes{4096}});
  const Plan plan = std::get<Plan>(
      make_plan(stage.network, hardware_, stage.seated({cpu0_, cpu1_}, hardware_), "test"));
  ASSERT_EQ(plan.transfers().size(), 2u);
  const auto run_with = [&](Time second) {
    RunResult run;
    for (std::uint32_t i = 0; i < 2; ++i) {
      const Time start = i == 0 ? Time{0} : second;
      run.timeline.legs.push_back(
          {i, 0, std::nullopt, ProcessorId{i}, start, start, start, start + 100us});
      run.leg_clean.push_back(true);
    }
    return copies_readings(stage.network, hardware_, plan, run, 2);
  };
  const auto together = run_with(25us);
  ASSERT_EQ(together.size(), 2u);
  EXPECT_EQ(together[0].row.kind, "copies");
  EXPECT_EQ(together[0].row.level, 2);
  EXPECT_EQ(together[0].time, 100us);
  EXPECT_TRUE(run_with(26us).empty());
}

// The first processor runs layer i from 10 i to 10 i + 10 us, the second twice as fast: it is done
// with all 15 after 75 us, so layers 0 to 6 of the first were never alone, and of layer 7, from
// 70 us to 80 us, half was.
TEST_F(ReadingsTest, LayersInterfereWhileTheOtherStillWorks) {
  const std::size_t layers = network_.layer_count();
  RunResult run;
  for (std::uint32_t i = 0; i < layers; ++i) {
    run.timeline.layers.push_back({cpu0_, 0, i * 10us, i * 10us + 10us});
  }
  for (std::uint32_t i = 0; i < layers; ++i) {
    run.timeline.layers.push_back({cpu1_, 0, i * 5us, i * 5us + 5us});
  }
  run.layer_clean.assign(2 * layers, true);
  const auto readings = interference_readings(part_, hardware_, {cpu0_, cpu1_}, run);
  std::map<std::string, int> count;
  for (const Reading& each : readings) {
    EXPECT_EQ(each.row.kind, "interference");
    EXPECT_EQ(each.row.level, 2);
    EXPECT_EQ(each.row.with, each.row.processor == "cpu0" ? "cpu1" : "cpu0");
    ++count[each.row.processor];
  }
  EXPECT_EQ(count["cpu0"], 7);
  EXPECT_EQ(count["cpu1"], 15);
}

// A layer that its processor has no kernel for runs elsewhere: it says nothing about either.
TEST_F(ReadingsTest, LayersThatHadToMoveDoNotCount) {
  const std::size_t layers = network_.layer_count();
  RunResult run;
  for (std::size_t i = 0; i < 2 * layers; ++i) {
    const Time start = static_cast<int>(i % layers) * 10us;
    run.timeline.layers.push_back({i < layers ? cpu0_ : cpu1_, 0, start, start + 10us});
  }
  run.layer_clean.assign(2 * layers, true);
  run.timeline.layers[LayerId{4}].processor = cpu1_;
  const auto readings = interference_readings(part_, hardware_, {cpu0_, cpu1_}, run);
  // The moved one, and the one of the other processor that nobody was beside.
  EXPECT_EQ(readings.size(), 2 * layers - 2);
}

// Layers of 2 us from 3 us on, 1 us apart; the run takes 50 us in all, of which 26 - 0 for its plan:
// the last of 8 layers ends at 3 + 8 * 3 - 1 = 26 us.
TEST_F(ReadingsTest, Overheads) {
  const Stage stage = tiny_layers(8);
  const Plan plan = on(stage.network, hardware_, cpu0_);
  RunResult run;
  for (std::uint32_t i = 0; i < 8; ++i) {
    run.timeline.layers.push_back({cpu0_, 0, 3us + i * 3us, 5us + i * 3us});
  }
  run.timeline.makespan = 26us;
  run.layer_clean.assign(8, true);
  const auto readings = overhead_readings(hardware_, plan, run, cpu0_, 50us);
  EXPECT_EQ(readings.size(), 8u + 2);
  EXPECT_EQ(find(readings, "tiny layer").time, 2us);
  EXPECT_EQ(find(readings, "start").time, 3us);
  EXPECT_EQ(find(readings, "run").time, 24us);
}

}  // namespace
}  // namespace partita::exec
