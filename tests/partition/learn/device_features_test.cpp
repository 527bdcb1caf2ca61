#include "partition/learn/device_features.h"

#include <gtest/gtest.h>

#include "tests/support/machine.h"

namespace partita::learn {
namespace {

// Half of 100 GB/s is what a processor can draw from its part of a memory that others have parts of, too.
TEST(DeviceFeatures, APartOfAMemoryHasWhatTheProcessorDraws) {
  test::Machine m;
  const MemoryId whole = m.memory("whole", Bandwidth{100'000'000'000});
  const ProcessorId alone = m.processor("alone", whole);
  const ProcessorId sharing = m.processor("sharing", m.part("part", whole));
  for (const ProcessorId p : {alone, sharing}) m.parts.processors[p].bandwidth_efficiency = 0.5;
  const Hardware hardware = m.build();
  EXPECT_EQ(device_features(hardware, alone).bandwidth, Bandwidth{100'000'000'000});
  EXPECT_EQ(device_features(hardware, sharing).bandwidth, Bandwidth{50'000'000'000});
}

}  // namespace
}  // namespace partita::learn
