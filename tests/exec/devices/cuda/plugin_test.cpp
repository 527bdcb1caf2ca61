// The whole plugin through its C table, on processors of host memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "exec/device/device.h"
#include "exec/program/program.h"
#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "models/network/onnx/network_source.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSeed = 5;
constexpr double kClose = 1e-4;
constexpr const char* kPlugin = "cuda-on-host";

class CudaPlugin : public testing::Test {
 protected:
  // Workers find it there, too.
  CudaPlugin() { setenv("PARTITA_PLUGINS", PARTITA_TEST_PLUGINS, 1); }

  std::string why_not(std::uint32_t processor, const std::string& options) {
    try {
      Device(Plugin::load(kPlugin), processor, options);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  }
};

TEST_F(CudaPlugin, ListsEveryGpuOrTheOneThatIsAskedFor) {
  const auto plugin = Plugin::load(kPlugin);
  const auto all = plugin->processors("");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_STREQ(all[1].name, "gpu1");
  EXPECT_EQ(all[1].synchronous, 0u);
  EXPECT_EQ(all[1].memory, std::uint64_t{1} << 30);
  const auto part = plugin->processors("device=1,multiprocessors=16");
  ASSERT_EQ(part.size(), 1u);
  EXPECT_STREQ(part[0].name, "gpu1/16sm");
  EXPECT_THAT(part[0].description, HasSubstr("16 of 132 multiprocessors"));
}

TEST_F(CudaPlugin, WrongOptionsAreErrors) {
  EXPECT_EQ(why_not(0, "device=1,multiprocessors=16,libraries=own"), "");
  EXPECT_THAT(why_not(0, "sms=16"), HasSubstr("there is no option 'sms'"));
  EXPECT_THAT(why_not(0, "device=2"), HasSubstr("there is no GPU 2 (there are 2)"));
  EXPECT_THAT(why_not(2, ""), HasSubstr("none of number 2"));
  EXPECT_THAT(why_not(0, "multiprocessors=12"), HasSubstr("multiples of 8, up to 128"));
  EXPECT_THAT(why_not(0, "multiprocessors=-8"), HasSubstr("must not be negative"));
  EXPECT_EQ(why_not(0, "libraries=own,graphs=1,pageable=1"), "");
  EXPECT_THAT(why_not(0, "graphs=2"), HasSubstr("'graphs=2' must be 0 or 1"));
  EXPECT_THAT(why_not(0, "pageable=yes"), HasSubstr("must be a whole number"));
  EXPECT_THAT(why_not(0, "libraries=all"), HasSubstr("there are installed, own"));
}

TEST_F(CudaPlugin, PartsOfOneGpuDoNotOverlap) {
  const auto plugin = Plugin::load(kPlugin);
  {
    const Device first(plugin, 0, "multiprocessors=64,libraries=own");
    const Device second(plugin, 0, "multiprocessors=64,libraries=own");
    EXPECT_THAT(why_not(0, "multiprocessors=8,libraries=own"), HasSubstr("0 groups are free"));
    EXPECT_EQ(why_not(1, "multiprocessors=8,libraries=own"), "");
  }
  EXPECT_EQ(why_not(0, "multiprocessors=128,libraries=own"), "");
}

// The device's clock is an hour ahead.
TEST_F(CudaPlugin, EventsAreToldByTheHostsClock) {
  Device device(Plugin::load(kPlugin), 0, "libraries=own");
  const DeviceEvent event = device.make_event();
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  device.record(event, PARTITA_COPY_IN);
  clock_gettime(CLOCK_MONOTONIC, &after);
  const auto ns = [](const timespec& t) {
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  };
  for (int round = 0; round < 2; ++round) {  // also after clocks were aligned anew
    EXPECT_GE(device.time(event), ns(before) - device.clock_error());
    EXPECT_LE(device.time(event), ns(after) + device.clock_error());
    device.synchronize();
  }
}

TEST_F(CudaPlugin, AnIndexOutsideIsAnErrorOfTheRun) {
  const Network network = attention_block();
  const Model model = model_of(network, kSeed);
  Device device(Plugin::load(kPlugin), 0, "libraries=own");
  Program program(device, model);
  Part part;
  for (const LayerId layer : network.layers()) part.order.push_back(layer);
  part.inputs = network.inputs();
  part.kept = network.outputs();
  program.prepare(part);
  auto inputs = seeded_inputs(network, kSeed);
  bool broken = false;
  for (auto& [tensor, value] : inputs) {
    if (value.type == DataType::I64) {
      value.as<std::int64_t>()[0] = 1 << 20;
      broken = true;
    }
    program.unpack(tensor, value.bytes.data()).run();
  }
  ASSERT_TRUE(broken);
  for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
  try {
    device.synchronize();
    FAIL() << "nobody noticed";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("an index is outside"));
  }
  device.synchronize();  // said once
}

void expect_right(const Network& network, Program& program, double close) {
  const auto inputs = seeded_inputs(network, kSeed);
  for (const auto& [tensor, value] : inputs) program.unpack(tensor, value.bytes.data()).run();
  for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
  for (const auto& [tensor, expected] : run_reference(network, inputs, kSeed)) {
    TensorValue value(expected.type, expected.shape);
    program.pack(tensor, value.bytes.data()).run();
    EXPECT_LE(compare(value, expected).relative, close) << network.tensor(tensor).name;
  }
}

// Three parts of one GPU in one process, each with an engine for either direction.
Hardware parts_of_one_gpu() {
  HardwareParts parts = workers(3).parts();
  for (ProcessorSpec& processor : parts.processors) {
    processor.execution = ExecutionSpec{
        .backend = kPlugin, .options = "multiprocessors=32,libraries=own", .process = "gpu"};
    for (const Direction direction : {Direction::In, Direction::Out}) {
      EngineSpec engine;
      engine.name = processor.name + (direction == Direction::In ? "_in" : "_out");
      engine.memory = processor.memory;
      engine.direction = direction;
      parts.engines.push_back(engine);
    }
  }
  return HardwareBuilder::build(std::move(parts));
}

TEST_F(CudaPlugin, ReplaysComputeWhatTheReferenceDoesAndKeepTheContract) {
  for (const Network& network : {branched_cnn(), attention_block()}) {
    const Hardware hardware = parts_of_one_gpu();
    const auto expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
    Replayer replayer(network, hardware, kSeed);
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
      const Plan plan = random_plan(network, hardware, seed);
      replayer.prepare(plan);
      const RunResult run = replayer.run_once();
      EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
      EXPECT_GE(run.clock_error, std::chrono::nanoseconds(500));
      const auto outputs = replayer.outputs();
      for (const auto& [tensor, value] : expected) {
        EXPECT_LE(compare(outputs.at(tensor), value).relative, kClose)
            << network.tensor(tensor).name;
      }
    }
  }
}

void expect_replays(const Hardware& hardware) {
  const Network network = branched_cnn();
  const auto expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  Replayer replayer(network, hardware, kSeed);
  for (std::uint32_t seed = 0; seed < 3; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan);
    const RunResult run = replayer.run_once();
    EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
    const auto outputs = replayer.outputs();
    for (const auto& [tensor, value] : expected) {
      EXPECT_LE(compare(outputs.at(tensor), value).relative, kClose) << network.tensor(tensor).name;
    }
  }
}

Hardware with_options(const Hardware& machine, const std::vector<std::string>& options) {
  HardwareParts parts = machine.parts();
  std::size_t i = 0;
  for (ProcessorSpec& processor : parts.processors) processor.execution->options = options[i++];
  return HardwareBuilder::build(std::move(parts));
}

TEST_F(CudaPlugin, PartsOfOneGpuShareItsMemory) {
  expect_replays(sharing(parts_of_one_gpu(), {{1, 0}, {2, 0}}));
  const Hardware apart =
      with_options(sharing(parts_of_one_gpu(), {{1, 0}, {2, 0}}),
                   {"device=0,libraries=own", "device=1,libraries=own", "device=0,libraries=own"});
  try {
    expect_replays(apart);
    FAIL() << "GPUs of one memory";
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), HasSubstr("'cpu1' shares memory 'mem0' with 'cpu0', but"));
  }
}

TEST_F(CudaPlugin, GpusOfOneProcessCopyStraightToEachOther) {
  expect_replays(
      linked(with_options(parts_of_one_gpu(), {"device=0,libraries=own", "device=1,libraries=own",
                                               "device=0,libraries=own"})));
}

// Processors of host memory do what they are told at once: there is nothing to note.
TEST_F(CudaPlugin, GraphsThatCannotBeMadeAreAnError) {
  Device device(Plugin::load(kPlugin), 0, "libraries=own,graphs=1");
  EXPECT_TRUE(device.sequences());
  try {
    device.make_sequence([] {});
    FAIL() << "a graph of plain loops";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("cannot begin a sequence of layers: plain loops"));
  }
  EXPECT_FALSE(Device(Plugin::load(kPlugin), 0, "libraries=own").sequences());
}

// Through a library in the place of NVML that knows the first GPU only.
TEST_F(CudaPlugin, CountersAreThoseOfTheGpu) {
  const auto plugin = Plugin::load(kPlugin);
  Device first(plugin, 0, "libraries=own"), second(plugin, 1, "libraries=own");
  const partita_counters before = first.counters();
  EXPECT_GT(first.counters().energy, before.energy);
  EXPECT_EQ(before.clock, 1'980'000u);
  EXPECT_EQ(second.counters().energy, 0u);
}

class ZooOnCuda : public CudaPlugin, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Zoo, ZooOnCuda,
    testing::Values("zoo:resnet18?size=64", "zoo:resnet50?size=64", "zoo:vgg11?size=32",
                    "zoo:mobilenet_v2?size=64", "zoo:inception_v1?size=64", "zoo:alexnet?size=67",
                    "zoo:squeezenet?size=64", "zoo:unet?size=32&width=12",
                    "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500",
                    "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500&type=f16",
                    "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500&type=bf16",
                    "zoo:gpt?layers=2&hidden=96&heads=3&tokens=16&vocabulary=500",
                    "zoo:gpt?layers=2&hidden=96&heads=3&mode=decode&past=16&vocabulary=500",
                    "zoo:gpt?layers=1&hidden=96&heads=4&tokens=16&vocabulary=500&tensor_parallel=2",
                    "zoo:lstm?hidden=40&tokens=9&vocabulary=500&direction=bidirectional&batch=3",
                    "zoo:moe?tokens=32&hidden=48&experts=4&routing=top_k",
                    "zoo:moe?tokens=32&hidden=48&experts=4&routing=expert_choice"),
    [](const auto& each) {
      std::string name = each.param;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });
TEST_P(ZooOnCuda, ComputesWhatTheReferenceDoes) {
  const std::string spec = GetParam();
  const Network network = load_network(spec);
  const Model model = model_of(network, kSeed);
  Device device(Plugin::load(kPlugin), 0, "libraries=own");
  Program program(device, model);
  Part part;
  for (const LayerId layer : network.layers()) part.order.push_back(layer);
  part.inputs = network.inputs();
  part.kept = network.outputs();
  program.prepare(part);
  // 16 bits: roundings of a few layers, each of half a last bit.
  const double close = spec.find("=bf16") != std::string::npos  ? 0.05
                       : spec.find("=f16") != std::string::npos ? 0.01
                                                                : kClose;
  expect_right(network, program, close);
}

}  // namespace
}  // namespace partita::exec
