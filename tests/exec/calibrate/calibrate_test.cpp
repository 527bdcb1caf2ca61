#include "exec/calibrate/calibrate.h"

#include <gmock/gmock.h>

#include "exec/calibrate/makespan_fit.h"
#include "models/evaluate/evaluate.h"
#include "tests/support/diamonds.h"
#include "tests/support/random_cases.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

// Two processors that copy by themselves through a shared memory, as on one computer.
Hardware machine(Time overhead, Time setup, Bandwidth link, double slowdown) {
  test::Machine m;
  const MemoryId dram = m.memory("dram", Bandwidth{100'000'000'000});
  const MemoryId shared = m.part("shared", dram);
  for (const char* number : {"0", "1"}) {
    const MemoryId own = m.part(std::string{"mem"} + number, dram);
    const ProcessorId p = m.processor(std::string{"cpu"} + number, own);
    m.parts.processors[p].launch_overhead = overhead;
    m.parts.processors[p].copy_setup = setup;
    m.link(std::string{"link"} + number, own, shared, link);
  }
  m.package(slowdown, {ProcessorId{0}, ProcessorId{1}});
  return m.build();
}

CostTable costs(const Network& network) {
  CostTable table(network.layer_count(), 2);
  for (const LayerId id : network.layers()) {
    const int n = static_cast<int>(index(id));
    table.set(id, ProcessorId{0}, LayerCost{Time{(100 + 13 * (n % 7)) * 1'000'000LL}, Bytes{}});
    table.set(id, ProcessorId{1}, LayerCost{Time{(150 + 11 * (n % 5)) * 1'000'000LL}, Bytes{}});
  }
  return table;
}

// Runs of the true machine: what a replay would measure.
struct Runs {
  std::vector<Plan> plans;
  std::vector<Timeline> measured;

  Runs(const Network& net, const Hardware& truth, const CostTable& table, int count) {
    Evaluator evaluator(net, truth, table);
    for (int i = 0; i < count; ++i) {
      plans.push_back(test::random_plan(static_cast<std::uint64_t>(i + 1), net, truth));
      measured.push_back(evaluator.run(plans.back()));
    }
  }
  std::vector<Observation> range(std::size_t first, std::size_t last) const {
    std::vector<Observation> observations;
    for (std::size_t i = first; i < last; ++i) observations.push_back({plans[i], measured[i]});
    return observations;
  }
};

class CalibrateTest : public testing::Test {
 protected:
  std::vector<Subject> subject(std::vector<Observation> observations) const {
    return {{net_, table_, std::move(observations)}};
  }

  const Network net_ = test::diamonds(8);
  const CostTable table_ = costs(net_);
  const Hardware truth_ = machine(7us, 4us, Bandwidth{5'000'000'000}, 1.25);
  const Hardware guess_ = machine(0us, 0us, Bandwidth{20'000'000'000}, 1.0);
  const Runs runs_{net_, truth_, table_, 12};
};

TEST_F(CalibrateTest, FindsTheNumbersThatMadeTheMeasurements) {
  const Calibration fit = calibrate(guess_, subject(runs_.range(0, 6)));
  const ProcessorSpec& cpu0 = fit.hardware.processors()[ProcessorId{0}];
  EXPECT_NEAR(microseconds(cpu0.copy_setup), 4, 0.1);
  EXPECT_NEAR(static_cast<double>(fit.hardware.links()[LinkId{1}].bandwidth.value), 5e9, 5e7);
  EXPECT_NEAR(microseconds(cpu0.launch_overhead), 7, 1);
  EXPECT_NEAR(fit.hardware.packages().front().slowdown, 1.25, 0.03);
}

TEST_F(CalibrateTest, PredictsPlansThatItWasNotFittedOn) {
  const Calibration fit = calibrate(guess_, subject(runs_.range(0, 6)));
  const double before = makespan_error(guess_, guess_, subject(runs_.range(6, 12)));
  const double after = makespan_error(guess_, fit.hardware, subject(runs_.range(6, 12)));
  EXPECT_GT(before, 0.1);
  EXPECT_LT(after, 0.01);
}

// cpu0 runs 8 % faster than when its layers were measured, cpu1 10 % slower.
TEST_F(CalibrateTest, FindsThatClocksHaveChanged) {
  HardwareParts parts = truth_.parts();
  parts.processors[ProcessorId{0}].time_scale = 0.92;
  parts.processors[ProcessorId{1}].time_scale = 1.1;
  const Hardware truth = HardwareBuilder::build(parts);
  const Runs runs(net_, truth, rescaled(table_, guess_, truth), 12);
  const Calibration fit = calibrate(guess_, subject(runs.range(0, 6)));
  EXPECT_NEAR(fit.hardware.processors()[ProcessorId{0}].time_scale, 0.92, 0.01);
  EXPECT_NEAR(fit.hardware.processors()[ProcessorId{1}].time_scale, 1.1, 0.01);
  EXPECT_LT(makespan_error(guess_, fit.hardware, subject(runs.range(6, 12))), 0.01);
}

// Three plans whose copies were disturbed: the numbers stay where the others put them.
TEST_F(CalibrateTest, SpikesInSomeSpansDoNotSpoilTheFit) {
  Runs spiked = runs_;
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t leg = i; leg < spiked.measured[i].legs.size(); leg += 9) {
      spiked.measured[i].legs[leg].finish += 3ms;
    }
  }
  const Calibration fit = calibrate(guess_, subject(spiked.range(0, 6)));
  EXPECT_NEAR(microseconds(fit.hardware.processors()[ProcessorId{0}].copy_setup), 4, 1);
  EXPECT_NEAR(static_cast<double>(fit.hardware.links()[LinkId{1}].bandwidth.value), 5e9, 3e8);
}

// One machine for two networks: with the runs of one alone, nobody knows what the other's are like.
TEST_F(CalibrateTest, FitsOneMachineToSeveralNetworks) {
  test::Graph graph;
  TensorId last = graph.layer("first", {}, Bytes{2'000'000});
  for (int i = 0; i < 12; ++i) last = graph.layer("l" + std::to_string(i), {last}, Bytes{900'000});
  graph.output(last);
  const Network chain = graph.build();
  const CostTable chain_costs = costs(chain);
  const Runs chains(chain, truth_, chain_costs, 8);
  const Calibration fit = calibrate(
      guess_, {{net_, table_, runs_.range(0, 4)}, {chain, chain_costs, chains.range(0, 4)}});
  EXPECT_LT(makespan_error(
                guess_, fit.hardware,
                {{net_, table_, runs_.range(4, 12)}, {chain, chain_costs, chains.range(4, 8)}}),
            0.01);
}

TEST_F(CalibrateTest, ResamplesSayHowCertainANumberIs) {
  Runs noisy = runs_;
  for (std::size_t i = 0; i < noisy.measured.size(); ++i) {
    for (LegSpan& leg : noisy.measured[i].legs) leg.finish += static_cast<int>(i % 3) * 1us;
  }
  CalibrateOptions options;
  options.resamples = 12;
  const Calibration fit = calibrate(guess_, subject(noisy.range(0, 6)), options);
  const auto setup = std::find_if(fit.changes.begin(), fit.changes.end(), [](const Change& change) {
    return change.parameter == "processors.cpu0.copy_setup";
  });
  ASSERT_NE(setup, fit.changes.end());
  // Set-ups were 4 us and up to 2 us more; a fit may take a part of that for bandwidth.
  const auto low = std::get<Time>(parse_quantity<Time>(setup->low));
  const auto high = std::get<Time>(parse_quantity<Time>(setup->high));
  EXPECT_LT(low, high);
  EXPECT_GE(low, 3us);
  EXPECT_LE(high, 7us);
  // Same seed, same bytes.
  const Calibration again = calibrate(guess_, subject(noisy.range(0, 6)), options);
  for (std::size_t i = 0; i < fit.changes.size(); ++i) {
    EXPECT_EQ(fit.changes[i].low, again.changes[i].low);
    EXPECT_EQ(fit.changes[i].high, again.changes[i].high);
  }
}

// All copies are of one size: a longer set-up and a lower bandwidth look the same.
TEST_F(CalibrateTest, SaysWhatTheRunsCannotTellApart) {
  test::Graph graph;
  TensorId last = graph.layer("first", {}, Bytes{500'000});
  for (int i = 0; i < 12; ++i) last = graph.layer("l" + std::to_string(i), {last}, Bytes{500'000});
  graph.output(last);
  const Network chain = graph.build();
  const CostTable chain_costs = costs(chain);
  Runs runs(chain, truth_, chain_costs, 8);
  for (std::size_t i = 0; i < runs.measured.size(); ++i) {
    for (LegSpan& leg : runs.measured[i].legs) leg.finish += static_cast<int>(i) * 5us;
  }
  CalibrateOptions options;
  options.resamples = 20;
  const Calibration fit = calibrate(guess_, {{chain, chain_costs, runs.range(0, 8)}}, options);
  EXPECT_THAT(fit.ambiguous,
              testing::Contains(testing::Field(
                  &Ambiguity::second, testing::MatchesRegex("links\\.link[01]\\.bandwidth"))));
}

// Nothing was ever copied, and nobody worked beside another.
TEST_F(CalibrateTest, SaysWhatNoRunTells) {
  const Plan alone =
      std::get<Plan>(make_plan(net_, guess_, all_on(net_, guess_, ProcessorId{0}), "alone"));
  Evaluator evaluator(net_, truth_, table_);
  const Timeline measured = evaluator.run(alone);
  const Calibration fit = calibrate(guess_, subject({{alone, measured}}));
  EXPECT_THAT(fit.untold, testing::IsSupersetOf(
                              {"processors.cpu1.launch_overhead", "processors.cpu0.copy_setup",
                               "links.link0.bandwidth", "packages.package0.slowdown"}));
}

TEST_F(CalibrateTest, WithoutObservationsNothingChanges) {
  const Calibration fit = calibrate(guess_, subject({}));
  EXPECT_TRUE(fit.changes.empty());
}

TEST_F(CalibrateTest, TheMachineSaysWhereItsNumbersComeFrom) {
  const Calibration fit = calibrate(guess_, subject(runs_.range(0, 6)));
  ASSERT_TRUE(fit.hardware.calibrated());
  EXPECT_EQ(fit.hardware.calibrated()->from, "replays of 6 plans of graph");
  ASSERT_EQ(fit.hardware.calibrated()->numbers.size(), fit.changes.size());
  EXPECT_EQ(fit.hardware.calibrated()->numbers[0].name, fit.changes[0].parameter);
  EXPECT_FALSE(calibrate(guess_, {}).hardware.calibrated());
}

TEST_F(CalibrateTest, SaysWhatItChanged) {
  const Calibration fit = calibrate(guess_, subject(runs_.range(0, 6)));
  std::vector<std::string> names;
  for (const Change& change : fit.changes) names.push_back(change.parameter);
  EXPECT_THAT(
      names, testing::IsSupersetOf({"processors.cpu0.launch_overhead", "processors.cpu1.copy_setup",
                                    "links.link0.bandwidth"}));
}

// Predicted 110 and 80 of measured 100 each: (10 % + 20 %) / 2.
// Two devices that engines copy for, through the host's memory.
Hardware machine_of_devices(Time setup, Time completion) {
  test::Machine m;
  const MemoryId dram = m.memory("dram", Bandwidth{100'000'000'000});
  for (const char* number : {"0", "1"}) {
    const MemoryId own = m.memory(std::string{"hbm"} + number, Bandwidth{500'000'000'000});
    const ProcessorId p = m.processor(std::string{"gpu"} + number, own);
    m.parts.processors[p].launch_overhead = 2us;
    m.link(std::string{"link"} + number, own, dram, Bandwidth{20'000'000'000});
    for (const Direction direction : {Direction::In, Direction::Out}) {
      EngineSpec engine;
      engine.name = std::string{direction == Direction::In ? "in" : "out"} + number;
      engine.memory = own;
      engine.direction = direction;
      engine.setup = setup;
      engine.completion = direction == Direction::In ? completion : Time{0};
      m.parts.engines.push_back(engine);
    }
  }
  return m.build();
}

// Who replays sees a copy start when its engine has been told, 3 us after it could have, and end with
// its last byte, 5 us before anybody knows: neither is lost.
TEST(CalibrateDevices, WaitsOfEnginesAreTheirSetUpsAndCompletions) {
  const Network net = test::diamonds(8);
  const CostTable table = costs(net);
  const Hardware truth = machine_of_devices(4us, 5us), guess = machine_of_devices(0us, 0us);
  Runs runs(net, truth, table, 10);
  for (Timeline& timeline : runs.measured) {
    for (LegSpan& leg : timeline.legs) {
      if (!leg.engine) continue;
      leg.finish -= truth.engines()[*leg.engine].completion;
      leg.start += 3us;
    }
  }
  const Calibration fit = calibrate(guess, {{net, table, runs.range(0, 6)}});
  for (const EngineSpec& engine : fit.hardware.engines()) {
    EXPECT_NEAR(microseconds(engine.setup), 4, 0.3) << engine.name;
    EXPECT_NEAR(microseconds(engine.completion), engine.direction == Direction::In ? 5 : 0, 0.3)
        << engine.name;
  }
  EXPECT_LT(makespan_error(guess, fit.hardware, {{net, table, runs.range(6, 10)}}), 0.01);
}

TEST(MakespanError, IsTheMeanRelativeDeviation) {
  test::Machine m;
  m.processor("p", m.memory("m", Bandwidth{1'000'000'000}));
  const Hardware hardware = m.build();
  test::Graph graph;
  graph.output(graph.layer("only", {}, Bytes{1}));
  const Network net = graph.build();
  const Plan plan = test::plan_of(net, hardware, {{0}});
  const CostTable table = test::costs_of({{110us}});
  Evaluator evaluator(net, hardware, table);
  Timeline measured = evaluator.run(plan);
  Timeline longer = measured;
  measured.makespan = 100us;
  longer.makespan = 137500ns;  // 110 / 137.5 = 0.8
  EXPECT_NEAR(
      makespan_error(hardware, hardware, {{net, table, {{plan, measured}, {plan, longer}}}}), 0.15,
      1e-9);
}

}  // namespace
}  // namespace partita::exec
