#include "models/hardware/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "models/hardware/load_hardware.h"
#include "tests/models/hardware/small_machine.h"

namespace partita {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Hardware load(const std::string& text) {
  return load_hardware(Document::parse_text(text, "small.yaml"));
}

// Two accelerators below a host memory: what they send each other stops there.
constexpr const char* kStaged = R"(
host: dram
processors:
  cpu: {kind: cpu, memory: dram, peak: {f32: 100 GFLOP/s}, efficiency: 0.5, copy_setup: 1 us}
  a: {kind: npu, memory: ma, peak: {f32: 1 TFLOP/s, i8: 4 TFLOP/s}, efficiency: 0.5}
  b: {kind: npu, memory: mb, peak: {f32: 1 TFLOP/s, i8: 4 TFLOP/s}, efficiency: 0.5}
memories:
  dram: {capacity: 1 GiB, bandwidth: 50 GB/s}
  ma: {capacity: 1 MiB, bandwidth: 100 GB/s}
  mb: {capacity: 1 MiB, bandwidth: 100 GB/s}
dma_engines:
  da: {memory: ma, setup: 2 us}
links:
  la: {between: [dram, ma], bandwidth: 10 GB/s, latency: 1 us}
  lb: {between: [dram, mb], bandwidth: 5 GB/s, latency: 3 us}
)";

// 100 GFLOP/s x 0.5 / 50 GB/s = 1; 1 TFLOP/s x 0.5 / 100 GB/s = 5; int8 four times that.
TEST(Describe, TheBalancePointIsRateOverBandwidth) {
  const Hardware machine = load(kStaged);
  const auto balance = [&](unsigned processor, DataType type) {
    return balance_point(machine, ProcessorId{processor}, type, OpFamily::Matmul);
  };
  EXPECT_DOUBLE_EQ(balance(0, DataType::F32), 1);
  EXPECT_DOUBLE_EQ(balance(1, DataType::F32), 5);
  EXPECT_DOUBLE_EQ(balance(1, DataType::I8), 20);
}

// ma to mb: engine 2 us + 1 MB / 10 GB/s = 100 us + 1 us; then the CPU 1 us + 1 MB / 5 GB/s = 200
// us + 3 us: 307 us.
TEST(Describe, TheTimeOfACopyIsSetUpDataAndLatencyOfEveryLeg) {
  const Hardware machine = load(kStaged);
  const Route& route = *machine.route(MemoryId{1}, MemoryId{2});
  ASSERT_EQ(route.size(), 2u);
  EXPECT_EQ(copy_time(machine, route, Bytes{1'000'000}), 307us);
}

TEST(Describe, TheTextSaysWhatFollows) {
  const std::string text = describe(load(kStaged));
  EXPECT_THAT(text, HasSubstr("3 processors, 3 memories, 2 links, 0 switches, 1 DMA engine\n"));
  EXPECT_THAT(text, HasSubstr("  a - b      npu   ma - mb  f32   1 TFLOP/s    50 %    5 FLOP/B"));
  EXPECT_THAT(
      text, HasSubstr("  ma    mb    la< [dram] lb>  da, cpu    4 us     5 GB/s (lb>)   307 us\n"));
  EXPECT_THAT(text, HasSubstr("  dram    1 GiB     50 GB/s    cpu (host)\n"));
  EXPECT_EQ(text.find("warning"), std::string::npos);
}

// A part of a memory takes the energy of the whole, and who takes nothing is not there.
TEST(Describe, SaysWhatLinksDoBesideCarrying) {
  const std::string text = describe(load(R"(
processors:
  p: {kind: cpu, memory: a, peak: {f32: 1 GFLOP/s}}
memories:
  a: {capacity: 1 GiB, bandwidth: 1 GB/s}
  b: {capacity: 1 GiB, bandwidth: 1 GB/s}
links:
  wire:
    between: [a, b]
    bandwidth: 1 GB/s
    priorities: true
    load_store: true
    compression: {ratio: {activation: 2.5}, rate: 3 GB/s}
)"));
  EXPECT_THAT(text, HasSubstr("link wire keeps priorities of copies\n"));
  EXPECT_THAT(text, HasSubstr("processors read across link wire in place\n"));
  EXPECT_THAT(text, HasSubstr("link wire packs input to 1/1, activation to 1/2.5, weight to 1/1, "
                              "at most 3 GB/s\n"));
}

TEST(Describe, PowerOfPartsThatAreAlikeIsOneRow) {
  const Hardware machine = load(R"(
processors:
  a[0..1]:
    memory: m0
    kind: npu
    peak: {f32: 1 TFLOP/s}
    power: {idle: 1 W, active: 5 W, sleep: {after: 10 us, power: 20 mW, wake: 5 us}}
  b: {kind: npu, memory: m1, peak: {f32: 1 TFLOP/s}}
memories:
  m0: {capacity: 1 GiB, bandwidth: 50 GB/s, energy: 4.5 pJ/b}
  m1: {capacity: 1 MiB, part_of: m0, energy: 1 pJ/B}
links:
  l: {between: [m0, m1], bandwidth: 10 GB/s, latency: 1 us, idle_power: 2 W, energy: 10 pJ/B}
)");
  EXPECT_THAT(describe(machine),
              HasSubstr("\n"
                        "  power    of         idle  active  asleep                            of "
                        "bytes\n"
                        "  a0 - a1  processor  1 W   5 W     20 mW after 10 us, awake in 5 us\n"
                        "  m0       memory     0 mW                                            36 "
                        "pJ/B\n"
                        "  l        link       2 W                                             10 "
                        "pJ/B\n"
                        "\n"));
  const auto json = describe_json(machine).at("power");
  EXPECT_EQ(json.size(), 4u);
  EXPECT_EQ(json.at(1).at("sleep_after_ps"), 10'000'000);
  EXPECT_EQ(json.at(1).at("wake_ps"), 5'000'000);
  EXPECT_EQ(json.at(2).at("energy_fj_per_byte"), 36'000);
  EXPECT_FALSE(json.at(3).contains("active_mw"));
}

TEST(Describe, TheJsonSaysTheSame) {
  const auto json = describe_json(load(kStaged));
  EXPECT_EQ(json.at("machine"), "small");
  EXPECT_EQ(json.at("host"), "dram");
  EXPECT_EQ(json.at("processors").at(1).at("peak_flop_per_s").at("i8"), 4'000'000'000'000);
  EXPECT_EQ(json.at("processors").at(1).at("matmul_balance_flop_per_byte").at("f32"), 5);
  EXPECT_EQ(json.at("memories").at(0).at("capacity_bytes"), std::int64_t{1} << 30);
  EXPECT_EQ(json.at("routes").size(), 6u);
  const auto& route = json.at("routes").at(3);
  EXPECT_EQ(route.at("from"), "ma");
  EXPECT_EQ(route.at("to"), "mb");
  EXPECT_EQ(route.at("legs").size(), 2u);
  EXPECT_EQ(route.at("legs").at(1).at("copied_by"), "cpu");
  EXPECT_EQ(route.at("narrowest"), "lb>");
  EXPECT_EQ(route.at("megabyte_ps"), 307'000'000);
  EXPECT_TRUE(json.at("warnings").empty());
}

TEST(Describe, TheJsonHasSwitches) {
  const auto json = describe_json(load(R"(
processors:
  p: {kind: cpu, memory: m, peak: {f32: 1 FLOP/s}, efficiency: 0.5}
memories:
  m: {capacity: 1 B, bandwidth: 1 B/s}
  n: {capacity: 1 B, bandwidth: 1 B/s}
  o: {capacity: 1 B, bandwidth: 1 B/s}
links:
  up: {between: [m, s], bandwidth: 1 B/s}
  left: {between: [n, s], bandwidth: 1 B/s}
  right: {between: [o, s], bandwidth: 1 B/s}
switches:
  s: {latency: 2 ns, multicast: true}
)"));
  ASSERT_EQ(json.at("switches").size(), 1u);
  EXPECT_EQ(json.at("switches").at(0).at("name"), "s");
  EXPECT_EQ(json.at("switches").at(0).at("latency_ps"), 2'000);
  EXPECT_EQ(json.at("switches").at(0).at("multicast"), true);
  EXPECT_EQ(json.at("switches").at(0).at("peer_to_peer"), true);
  EXPECT_TRUE(describe_json(load(kStaged)).at("switches").empty());
}

TEST(Describe, WarnsOfWhatIsProbablyNotMeant) {
  EXPECT_THAT(warnings(load(R"(
processors:
  p: {kind: cpu, memory: m, peak: {f32: 1 FLOP/s}, package: soc}
  q: {kind: cpu, memory: n, peak: {f32: 1 FLOP/s}, efficiency: 0.5}
memories:
  m: {capacity: 1 B, bandwidth: 1 B/s}
  n: {capacity: 1 B, bandwidth: 1 B/s}
  far: {capacity: 1 B, bandwidth: 1 B/s}
dma_engines:
  e: {memory: far}
links:
  dead_end: {between: [m, s], bandwidth: 1 B/s}
switches:
  s: {}
packages:
  soc: {slowdown: 2}
)")),
              ElementsAre("no way leads from memory 'm' to memory 'n'",
                          "no way leads from memory 'n' to memory 'm'",
                          "processor 'p' reaches its whole peak in every layer; real ones do not "
                          "(give an efficiency)",
                          "memory 'far': no processor sits on it and no route passes it",
                          "link 'dead_end' is on no route", "switch 's' is on no route",
                          "DMA engine 'e' copies nothing",
                          "package 'soc' has 1 processor, so nothing slows down"));
}

// A slower link beside a faster one is never taken; a memory in the middle of a route, and one with
// parts, are in use.
TEST(Describe, KnowsWhatRoutesUse) {
  const std::vector<std::string> found = warnings(load(R"(
processors:
  p: {kind: cpu, memory: m, peak: {f32: 1 FLOP/s}, efficiency: 0.5}
  q: {kind: cpu, memory: n, peak: {f32: 1 FLOP/s}, efficiency: 0.5}
memories:
  whole: {capacity: 2 B, bandwidth: 1 B/s}
  m: {capacity: 1 B, part_of: whole}
  n: {capacity: 1 B, bandwidth: 1 B/s}
  middle: {capacity: 1 B, bandwidth: 1 B/s}
links:
  one: {between: [m, middle], bandwidth: 1 B/s, latency: 1 us}
  slow: {between: [m, middle], bandwidth: 9 B/s, latency: 2 us}
  two: {between: [middle, n], bandwidth: 1 B/s}
)"));
  EXPECT_THAT(found, ElementsAre("link 'slow' is on no route"));
}

TEST(Describe, CountsTheRoutesThatItDoesNotShow) {
  HardwareParts parts;
  parts.switches = {test::crossbar("s", 1ns)};
  for (int i = 0; i < 8; ++i) {
    const MemoryId here = parts.memories.push_back(test::memory("m" + std::to_string(i)));
    parts.processors.push_back(test::processor("p" + std::to_string(i), here));
    parts.links.push_back(test::link("l" + std::to_string(i), here, SwitchId{0}, 1ns));
  }
  // 8 x 7 = 56 routes, of which 40 are shown.
  EXPECT_THAT(describe(HardwareBuilder::build(std::move(parts))), HasSubstr("  ... and 16 more\n"));
}

}  // namespace
}  // namespace partita
