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

// Core 0 works for 0.9 of the time, of which two workers of p0 have 0.3: somebody has 0.6.
TEST(OthersOnCores, AreWhatWorkersAreNot) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  HostLoad load = busy(0.9, 0.5);
  load.workers = {
      {ProcessorId{0}, 11, 0.2, 0}, {ProcessorId{0}, 12, 0.1, 0}, {ProcessorId{1}, 13, 0.5, 0}};
  const std::vector<LoadReading> told = others.look(load, kLong);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].processor, ProcessorId{0});
  EXPECT_NEAR(told[0].share, 0.6, 1e-9);
}

// One look of 20 ms says little: 1 - exp(-0.02 / 0.5) = 0.039 of it counts. 13 of them are 0.4.
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
  EXPECT_NEAR(told.at(0).share, 0.25, 0.03);
}

TEST(OthersOnCores, AreNobodyBelowAQuarterAndToldWhenTheyGo) {
  const Hardware hardware = three();
  OthersOnCores others(hardware);
  EXPECT_TRUE(others.look(busy(0.2, 0.2), kLong).empty());
  EXPECT_EQ(others.look(busy(0.8, 0.2), kLong).size(), 1u);
  EXPECT_TRUE(others.look(busy(0.75, 0.2), kLong).empty());  // hardly another share
  const std::vector<LoadReading> gone = others.look(busy(0.2, 0.2), kLong);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].share, 0);
}

}  // namespace
}  // namespace partita::exec
