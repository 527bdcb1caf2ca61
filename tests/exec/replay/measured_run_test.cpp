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
    return measured_run(network_, hardware_, plan_, {records}, shared);
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

TEST_F(MeasuredRunTest, AnInvoluntarySwitchMakesItUnclean) {
  auto records = quiet();
  records[4].switches = 1;
  const RunResult result = run(records);
  EXPECT_FALSE(result.clean);
  EXPECT_NE(result.disturbance.find(network_.layer(LayerId{4}).name), std::string::npos);
  EXPECT_NE(result.disturbance.find("1 involuntary switch"), std::string::npos);
  // On a shared core switches are no disturbance from outside.
  EXPECT_TRUE(run(records, true).clean);
}

// 99 us of wall clock less 3 us for reading clocks: clean with 96 / 1.05 = 91.4 us of CPU time, unclean below.
TEST_F(MeasuredRunTest, LackOfCpuTimeMakesItUnclean) {
  auto records = quiet();
  records[4].cpu = 91'500;
  EXPECT_TRUE(run(records).clean);
  records[4].cpu = 91'300;
  EXPECT_FALSE(run(records).clean);
  EXPECT_TRUE(run(records, true).clean);
}

}  // namespace
}  // namespace partita::exec
