// The plugin on a GPU: what only one can show. Skipped (77) where there is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <memory>
#include <set>

#include "exec/program/program.h"
#include "exec/values/values.h"
#include "models/network/onnx/network_source.h"
#include "tests/exec/devices/cuda/expectations.h"
#include "tests/exec/devices/kernel_cases.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::HasSubstr;

constexpr const char* kOwn = "device=0,libraries=own";
constexpr const char* kInstalled = "device=0";
constexpr const char* kPart = "device=0,multiprocessors=16";

// Opened once: libraries take a second to start. Never closed: the driver goes before statics do.
Device& device(const std::string& options) {
  static auto& all = *new std::map<std::string, std::unique_ptr<Device>>;
  std::unique_ptr<Device>& own = all[options];
  if (!own) own = std::make_unique<Device>(Plugin::load("cuda"), 0, options);
  return *own;
}

// A layer of a network on results full of rubbish, twice.
std::vector<TensorValue> run_on(Device& device, const Network& network, const OneLayer& one,
                                std::string& implementation) {
  const Model model = model_of(network, kSeed);
  Program program(device, model);
  program.prepare(whole(network));
  implementation = program.reports().front().implementation;
  std::vector<TensorValue> results;
  for (int round = 0; round < 2; ++round) {
    results.clear();
    std::size_t i = 0;
    for (const TensorId tensor : network.layer(LayerId{0}).inputs) {
      const Operand& operand = one.operands[i++];
      if (!operand.constant) program.unpack(tensor, operand.value.bytes.data()).run();
    }
    for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
    device.synchronize();
    for (const TensorId tensor : network.layer(LayerId{0}).outputs) {
      TensorValue& value =
          results.emplace_back(network.tensor(tensor).type, network.tensor(tensor).shape);
      program.pack(tensor, value.bytes.data()).run();
      device.synchronize();
    }
  }
  return results;
}

Way by(const char* name, const char* options, double tolerance = 0) {
  return {name,
          [options](const OneLayer& one) {
            return judge(one, [options](const Network& network, const OneLayer& layer,
                                        std::string& implementation) {
              return run_on(device(options), network, layer, implementation);
            });
          },
          tolerance};
}

// Libraries take shorter ways (Winograd's) that round more, and round twice where a bias is added.
Way in_16_bits_by_libraries(const char* name, DataType type) {
  Way way = in_16_bits(name, type, by("", kInstalled));
  way.tolerance *= 2;
  return way;
}
INSTANTIATE_TEST_SUITE_P(OnGpu, KernelTest,
                         testing::Values(by("Own", kOwn),
                                         by("Libraries", kInstalled, kCloseOutputs),
                                         in_16_bits("OwnF16", DataType::F16, by("", kOwn)),
                                         in_16_bits("OwnBf16", DataType::BF16, by("", kOwn)),
                                         in_16_bits_by_libraries("LibrariesF16", DataType::F16),
                                         in_16_bits_by_libraries("LibrariesBf16", DataType::BF16)),
                         name_of);

// On a part of the GPU, by libraries that were opened for the whole of it, too.
class ZooOnGpu : public testing::TestWithParam<std::tuple<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Zoo, ZooOnGpu,
                         testing::Combine(testing::ValuesIn(small_zoo()),
                                          testing::Values(kOwn, kInstalled, kPart)));
TEST_P(ZooOnGpu, ComputesWhatTheReferenceDoes) {
  const auto& [network, options] = GetParam();
  SCOPED_TRACE(std::string(network) + " with " + options);
  expect_zoo_right(network, device(options));
}

TEST(CudaGpu, LibrariesAreFound) {
  Device& own = device(kInstalled);
  const Network network = load_network("zoo:resnet18?size=64");
  const Model model = model_of(network, kSeed);
  Program program(own, model);
  program.prepare(whole(network));
  std::set<std::string> by;
  for (const LayerReport& report : program.reports()) by.insert(report.implementation);
  EXPECT_THAT(by, testing::Contains(HasSubstr("cuDNN")));
  EXPECT_THAT(by, testing::Contains(HasSubstr("cuBLASLt")));
}

TEST(CudaGpu, PartsDoNotOverlap) {
  const auto plugin = Plugin::load("cuda");
  const Device first(plugin, 0, "device=0,multiprocessors=64,libraries=own");
  const auto fits = [&](const char* options) {
    try {
      Device(plugin, 0, options);
      return true;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(),
                  testing::AnyOf(HasSubstr("groups are free"), HasSubstr("cannot be had")));
      return false;
    }
  };
  EXPECT_FALSE(fits("device=0,multiprocessors=128,libraries=own"));
  EXPECT_TRUE(fits("device=0,multiprocessors=32,libraries=own"));
}

// Twice the multiprocessors, half the time: parts are what they say.
TEST(CudaGpu, PartsAreAsFastAsTheyAreLarge) {
  const Network network = load_network("zoo:resnet18?batch=8");
  const Model model = model_of(network, kSeed);
  std::vector<double> microseconds;
  for (const char* options :
       {"device=0,multiprocessors=8,libraries=own", "device=0,multiprocessors=32,libraries=own"}) {
    Device own(Plugin::load("cuda"), 0, options);
    Program program(own, model);
    program.prepare(whole(network));
    const DeviceEvent begin = own.make_event(), end = own.make_event();
    double best = 1e300;
    for (int round = 0; round < 5; ++round) {
      own.record(begin, PARTITA_COMPUTE);
      for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
      own.record(end, PARTITA_COMPUTE);
      own.synchronize();
      best = std::min(best, static_cast<double>(own.time(end) - own.time(begin)) / 1e3);
    }
    microseconds.push_back(best);
    std::printf("resnet18 of 8, %s: %.1f us\n", options, best);
  }
  EXPECT_GT(microseconds[0] / microseconds[1], 2);
}

TEST(CudaGpu, EventsAreToldByTheHostsClock) {
  expect_told_by_the_hosts_clock(device(kOwn));
  std::printf("error of the alignment: %ld ns\n", static_cast<long>(device(kOwn).clock_error()));
}

TEST(CudaGpu, ReplaysOnPartsOfOneGpu) {
  const Hardware machine = parts_of_one_gpu("cuda", "");
  for (const Network& network : {branched_cnn(), attention_block()}) {
    expect_replays(network, with_options(machine, {"device=0,multiprocessors=16,libraries=own",
                                                   "device=0,multiprocessors=32",
                                                   "device=0,multiprocessors=64"}));
  }
}
TEST(CudaGpu, PartsShareMemory) {
  const char* options = "device=0,multiprocessors=32,libraries=own";
  expect_replays(branched_cnn(), sharing(parts_of_one_gpu("cuda", options), {{1, 0}, {2, 0}}));
}
TEST(CudaGpu, LayersGoAsGraphs) {
  for (const char* options : {"device=0,multiprocessors=32,libraries=own,graphs=1",
                              "device=0,multiprocessors=32,graphs=1"}) {
    expect_replays(branched_cnn(), parts_of_one_gpu("cuda", options));
    expect_replays(attention_block(), parts_of_one_gpu("cuda", options));
  }
}
// Through CUDA IPC: each worker is a process of its own. Such processes take turns on one GPU, in slices
// of a millisecond: their clocks cannot be aligned well enough to judge by.
TEST(CudaGpu, ProcessesCopyStraightToEachOther) {
  HardwareParts parts = linked(parts_of_one_gpu("cuda", "device=0,libraries=own")).parts();
  for (ProcessorSpec& processor : parts.processors) processor.execution->process = processor.name;
  expect_replays(branched_cnn(), HardwareBuilder::build(std::move(parts)), 3, false);
}
TEST(CudaGpu, HostMemoryMayStayPageable) {
  expect_replays(branched_cnn(), parts_of_one_gpu("cuda", "device=0,libraries=own,pageable=1"));
}

TEST(CudaGpu, CountersTellEnergyAndClock) {
  const partita_counters now = device(kOwn).counters();
  std::printf("energy %llu, clock %llu\n", static_cast<unsigned long long>(now.energy),
              static_cast<unsigned long long>(now.clock));
  EXPECT_GT(now.energy, 0u);
  EXPECT_GT(now.clock, 100'000u);  // kHz
}

TEST(CudaGpu, AWorkerMayKeepItAwake) {
  Device& own = device(kPart);
  for (int round = 0; round < 3; ++round) own.keep_awake();
  own.synchronize();
}

TEST(CudaGpu, AnIndexOutsideIsAnErrorOfTheRun) { expect_index_outside_is_told(device(kOwn)); }

}  // namespace
}  // namespace partita::exec

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    if (!partita::exec::Plugin::load("cuda")->processors("").empty()) return RUN_ALL_TESTS();
  } catch (const std::exception& e) {
    std::printf("skipped: %s\n", e.what());
  }
  return 77;
}
