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

// By the cap of its instruction set; a processor that is only described is no core.
TEST(DeviceFeatures, ACoreHasTheLanesOfItsInstructionSet) {
  test::Machine m;
  const MemoryId memory = m.memory("memory", Bandwidth{100'000'000'000});
  const ProcessorId described = m.processor("described", memory);
  const auto core = [&](const std::string& isa) {
    const ProcessorId made = m.processor("core " + isa, memory);
    m.parts.processors[made].execution = ExecutionSpec{};
    m.parts.processors[made].execution->isa = isa;
    return made;
  };
  const ProcessorId wide = core("avx512_core_bf16"), avx = core("avx2"), old = core("sse41");
  const Hardware hardware = m.build();
  EXPECT_FALSE(device_features(hardware, described).is_core());
  EXPECT_EQ(device_features(hardware, wide).lanes, 16);
  EXPECT_EQ(device_features(hardware, avx).lanes, 8);
  EXPECT_EQ(device_features(hardware, old).lanes, 4);
}

}  // namespace
}  // namespace partita::learn
