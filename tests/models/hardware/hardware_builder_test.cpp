#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/models/hardware/small_machine.h"

namespace partita {
namespace {

using test::crossbar;
using test::engine;
using test::link;
using test::memory;
using test::two_processors;
using ::testing::HasSubstr;

constexpr ProcessorId kP0{0};
constexpr MemoryId kM0{0}, kM1{1};

std::string mistakes(HardwareParts parts) {
  Diagnostics diagnostics;
  const auto hardware = HardwareBuilder::build(std::move(parts), diagnostics);
  EXPECT_EQ(hardware.has_value(), diagnostics.empty());
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.found()) text += diagnostic.message + "\n";
  return text;
}

TEST(HardwareBuilder, AcceptsAPlainMachine) {
  HardwareParts parts = two_processors();
  parts.host = kM1;
  parts.links = {link("wire", kM0, kM1, 1ns)};
  EXPECT_EQ(mistakes(parts), "");
  const Hardware hardware = HardwareBuilder::build(parts);
  EXPECT_EQ(hardware.processor_named("p1"), ProcessorId{1});
  EXPECT_EQ(hardware.processor_named("p2"), std::nullopt);
  EXPECT_EQ(hardware.memory_named("m0"), kM0);
  EXPECT_EQ(hardware.host(), kM1);
}

TEST(HardwareBuilder, NothingIsNoMachine) {
  EXPECT_EQ(mistakes({}),
            "a machine needs at least one processor\na machine needs at least one memory\n");
}

TEST(HardwareBuilder, NamesAreUniqueWhereTheyCouldBeConfused) {
  HardwareParts parts = two_processors();
  parts.processors[kP0].name = "p1";
  EXPECT_EQ(mistakes(parts), "the name 'p1' is taken\n");

  parts = two_processors();
  parts.links = {link("m0", kM0, kM1, 1ns)};
  EXPECT_EQ(mistakes(parts), "the name 'm0' is taken\n");

  parts = two_processors();
  parts.processors[kP0].name = "m0";  // a processor and its memory may be called alike
  EXPECT_EQ(mistakes(parts), "");

  parts.processors[kP0].name = "a>b";
  EXPECT_EQ(mistakes(parts), "the name 'a>b' holds < or > or an unprintable character\n");
  parts.processors[kP0].name = "";
  EXPECT_EQ(mistakes(parts), "an empty name\n");
}

TEST(HardwareBuilder, RatesAndCapacitiesArePositive) {
  HardwareParts parts = two_processors();
  parts.memories[kM0].capacity = Bytes{0};
  parts.memories[kM1].bandwidth = Bandwidth{-1};
  parts.processors[kP0].peak[0] = FlopRate{0};
  parts.links = {link("wire", kM0, kM1, Time{-1})};
  parts.links[LinkId{0}].bandwidth = Bandwidth{0};
  EXPECT_EQ(mistakes(parts),
            "processor 'p0': peak of f32 must be above 0\n"
            "memory 'm0': capacity must be above 0\n"
            "memory 'm1': bandwidth must be above 0\n"
            "link 'wire': bandwidth must be above 0\n"
            "link 'wire': latency is negative\n");
}

TEST(HardwareBuilder, RatiosAreInTheirRange) {
  HardwareParts parts = two_processors();
  ProcessorSpec& p0 = parts.processors[kP0];
  p0.efficiency[0] = 1.5;
  p0.efficiency[1] = std::numeric_limits<double>::quiet_NaN();
  p0.bandwidth_efficiency = 0;
  p0.time_scale = 0;
  p0.streams = 0;
  p0.idle = Power{2};
  p0.active = Power{1};
  p0.peak.fill(std::nullopt);
  parts.packages = {{"soc", 0.5, {}}};
  EXPECT_EQ(mistakes(parts),
            "processor 'p0' has no peak rate of any data type\n"
            "processor 'p0': efficiency of conv is 1.5, and must be above 0 and at most 1\n"
            "processor 'p0': efficiency of matmul is nan, and must be above 0 and at most 1\n"
            "processor 'p0': bandwidth_efficiency is 0, and must be above 0 and at most 1\n"
            "processor 'p0': time_scale is 0, and must be above 0\n"
            "processor 'p0': streams is 0, and must be at least 1\n"
            "processor 'p0': active power 1 mW is below idle power 2 mW\n"
            "package 'soc': slowdown is 0.5, and must be at least 1\n");
}

TEST(HardwareBuilder, ReferencesResolve) {
  HardwareParts parts = two_processors();
  constexpr MemoryId kNoMemory{9};
  parts.processors[kP0].memory = kNoMemory;
  parts.processors[kP0].package = 3;
  parts.memories[kM0].part_of = kNoMemory;
  parts.engines = {engine("dma", kNoMemory, Direction::Out)};
  parts.links = {link("wire", kM0, SwitchId{4}, 1ns), link("loop", kM1, kM1, 1ns)};
  parts.switches = {crossbar("s", 1ns)};
  parts.switches[SwitchId{0}].upstream = LinkId{7};
  parts.host = kNoMemory;
  EXPECT_EQ(mistakes(parts),
            "processor 'p0' sits on a memory that does not exist\n"
            "processor 'p0' belongs to a package that does not exist\n"
            "memory 'm0' is a part of a memory that does not exist\n"
            "DMA engine 'dma' stands beside a memory that does not exist\n"
            "link 'wire' ends at something that does not exist\n"
            "link 'loop' joins a thing to itself\n"
            "switch 's': the upstream link does not exist\n"
            "the host is a memory that does not exist\n");
}

TEST(HardwareBuilder, AnUnresolvedReferenceNeedsSomebodyWhoReportedIt) {
  HardwareParts parts = two_processors();
  parts.processors[kP0].memory = kUnresolved<MemoryId>;
  EXPECT_EQ(mistakes(parts), "processor 'p0' sits on a memory that does not exist\n");
}

TEST(HardwareBuilder, PartsFitIntoTheirWholeAndFormNoCircle) {
  HardwareParts parts = two_processors();
  parts.memories.push_back(memory("whole"));
  parts.memories[MemoryId{2}].capacity = Bytes{10};
  parts.memories[kM0].capacity = Bytes{6};
  parts.memories[kM1].capacity = Bytes{4};
  parts.memories[kM0].part_of = parts.memories[kM1].part_of = MemoryId{2};
  EXPECT_EQ(mistakes(parts), "");
  parts.memories[kM1].capacity = Bytes{5};
  EXPECT_EQ(mistakes(parts), "the parts of memory 'whole' have 11 B, more than its 10 B\n");

  parts = two_processors();
  parts.memories[kM0].part_of = kM1;
  parts.memories[kM1].part_of = kM0;
  EXPECT_EQ(mistakes(parts), "memory 'm0' is a part of itself\nmemory 'm1' is a part of itself\n");
}

TEST(HardwareBuilder, TheUpstreamLinkEndsAtItsSwitch) {
  HardwareParts parts = two_processors();
  parts.switches = {crossbar("s", 1ns)};
  parts.links = {link("wire", kM0, kM1, 1ns), link("up", SwitchId{0}, kM1, 1ns)};
  parts.switches[SwitchId{0}].upstream = LinkId{0};
  EXPECT_EQ(mistakes(parts), "switch 's': the upstream link 'wire' does not end at it\n");
  parts.switches[SwitchId{0}].upstream = LinkId{1};
  EXPECT_EQ(mistakes(parts), "");
  parts.switches[SwitchId{0}].upstream.reset();
  parts.switches[SwitchId{0}].peer_to_peer = false;
  EXPECT_THAT(mistakes(parts), HasSubstr("needs an upstream link"));
}

}  // namespace
}  // namespace partita
