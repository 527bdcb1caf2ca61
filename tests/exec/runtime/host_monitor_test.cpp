// What the kernel counts, less what it had counted.
#include "exec/runtime/host_monitor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace partita::exec {
namespace {

class HostMonitorTest : public testing::Test {
 protected:
  HostMonitorTest() : root_(testing::TempDir() + fmt::format("proc{}", getpid())) {
    std::filesystem::create_directories(root_ + "/pressure");
  }
  ~HostMonitorTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = root_ + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void count(int user, int idle, std::int64_t stalled_us) {
    write("stat", fmt::format("cpu  9 9 9 9 9 9 9 9 9 9\n"
                              "cpu0 {} 0 0 {} 0 0 0 0 77 0\ncpu3 10 0 0 0 {} 0 0 0 0 0\nintr 5\n",
                              user, idle, idle));
    write("pressure/cpu",
          fmt::format("some avg10=46.48 avg60=76.69 avg300=47.07 total={}\nfull avg10=0.00\n",
                      stalled_us));
  }
  static std::string task(int process) {
    return fmt::format("{}/task/{}/schedstat", process, process);
  }

  const std::string root_;
};

// Core 0: 30 ticks of work and 10 idle: 3/4. Core 3: 10 ticks, all waiting for a disk. Somebody
// waited for 250 ms of 1 s. This process ran for 100 + 50 ms, and waited for 200 ms.
TEST_F(HostMonitorTest, SaysWhatHasComeSinceTheLookBefore) {
  HostMonitor monitor(root_);
  const std::vector<CrewWorker> workers{
      {ProcessorId{1}, std::make_shared<const Process>(getpid())}};
  count(100, 1000, 5'000'000);
  write(task(getpid()), "1000000000 7000 3\n");
  const HostLoad first = monitor.look(5'000'000'000, workers);
  EXPECT_TRUE(first.busy.empty());
  EXPECT_FALSE(first.pressure);
  EXPECT_TRUE(first.workers.empty());
  count(130, 1010, 5'250'000);
  write(task(getpid()), "1100000000 200007000 9\n");
  write(fmt::format("{}/task/99/schedstat", getpid()), "50000000 0 1\n");
  const HostLoad second = monitor.look(6'000'000'000, workers);
  EXPECT_DOUBLE_EQ(second.busy.at(0), 0.75);
  EXPECT_DOUBLE_EQ(second.busy.at(3), 0);
  EXPECT_EQ(second.busy.size(), 2u);
  ASSERT_TRUE(second.pressure);
  EXPECT_DOUBLE_EQ(*second.pressure, 0.25);
  ASSERT_EQ(second.workers.size(), 1u);
  EXPECT_EQ(second.workers[0].processor, ProcessorId{1});
  EXPECT_DOUBLE_EQ(second.workers[0].ran, 0.15);
  EXPECT_DOUBLE_EQ(second.workers[0].waited, 0.2);
}

// A thread has ended, and five idle ticks are taken back, while ten of work were counted.
TEST_F(HostMonitorTest, CountsThatFallHaveNotGrown) {
  HostMonitor monitor(root_);
  const std::vector<CrewWorker> workers{
      {ProcessorId{1}, std::make_shared<const Process>(getpid())}};
  count(100, 1000, 0);
  write(task(getpid()), "1000000000 7000 3\n");
  monitor.look(5'000'000'000, workers);
  count(110, 995, 0);
  write(task(getpid()), "400000000 1000 3\n");
  const HostLoad load = monitor.look(6'000'000'000, workers);
  EXPECT_DOUBLE_EQ(load.busy.at(0), 1);
  ASSERT_EQ(load.workers.size(), 1u);
  EXPECT_DOUBLE_EQ(load.workers[0].ran, 0);
  EXPECT_DOUBLE_EQ(load.workers[0].waited, 0);
}

TEST_F(HostMonitorTest, WhatTheKernelDoesNotTellIsNotKnown) {
  HostMonitor monitor(root_ + "/nowhere");
  monitor.look(1, {});
  const HostLoad load = monitor.look(1'000'000'001, {});
  EXPECT_FALSE(load.pressure);
  EXPECT_TRUE(load.busy.empty());
}

// This computer's own kernel: parts are parts.
TEST(HostMonitor, OfThisComputer) {
  HostMonitor monitor;
  monitor.look(0, {});
  usleep(50'000);
  const HostLoad load = monitor.look(50'000'000, {});
  EXPECT_FALSE(load.busy.empty());
  for (const auto& [core, busy] : load.busy) {
    EXPECT_GE(busy, 0) << core;
    EXPECT_LE(busy, 1) << core;
  }
}

}  // namespace
}  // namespace partita::exec
