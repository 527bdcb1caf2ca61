#include "exec/exam/time_shares.h"

#include <gtest/gtest.h>

#include "tests/exec/exam/exam_case.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

class TimeSharesTest : public testing::Test {
 protected:
  TimeSharesTest() {
    test::Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{800'000});
    graph.output(graph.layer("b", {a}, Bytes{1}));
    net_.emplace(graph.build());
    plan_.emplace(test::plan_of(*net_, hardware_, {{0}, {1}}));
  }
  double sum(const TimeShares& s) const { return s.compute + s.copies + s.overhead + s.waiting; }

  const Hardware hardware_ = HardwareBuilder::build(test_case::machine());
  const CostTable table_ = test::costs_of({{100us, 200us}, {100us, 200us}});
  std::optional<Network> net_;
  std::optional<Plan> plan_;
};

// a: 5 us launch and 100 us; two legs of 2 us and 800,000 B at 8 GB/s = 100 us; b: 5 + 200 us.
TEST_F(TimeSharesTest, OfAPredictionAddUpToTheMakespan) {
  Evaluator evaluator(*net_, hardware_, table_);
  const Timeline predicted = evaluator.run(*plan_);
  const TimeShares shares = shares_of({predicted, *net_, hardware_, *plan_, table_});
  EXPECT_NEAR(shares.compute, 300e-6, 1e-12);
  EXPECT_NEAR(shares.overhead, 10e-6, 1e-12);
  EXPECT_NEAR(shares.copies, 204e-6, 1e-12);
  EXPECT_NEAR(shares.waiting, 0, 1e-12);
  EXPECT_NEAR(sum(shares), seconds(predicted.makespan), 1e-12);
}

// Measured: layers without overhead, and b begins 12 us after its operand came. 5 us of that are
// what the machine knows as launch overhead.
TEST_F(TimeSharesTest, OfAMeasurementCallGapsOverheadAndWaiting) {
  Evaluator evaluator(*net_, hardware_, table_);
  Timeline measured = evaluator.run(*plan_);
  measured.origin = Origin::Measured;
  const Time came = measured.legs.back().finish;
  measured.layers[LayerId{0}].start = 5us;
  measured.layers[LayerId{1}].start = came + 12us;
  measured.layers[LayerId{1}].finish = came + 212us;
  measured.makespan = came + 212us;
  const TimeShares shares = shares_of({measured, *net_, hardware_, *plan_, table_});
  EXPECT_NEAR(shares.compute, 300e-6, 1e-12);
  EXPECT_NEAR(shares.copies, 204e-6, 1e-12);
  EXPECT_NEAR(shares.overhead, 10e-6, 1e-12);
  EXPECT_NEAR(shares.waiting, 7e-6, 1e-12);
  EXPECT_NEAR(sum(shares), seconds(measured.makespan), 1e-12);
}

// An engine begins 3 us after the data were there: until somebody has told it.
TEST_F(TimeSharesTest, UntilAnEngineBeginsIsPartOfTheCopy) {
  HardwareParts parts = test_case::machine();
  EngineSpec engine;
  engine.name = "in1";
  engine.memory = parts.processors[ProcessorId{1}].memory;
  engine.direction = Direction::In;
  parts.engines.push_back(engine);
  const Hardware hardware = HardwareBuilder::build(std::move(parts));
  const Plan plan = test::plan_of(*net_, hardware, {{0}, {1}});
  Evaluator evaluator(*net_, hardware, table_);
  Timeline measured = evaluator.run(plan);
  measured.origin = Origin::Measured;
  LegSpan& leg = measured.legs.back();
  ASSERT_TRUE(leg.engine);
  measured.layers[LayerId{0}].start = 5us;
  leg.start += 3us, leg.data += 3us, leg.finish += 3us;
  measured.layers[LayerId{1}].start = leg.finish + 5us;
  measured.layers[LayerId{1}].finish = leg.finish + 205us;
  measured.makespan = leg.finish + 205us;
  const TimeShares shares = shares_of({measured, *net_, hardware, plan, table_});
  EXPECT_NEAR(shares.waiting, 0, 1e-12);
  EXPECT_NEAR(shares.overhead, 10e-6, 1e-12);
  EXPECT_NEAR(shares.copies, seconds(measured.makespan) - 310e-6, 1e-12);
}

}  // namespace
}  // namespace partita::exec
