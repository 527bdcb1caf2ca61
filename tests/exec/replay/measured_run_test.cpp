// What makes a run unclean.
#include "exec/replay/measured_run.h"

#include <gtest/gtest.h>

#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

class MeasuredRunTest : public testing::Test {
 protected:
  const Network network_ = branched_cnn();
  const Hardware hardware_ = workers(1);
  const Plan plan_ = plan_on(network_, hardware_, ProcessorId{0});

  // Layers of 100 us one after another, all on the first worker, each with its core to itself.
  std::vector<Record> quiet() const {
    std::vector<Record> records;
    for (const LayerId layer : network_.layers()) {
      const auto i = static_cast<std::int64_t>(index(layer));
      records.push_back({Record::Kind::Layer, static_cast<std::uint32_t>(i), 0, 0, i * 100'000,
                         i * 100'000 + 99'000, 99'000, 0});
    }
    return records;
  }
  RunResult run(const std::vector<Record>& records, bool shared = false) const {
    return measured_run(network_, hardware_, plan_, {{records}}, shared);
  }
};

TEST_F(MeasuredRunTest, AQuietRunIsClean) {
  const RunResult result = run(quiet());
  EXPECT_TRUE(result.clean);
  EXPECT_EQ(result.disturbance, "");
  // The last of n layers starts at (n - 1) * 100 us and takes 99 us.
  const auto n = static_cast<std::int64_t>(network_.layer_count());
  EXPECT_EQ(result.timeline.makespan, Time(std::chrono::nanoseconds(n * 100'000 - 1'000)));
  EXPECT_EQ(result.timeline.layers[LayerId{2}].start, 200us);
  EXPECT_EQ(result.cpu[LayerId{2}], 99us);
}

TEST_F(MeasuredRunTest, AnInvoluntarySwitchMakesALayerUnclean) {
  auto records = quiet();
  records[4].switches = 1;
  const RunResult result = run(records);
  EXPECT_FALSE(result.layer_clean[LayerId{4}]);
  EXPECT_TRUE(result.layer_clean[LayerId{5}]);
  // It lost no time by it, so the run as a whole is as good as without.
  EXPECT_TRUE(result.clean);
  // On a shared core switches are no disturbance from outside.
  EXPECT_TRUE(run(records, true).layer_clean[LayerId{4}]);
}

// 99 us of wall clock less 3 us for reading clocks: clean with 96 / 1.05 = 91.4 us of CPU time,
// unclean below.
TEST_F(MeasuredRunTest, LackOfCpuTimeMakesALayerUnclean) {
  auto records = quiet();
  records[4].cpu = 91'500;
  EXPECT_TRUE(run(records).layer_clean[LayerId{4}]);
  records[4].cpu = 91'300;
  EXPECT_FALSE(run(records).layer_clean[LayerId{4}]);
  EXPECT_TRUE(run(records, true).layer_clean[LayerId{4}]);
}

// n layers end at (n * 100 - 1) us, 1 % of which may be lost; of what a layer lacks 3 us are for
// reading clocks.
TEST_F(MeasuredRunTest, MoreThanAHundredthOfTheMakespanLostMakesARunUnclean) {
  const auto n = static_cast<std::int64_t>(network_.layer_count());
  const std::int64_t allowed = (n * 100'000 - 1'000) / 100;
  auto records = quiet();
  records[4].cpu = 99'000 - 3'000 - allowed;
  EXPECT_TRUE(run(records).clean);
  records[5].cpu = 99'000 - 3'000 - 1'000;
  const RunResult result = run(records);
  EXPECT_FALSE(result.clean);
  EXPECT_EQ(result.cause, Disturbance::LostTime);
  EXPECT_NE(result.disturbance.find("cpu0 lost"), std::string::npos);
  EXPECT_NE(result.disturbance.find(network_.layer(LayerId{4}).name), std::string::npos);
  EXPECT_TRUE(run(records, true).clean);
}

// 10,000 ns before the run are 2 % more than 9,804 ns after it, and 2 % less than 10,204 ns.
TEST_F(MeasuredRunTest, AnotherClockMakesARunUnclean) {
  const auto with_chain = [&](std::int64_t after) {
    return measured_run(network_, hardware_, plan_, {{quiet(), 0, 10'000, after}}, false);
  };
  EXPECT_TRUE(with_chain(9'805).clean);
  EXPECT_TRUE(with_chain(10'203).clean);
  EXPECT_EQ(with_chain(9'803).cause, Disturbance::ClockChange);
  EXPECT_EQ(with_chain(12'500).disturbance, "the clock of cpu0 changed by -20.0 %");
  EXPECT_FALSE(with_chain(12'500).clean);
}

// A worker that has nothing to do sees what has arrived within 100 us, or has been kept from
// looking.
TEST_F(MeasuredRunTest, WakingUpLateIsTimeLostToo) {
  const Hardware two = workers(2);
  IdVector<LayerId, ProcessorId> processor(network_.layer_count(), ProcessorId{1});
  processor[LayerId{0}] = ProcessorId{0};
  IdVector<LayerId, double> rank(network_.layer_count());
  for (const LayerId layer : network_.layers()) rank[layer] = static_cast<double>(index(layer));
  const Plan plan = std::get<Plan>(make_plan(network_, two, ordered_by(processor, 2, rank), "two"));
  ASSERT_EQ(plan.transfers().size(), 1u);
  const auto run_with = [&](std::int64_t seen) {
    IdVector<ProcessorId, std::vector<Record>> records(2);
    // Layer 0 until 100 us, its copy out until 110 us, seen by the other at `seen`, then the other
    // layers.
    records[ProcessorId{0}] = {{Record::Kind::Layer, 0, 0, 0, 0, 100'000, 100'000, 0},
                               {Record::Kind::Pack, 0, 0, 100'000, 100'000, 110'000, 10'000, 0}};
    auto& other = records[ProcessorId{1}];
    other.push_back({Record::Kind::Unpack, 0, 1, seen, seen, seen + 10'000, 10'000, 0});
    for (std::uint32_t i = 1; i < network_.layer_count(); ++i) {
      const std::int64_t start = seen + i * 100'000;
      other.push_back({Record::Kind::Layer, i, 0, 0, start, start + 100'000, 100'000, 0});
    }
    return measured_run(network_, two, plan, {{records[ProcessorId{0}]}, {records[ProcessorId{1}]}},
                        false);
  };
  EXPECT_TRUE(run_with(210'000).clean);
  // About 2 ms in all: 100 us too late is more than a hundredth.
  EXPECT_FALSE(run_with(310'000).clean);
}

}  // namespace
}  // namespace partita::exec
