#include "exec/runtime/others_on_cores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "tests/support/machine.h"

namespace partita::exec {
namespace {

// Pinned to cores 0 and 1; the third processor is not pinned.
Hardware three() {
  test::Machine machine;
  for (int i = 0; i < 3; ++i) {
    const ProcessorId p = machine.processor(
        "p" + std::to_string(i), machine.memory("m" + std::to_string(i), Bandwidth{1'000'000'000}));
    ExecutionSpec execution;
    if (i < 2) execution.core = i;
    machine.parts.processors[p].execution = execution;
  }
  for (std::uint32_t i = 0; i < 2; ++i) {
    machine.link("l" + std::to_string(i), MemoryId{i}, MemoryId{i + 1}, Bandwidth{1'000'000'000});
  }
  return machine.build();
}

constexpr Time kLong{std::chrono::seconds(100)};  // that what was before is forgotten

HostLoad busy(double first, double second) {
  HostLoad load;
  load.busy = {{0, first}, {1, second}};
  return load;
}

// Two workers of p0 want core 0 for 0.3 + 0.1 of the time and have it for 0.2 + 0.1: others have a
// quarter of what they want. The worker of p1 never waits, whatever else its core does meanwhile.
TEST(OthersOnCores, AreWhomWorkersWaitFor) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  HostLoad load = busy(0.9, 0.9);
  load.workers = {
      {ProcessorId{0}, 11, 0.2, 0.1}, {ProcessorId{0}, 12, 0.1, 0.1}, {ProcessorId{1}, 13, 0.3, 0}};
  const std::vector<LoadReading> told = others.look(load, kLong);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].processor, ProcessorId{0});
  EXPECT_NEAR(told[0].share, 0.4, 1e-9);
}

// Who waited for two others knows of more than is seen of a core that they keep busy by themselves.
TEST(OthersOnCores, AreRememberedWhileNobodyWantsTheirCore) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  HostLoad load = busy(1, 0);
  EXPECT_NEAR(others.look(load, kLong).at(0).share, 0.5, 1e-9);  // one other, as far as is known
  load.workers = {{ProcessorId{0}, 11, 0.2, 0.4}};
  EXPECT_NEAR(others.look(load, kLong).at(0).share, 2.0 / 3, 1e-9);
  load.workers = {{ProcessorId{0}, 11, 0, 0}};
  EXPECT_TRUE(others.look(load, kLong).empty());
  const std::vector<LoadReading> gone = others.look(busy(0.1, 0), kLong);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].share, 0);
}

// Two thirds of what is wanted are waited for, for a second; then, for a tenth of one, nothing: who has slept
// is let in at once. Half a second of that, and the others are gone.
TEST(OthersOnCores, AreThereStillWhenOneIsLetInAfterASleep) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  HostLoad load = busy(1, 0);
  load.workers = {{ProcessorId{0}, 11, 0.2, 0.4}};
  double told = 0;
  const auto look = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (const LoadReading& each : others.look(load, 20ms)) told = each.share;
    }
  };
  look(50);
  EXPECT_NEAR(told, 2.0 / 3, 0.1);
  load.workers = {{ProcessorId{0}, 11, 0.6, 0}};
  look(5);
  EXPECT_GT(told, 0.45);
  look(20);
  EXPECT_EQ(told, 0);
}

// One look of 20 ms says little: 1 - exp(-0.02 / 0.5) = 0.039 of it counts. 11 of them are 0.36, of
// a core that is always busy, of which others would leave half.
TEST(OthersOnCores, AreBelievedAfterAWhile) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  int looks = 0;
  std::vector<LoadReading> told;
  while (told.empty() && looks < 100) {
    told = others.look(busy(1, 0), 20ms);
    ++looks;
  }
  EXPECT_EQ(looks, static_cast<int>(std::ceil(std::log(1 - OthersOnCores::kLeast) / -0.04)));
  EXPECT_NEAR(told.at(0).share, OthersOnCores::kLeast / 2, 0.02);
}

TEST(OthersOnCores, AreNobodyBelowAQuarterAndToldWhenTheyGo) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  EXPECT_TRUE(others.look(busy(0.2, 0.2), kLong).empty());
  EXPECT_EQ(others.look(busy(0.8, 0.2), kLong).size(), 1u);
  EXPECT_TRUE(others.look(busy(0.7, 0.2), kLong).empty());  // hardly another share
  const std::vector<LoadReading> gone = others.look(busy(0.2, 0.2), kLong);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].share, 0);
}

}  // namespace
}  // namespace partita::exec
