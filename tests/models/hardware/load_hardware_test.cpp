#include "models/hardware/load_hardware.h"

#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/models/hardware/same_machine.h"

namespace partita {
namespace {

using ::testing::HasSubstr;

Hardware load(const std::string& text) {
  return load_hardware(Document::parse_text(text, "test.yaml"));
}

std::string mistakes(const std::string& text) {
  try {
    load(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Every key there is, none at its default.
constexpr const char* kEveryKey = R"(
machine: {name: everything, description: "with \"quotes\", a \\ and: colons"}
host: dram
processors:
  cpu:
    kind: cpu
    memory: dram
    peak: {f32: 1.5 TFLOP/s, i8: 6 TFLOP/s}
    efficiency: {default: 0.3, conv: 0.7, matmul: 0.8}
    bandwidth_efficiency: 0.75
    time_scale: 1.25
    supports: [conv, matmul, recurrent]
    launch_overhead: 2 us
    streams: 2
    stream_share: 0.625
    copy_setup: 3 us
    package: soc
    power: {idle: 1 W, active: 20 W, sleep: {after: 4 us, power: 300 mW, wake: 7 us}}
    execution: {backend: cpu-onednn, device: 1, options: "a=b,c=d", process: both, isa: avx2, core: 3}
  gpu:
    kind: gpu
    memory: vram
    peak: {f16: 8 TFLOP/s}
    efficiency: 0.1
memories:
  dram: {capacity: 16 GiB, bandwidth: 50 GB/s, idle_power: 2 W, energy: 20 pJ/b}
  vram: {capacity: 4 GiB, part_of: dram}
dma_engines:
  copy: {memory: vram, direction: in, channels: 2, setup: 500 ns, chunk: 64 KiB, completion: 200 ns,
         outstanding: 32}
links:
  bus: {between: [dram, s], kind: custom, bandwidth: 7 GB/s, latency: 10 ns, duplex: half}
  wire:
    between: [vram, s]
    kind: pcie
    generation: 3
    lanes: 4
    latency: 20 ns
    bit_error_rate: 1e-12
    replay_delay: 2 us
    credits: 8 KiB
    compression: {ratio: {default: 1.5, weight: 2.25}, rate: 3 GB/s}
    priorities: true
    load_store: true
    idle_power: 3 W
    energy: 5 pJ/B
  side[0..2]: {between: [dram, hub], bandwidth: 1 GB/s}
switches:
  s: {latency: 5 ns, peer_to_peer: false, upstream: bus, ports: 2, idle_power: 4 W}
  adder: {reduction: 2 GB/s}
  hub: {multicast: true}
packages:
  soc: {slowdown: 1.25}
load:
  backup: {link: wire, direction: backward, rate: 2 GB/s, from: 2 ms, until: 5 ms, every: 20 ms}
  stream: {memory: dram, rate: 1 GB/s}
  neighbour: {processor: cpu, share: 0.25, from: 1 us}
  hot: {processor: gpu, slowdown: 1.75, until: 3 ms}
  crash: {processor: gpu, lost: true, from: 4 ms, until: 9 ms}
  trained: {link: wire, slowdown: 4}
calibrated:
  from: "replays of 8 plans of resnet50"
  numbers:
    "processors.cpu.launch_overhead": {before: 1 us, after: 2.5 us, low: 2.4 us, high: 2.6 us}
    "links.wire.bandwidth": {before: 8 GB/s, after: 7 GB/s}
)";

TEST(LoadHardware, ReadsEveryKey) {
  const Hardware machine = load(kEveryKey);
  EXPECT_EQ(machine.name(), "everything");
  EXPECT_EQ(machine.description(), "with \"quotes\", a \\ and: colons");
  EXPECT_EQ(machine.host(), MemoryId{0});
  EXPECT_EQ(machine.calibrated()->from, "replays of 8 plans of resnet50");
  EXPECT_EQ(machine.calibrated()->numbers[0].name, "processors.cpu.launch_overhead");
  EXPECT_EQ(machine.calibrated()->numbers[0].high, "2.6 us");
  EXPECT_EQ(machine.calibrated()->numbers[1].after, "7 GB/s");

  const ProcessorSpec& cpu = machine.processors()[ProcessorId{0}];
  EXPECT_EQ(cpu.kind, ProcessorKind::Cpu);
  EXPECT_EQ(cpu.peak[static_cast<std::size_t>(DataType::F32)], FlopRate{1'500'000'000'000});
  EXPECT_EQ(cpu.peak[static_cast<std::size_t>(DataType::I8)], FlopRate{6'000'000'000'000});
  EXPECT_EQ(cpu.peak[static_cast<std::size_t>(DataType::F16)], std::nullopt);
  EXPECT_EQ(cpu.efficiency[static_cast<std::size_t>(OpFamily::Conv)], 0.7);
  EXPECT_EQ(cpu.efficiency[static_cast<std::size_t>(OpFamily::Pool)], 0.3);
  EXPECT_EQ(cpu.bandwidth_efficiency, 0.75);
  EXPECT_EQ(cpu.time_scale, 1.25);
  EXPECT_TRUE(cpu.supports[static_cast<std::size_t>(OpFamily::Recurrent)]);
  EXPECT_FALSE(cpu.supports[static_cast<std::size_t>(OpFamily::Softmax)]);
  EXPECT_EQ(cpu.launch_overhead, 2us);
  EXPECT_EQ(cpu.streams, 2);
  EXPECT_EQ(cpu.stream_share, 0.625);
  EXPECT_EQ(cpu.copy_setup, 3us);
  EXPECT_EQ(cpu.package, 0u);
  EXPECT_EQ(cpu.idle, Power{1'000});
  EXPECT_EQ(cpu.active, Power{20'000});
  ASSERT_TRUE(cpu.sleep);
  EXPECT_EQ(cpu.sleep->after, 4us);
  EXPECT_EQ(cpu.sleep->power, Power{300});
  EXPECT_EQ(cpu.sleep->wake, 7us);
  ASSERT_TRUE(cpu.execution);
  EXPECT_EQ(cpu.execution->backend, "cpu-onednn");
  EXPECT_EQ(cpu.execution->device, 1u);
  EXPECT_EQ(cpu.execution->options, "a=b,c=d");
  EXPECT_EQ(cpu.execution->process, "both");
  EXPECT_EQ(cpu.execution->isa, "avx2");
  EXPECT_EQ(cpu.execution->core, 3);

  const MemorySpec& vram = machine.memories()[MemoryId{1}];
  EXPECT_EQ(vram.part_of, MemoryId{0});
  EXPECT_EQ(vram.capacity, Bytes{std::int64_t{4} << 30});
  EXPECT_EQ(vram.bandwidth, Bandwidth{50'000'000'000});

  const MemorySpec& dram = machine.memories()[MemoryId{0}];
  EXPECT_EQ(dram.idle, Power{2'000});
  EXPECT_EQ(dram.energy, EnergyPerByte{160'000});  // 20 pJ a bit, in fJ a byte

  const EngineSpec& copy = machine.engines()[EngineId{0}];
  EXPECT_EQ(copy.memory, MemoryId{1});
  EXPECT_EQ(copy.direction, Direction::In);
  EXPECT_EQ(copy.channels, 2);
  EXPECT_EQ(copy.setup, 500ns);
  EXPECT_EQ(copy.chunk, Bytes{65'536});
  EXPECT_EQ(copy.completion, 200ns);
  EXPECT_EQ(copy.outstanding, 32);

  const LinkSpec& bus = machine.links()[LinkId{0}];
  EXPECT_EQ(bus.a, Endpoint{MemoryId{0}});
  EXPECT_EQ(bus.b, Endpoint{SwitchId{0}});
  EXPECT_EQ(bus.kind, "custom");
  EXPECT_EQ(bus.bandwidth, Bandwidth{7'000'000'000});
  EXPECT_EQ(bus.latency, 10ns);
  EXPECT_FALSE(bus.full_duplex);
  EXPECT_FALSE(bus.compression);
  EXPECT_FALSE(bus.priorities);
  EXPECT_FALSE(bus.load_store);

  const LinkSpec& wire = machine.links()[LinkId{1}];
  EXPECT_TRUE(wire.full_duplex);
  ASSERT_TRUE(wire.compression);
  EXPECT_EQ(wire.compression->ratio, (std::array{1.5, 1.5, 2.25}));  // input, activation, weight
  EXPECT_EQ(wire.compression->rate, Bandwidth{3'000'000'000});
  EXPECT_TRUE(wire.priorities);
  EXPECT_TRUE(wire.load_store);
  // The way from vram crosses both.
  EXPECT_FALSE(machine.route(MemoryId{1}, MemoryId{0})->front().load_store);
  EXPECT_EQ(wire.idle, Power{3'000});
  EXPECT_EQ(wire.energy, EnergyPerByte{5'000});

  ASSERT_EQ(machine.load().size(), 6u);
  const LoadSpec& backup = machine.load()[0];
  EXPECT_EQ(backup.name, "backup");
  EXPECT_TRUE(backup.effect ==
              LoadEffect(LinkTraffic{LinkId{1}, TrafficWay::Backward, Bandwidth{2'000'000'000}}));
  EXPECT_EQ(backup.from, 2ms);
  EXPECT_EQ(backup.until, 5ms);
  EXPECT_EQ(backup.every, 20ms);
  EXPECT_TRUE(machine.load()[1].effect ==
              LoadEffect(MemoryTraffic{MemoryId{0}, Bandwidth{1'000'000'000}}));
  EXPECT_EQ(machine.load()[1].from, Time{0});
  EXPECT_EQ(machine.load()[1].until, std::nullopt);
  EXPECT_TRUE(machine.load()[2].effect == LoadEffect(BusyShare{ProcessorId{0}, 0.25}));
  EXPECT_TRUE(machine.load()[3].effect == LoadEffect(SlowedDown{ProcessorId{1}, 1.75}));
  EXPECT_TRUE(machine.load()[4].effect == LoadEffect(Lost{ProcessorId{1}}));
  EXPECT_TRUE(machine.load()[5].effect == LoadEffect(SlowedLink{LinkId{1}, 4}));

  const SwitchSpec& node = machine.switches()[SwitchId{0}];
  EXPECT_EQ(node.latency, 5ns);
  EXPECT_FALSE(node.peer_to_peer);
  EXPECT_EQ(node.upstream, LinkId{0});
  EXPECT_EQ(machine.switches()[SwitchId{1}].reduction, Bandwidth{2'000'000'000});
  EXPECT_FALSE(node.multicast);
  EXPECT_TRUE(machine.switches()[SwitchId{2}].multicast);
  EXPECT_EQ(node.ports, 2);
  EXPECT_EQ(node.idle, Power{4'000});
  EXPECT_EQ(machine.packages()[0].slowdown, 1.25);
}

TEST(LoadHardware, FillsInTheDefaults) {
  const Hardware machine = load(R"(
processors:
  p: {kind: npu, memory: m, peak: {bf16: 1 TFLOP/s}, power: {idle: 2 W}}
memories:
  m: {capacity: 1 MiB, bandwidth: 1 GB/s}
  n: {capacity: 1 MiB, bandwidth: 1 GB/s}
dma_engines:
  e: {memory: m}
links:
  l: {between: [m, n], bandwidth: 1 GB/s}
switches:
  s: {}
)");
  EXPECT_EQ(machine.name(), "test");  // of the file
  EXPECT_EQ(machine.host(), std::nullopt);
  const ProcessorSpec& p = machine.processors()[ProcessorId{0}];
  for (const double share : p.efficiency) EXPECT_EQ(share, 1);
  for (const bool supported : p.supports) EXPECT_TRUE(supported);
  EXPECT_EQ(p.bandwidth_efficiency, 1);
  EXPECT_EQ(p.time_scale, 1);
  EXPECT_EQ(p.launch_overhead, Time{0});
  EXPECT_EQ(p.streams, 1);
  EXPECT_EQ(p.stream_share, 1);
  EXPECT_EQ(p.copy_setup, Time{0});
  EXPECT_EQ(p.package, std::nullopt);
  EXPECT_EQ(p.active, Power{2'000});  // as idle
  EXPECT_FALSE(p.execution);
  EXPECT_EQ(machine.engines()[EngineId{0}].direction, Direction::Both);
  EXPECT_EQ(machine.engines()[EngineId{0}].channels, 1);
  EXPECT_EQ(machine.engines()[EngineId{0}].setup, Time{0});
  EXPECT_EQ(machine.engines()[EngineId{0}].chunk, std::nullopt);
  EXPECT_EQ(machine.engines()[EngineId{0}].completion, Time{0});
  EXPECT_EQ(machine.engines()[EngineId{0}].outstanding, std::nullopt);
  EXPECT_EQ(machine.links()[LinkId{0}].bit_error_rate, 0);
  EXPECT_EQ(machine.links()[LinkId{0}].replay_delay, std::nullopt);
  EXPECT_EQ(machine.links()[LinkId{0}].credits, std::nullopt);
  EXPECT_EQ(machine.links()[LinkId{0}].latency, Time{0});
  EXPECT_EQ(machine.links()[LinkId{0}].kind, "link");
  EXPECT_TRUE(machine.links()[LinkId{0}].full_duplex);
  EXPECT_TRUE(machine.switches()[SwitchId{0}].peer_to_peer);
  EXPECT_EQ(machine.switches()[SwitchId{0}].latency, Time{0});
  EXPECT_EQ(machine.switches()[SwitchId{0}].reduction, std::nullopt);
  EXPECT_FALSE(machine.switches()[SwitchId{0}].multicast);
  EXPECT_EQ(machine.switches()[SwitchId{0}].ports, std::nullopt);
  EXPECT_FALSE(p.sleep);
}

TEST(LoadHardware, WritesEveryKey) {
  const Hardware machine = load(kEveryKey);
  test::expect_same(machine, load(to_yaml(machine)));
}

// Names that YAML would take for something else, and a number that needs all its digits.
TEST(LoadHardware, WritesWhateverItCanRead) {
  const Hardware machine = load(R"(
machine: {description: "two\nlines"}
processors:
  "null":
    {kind: cpu, memory: "my ram: #1", peak: {f32: 1.000000001 GFLOP/s}, efficiency: 0.1234567890123456}
  "- x": {kind: cpu, memory: "my ram: #1", peak: {f32: 1 FLOP/s}}
memories:
  "my ram: #1": {capacity: 1 B, bandwidth: 9223372036854775807 B/s}
)");
  test::expect_same(machine, load(to_yaml(machine)));
  EXPECT_EQ(machine.memories()[MemoryId{0}].bandwidth, Bandwidth{9223372036854775807});
}

class Overrides : public testing::Test {
 protected:
  static constexpr const char* kFile = PARTITA_SOURCE_DIR "/hw_configs/npu16.yaml";
  static std::string mistakes(const std::vector<std::string>& overrides) {
    try {
      load_hardware(kFile, overrides);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Overrides, ReplaceAndAddValues) {
  const Hardware machine =
      load_hardware(kFile, {"processors.tile3.peak.i8=1 PFLOP/s", "processors.tile3.streams=4",
                            "memories.sram7.capacity=32 MiB", "host=sram2"});
  const auto tile = [&](const char* name) {
    return machine.processors()[*machine.processor_named(name)];
  };
  EXPECT_EQ(tile("tile3").peak[static_cast<std::size_t>(DataType::I8)],
            FlopRate{1'000'000'000'000'000});
  EXPECT_EQ(tile("tile4").peak[static_cast<std::size_t>(DataType::I8)],
            FlopRate{8'200'000'000'000});
  EXPECT_EQ(tile("tile3").streams, 4);
  EXPECT_EQ(tile("tile4").streams, 1);
  EXPECT_EQ(machine.memories()[*machine.memory_named("sram7")].capacity, Bytes{32 << 20});
  EXPECT_EQ(machine.host(), machine.memory_named("sram2"));
}

TEST_F(Overrides, ReachSeveralAtOnce) {
  const Hardware machine = load_hardware(kFile, {"processors.tile[2..3].streams=4"});
  const auto streams = [&](const char* name) {
    return machine.processors()[*machine.processor_named(name)].streams;
  };
  EXPECT_EQ(streams("tile1"), 1);
  EXPECT_EQ(streams("tile2"), 4);
  EXPECT_EQ(streams("tile3"), 4);
  EXPECT_EQ(streams("tile4"), 1);
}

// The control's power has no sleep, tile0 no execution; there is no package, and no link packs.
TEST_F(Overrides, MakeSectionsThatAreNotThere) {
  const Hardware machine = load_hardware(
      kFile,
      {"processors.control.power.sleep.after=2 us", "processors.control.power.sleep.power=5 mW",
       "processors.tile0.execution.backend=cpu-reference", "packages.pair={slowdown: 1.5}"});
  const auto named = [&](const char* name) {
    return machine.processors()[*machine.processor_named(name)];
  };
  ASSERT_TRUE(named("control").sleep);
  EXPECT_EQ(named("control").sleep->after, 2us);
  EXPECT_EQ(named("tile0").execution->backend, "cpu-reference");
  EXPECT_EQ(machine.packages().front().name, "pair");
  const std::string link = machine.links()[LinkId{0}].name;
  const Hardware packs = load_hardware(kFile, {"links." + link + ".compression.ratio.activation=2",
                                               "links." + link + ".compression.rate=1 TB/s"});
  EXPECT_EQ(
      packs.links()[LinkId{0}].compression->ratio[static_cast<std::size_t>(Content::Activation)],
      2);
  EXPECT_EQ(packs.links()[LinkId{0}].compression->ratio[static_cast<std::size_t>(Content::Weight)],
            1);
}

TEST_F(Overrides, MakeNothingThatNobodyKnows) {
  const auto of = [&](const std::string& setting) { return mistakes({setting}); };
  EXPECT_THAT(of("processors.tile0.powr.idle=1 W"),
              HasSubstr("there is no 'powr' in 'processors.tile0'"));
  EXPECT_THAT(of("processors.nobody.power.idle=1 W"),
              HasSubstr("there is no 'nobody' in 'processors'"));
  EXPECT_THAT(of("processors.tile0.power.idel=1 W"), HasSubstr("did you mean 'idle'"));
  EXPECT_THAT(of("processors.tile0.streams.most=1"), HasSubstr("there is no 'streams' in"));
  EXPECT_THAT(of("packages.pair.slowdown=2"), HasSubstr("there is no 'pair'"));
  // What a new section needs, it still needs.
  EXPECT_THAT(of("processors.control.power.sleep.after=1 us"),
              HasSubstr("sleep: the key 'power' is missing"));
}

TEST_F(Overrides, AreNamedByTheirMistakes) {
  EXPECT_EQ(mistakes({"processors.tile3.streams=0"}),
            "--set processors.tile3.streams: error: streams: 0 must be at least 1");
  EXPECT_EQ(mistakes({"processors.tile3.stream=2"}).substr(0, 91),
            "--set processors.tile3.stream: error: unknown key 'stream': did you mean 'streams'? "
            "(known:");
  EXPECT_EQ(mistakes({"host"}), "--set host: error: expected path=value");
  EXPECT_THAT(mistakes({"machines.name=x"}),
              HasSubstr("--set machines.name: error: there is no 'machines' at the top (known: "
                        "machine, host"));
  EXPECT_THAT(mistakes({"processors.tile[0..]=x"}), HasSubstr("is no repetition"));
}

TEST_F(Overrides, AreAllReported) {
  const std::string text = mistakes({"host=nowhere", "nothing", "memories.sram0.capacity=1"});
  EXPECT_THAT(text, HasSubstr("host: there is no memory 'nowhere'"));
  EXPECT_THAT(text, HasSubstr("--set nothing: error: expected path=value"));
  EXPECT_THAT(text, HasSubstr("--set memories.sram0.capacity: error: capacity: no unit in '1'"));
}

// Whatever becomes of a machine file, it is read or refused with a place; nothing else escapes.
TEST(LoadHardware, AnyTextIsReadOrRefused) {
  const std::string seed = kEveryKey;
  const std::vector<std::string> spice{"0",
                                       "-1",
                                       "1e30",
                                       "nan",
                                       "[0..3]",
                                       "{i}",
                                       "dram",
                                       "null",
                                       "\"",
                                       ": ",
                                       "[",
                                       "}",
                                       "\n",
                                       "GB/s",
                                       "true",
                                       "s",
                                       "part_of: dram, ",
                                       "\n  dram: {}",
                                       "&x ",
                                       "*x"};
  std::mt19937 random(11);
  int accepted = 0;
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = seed;
    const int edits = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < edits; ++i) {
      const std::size_t at = random() % text.size();
      const std::size_t erased = random() % 3 == 0 ? 0 : random() % 12;
      text.replace(at, erased, random() % 4 == 0 ? "" : spice[random() % spice.size()]);
    }
    try {
      const Hardware machine = load(text);
      test::expect_same(machine, load(to_yaml(machine)));
      ++accepted;
    } catch (const ConfigError& error) {
      ASSERT_FALSE(error.diagnostics().empty());
      for (const Diagnostic& found : error.diagnostics()) {
        ASSERT_FALSE(found.where.file.empty()) << found.message;
      }
      ++refused;
    }
  }
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 1000);
}

// The names of all parts are known before any is read.
TEST(LoadHardware, SectionsMayComeInAnyOrder) {
  EXPECT_EQ(mistakes(R"(
switches:
  s: {upstream: l}
links:
  l: {between: [s, m], bandwidth: 1 GB/s}
processors:
  p: {kind: cpu, memory: m, peak: {f32: 1 FLOP/s}}
memories:
  m: {capacity: 1 B, part_of: n}
  n: {capacity: 1 B, bandwidth: 1 B/s}
)"),
            "");
}

}  // namespace
}  // namespace partita
