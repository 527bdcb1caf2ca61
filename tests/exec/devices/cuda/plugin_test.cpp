// The whole plugin through its C table, on processors of host memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "exec/device/device.h"
#include "exec/program/program.h"
#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "models/network/onnx/network_source.h"
#include "tests/exec/devices/cuda/expectations.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::HasSubstr;

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
  expect_told_by_the_hosts_clock(device);
}

TEST_F(CudaPlugin, AnIndexOutsideIsAnErrorOfTheRun) {
  Device device(Plugin::load(kPlugin), 0, "libraries=own");
  expect_index_outside_is_told(device);
}

Hardware own_parts() { return parts_of_one_gpu(kPlugin, "multiprocessors=32,libraries=own"); }

TEST_F(CudaPlugin, ReplaysComputeWhatTheReferenceDoesAndKeepTheContract) {
  for (const Network& network : {branched_cnn(), attention_block()}) {
    expect_replays(network, own_parts(), 4);
  }
}

TEST_F(CudaPlugin, PartsOfOneGpuShareItsMemory) {
  expect_replays(branched_cnn(), sharing(own_parts(), {{1, 0}, {2, 0}}));
  const Hardware apart =
      with_options(sharing(own_parts(), {{1, 0}, {2, 0}}),
                   {"device=0,libraries=own", "device=1,libraries=own", "device=0,libraries=own"});
  try {
    expect_replays(branched_cnn(), apart);
    FAIL() << "GPUs of one memory";
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), HasSubstr("'cpu1' shares memory 'mem0' with 'cpu0', but"));
  }
}

TEST_F(CudaPlugin, GpusOfOneProcessCopyStraightToEachOther) {
  expect_replays(branched_cnn(), linked(with_options(own_parts(), {"device=0,libraries=own",
                                                                   "device=1,libraries=own",
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

// An LSTM is many kernels, and a GPU notes them; plain loops stay loops. Said once, whatever runs.
TEST_F(CudaPlugin, LayersThatCannotBeNotedAreTold) {
  const Network network = load_network("zoo:lstm?hidden=8&tokens=3&vocabulary=50");
  const Hardware hardware = own_parts();
  Replayer replayer(network, hardware, kSeed);
  const Plan plan = plan_on(network, hardware, ProcessorId{1});
  RepeatOptions few;
  few.repetitions = 2;
  const ReplayResult result = replayer.run(plan, few);
  EXPECT_THAT(
      result.warnings,
      testing::Contains(HasSubstr("on cpu1 kernels that cannot be noted as graphs are queued "
                                  "anew, slowly, in each run: 2 of them"))
          .Times(1));
  EXPECT_THAT(result.warnings, testing::Contains(HasSubstr("noted")).Times(1));
  const auto counters = replayer.run_once().counters;
  EXPECT_EQ(counters[ProcessorId{0}].unnoted, 0u);
  EXPECT_EQ(counters[ProcessorId{1}].unnoted, 2u);
  replayer.prepare(plan_on(network, hardware, ProcessorId{0}));
  EXPECT_EQ(replayer.run_once().counters[ProcessorId{1}].unnoted, 0u);  // of kernels that are gone
}

// Through a library in the place of NVML that knows the first GPU only.
TEST_F(CudaPlugin, CountersAreThoseOfTheGpu) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the dlopen of sanitizers does not look where the library that calls it would";
#endif
  const auto plugin = Plugin::load(kPlugin);
  Device first(plugin, 0, "libraries=own"), second(plugin, 1, "libraries=own");
  const partita_counters before = first.counters();
  EXPECT_GT(first.counters().energy, before.energy);
  EXPECT_EQ(before.clock, 1'980'000u);
  EXPECT_EQ(second.counters().energy, 0u);
}

class ZooOnCuda : public CudaPlugin, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Zoo, ZooOnCuda, testing::ValuesIn(small_zoo()), [](const auto& each) {
  std::string name = each.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});
TEST_P(ZooOnCuda, ComputesWhatTheReferenceDoes) {
  Device device(Plugin::load(kPlugin), 0, "libraries=own");
  expect_zoo_right(GetParam(), device);
}

}  // namespace
}  // namespace partita::exec
