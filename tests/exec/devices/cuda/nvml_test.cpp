// Counters of a GPU, through a library that does what NVML says of itself.
#include "exec/devices/cuda/vendor/nvml.h"

#include <gtest/gtest.h>

namespace partita::exec::cuda {
namespace {

// It counts in mJ and MHz; we in uJ and kHz.
TEST(Nvml, TellsEnergyAndClockOfTheGpuAtThatPlace) {
  const Nvml nvml("0000:01:00.0", PARTITA_FAKE_NVML);
  const partita_counters first = nvml.read(), second = nvml.read();
  EXPECT_EQ(first.energy, 1'250'000u);
  EXPECT_EQ(second.energy - first.energy, 250'000u);
  EXPECT_EQ(second.clock, 1'980'000u);
}

TEST(Nvml, WhereThereIsNoneNothingIsCounted) {
  EXPECT_EQ(Nvml("0000:09:00.0", PARTITA_FAKE_NVML).read().energy, 0u);
  EXPECT_EQ(Nvml("0000:09:00.0", PARTITA_FAKE_NVML).read().clock, 0u);
  EXPECT_EQ(Nvml("0000:01:00.0", "libno-such-nvml.so.1").read().energy, 0u);
}

// Whoever starts it ends it; another one goes on.
TEST(Nvml, IsEndedByEachWhoStartedIt) {
  const Nvml stays("0000:01:00.0", PARTITA_FAKE_NVML);
  { const Nvml goes("0000:01:00.0", PARTITA_FAKE_NVML); }
  EXPECT_GT(stays.read().energy, 0u);
}

}  // namespace
}  // namespace partita::exec::cuda
