// Plugins that are found, and those that are not what they should be.
#include "exec/device/plugin.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "exec/device/device.h"
#include "tests/support/failure_of.h"

namespace partita::exec {
namespace {

using testing::HasSubstr;

std::string failure_of_bad(const std::string& name) {
  setenv("PARTITA_PLUGINS", PARTITA_BAD_PLUGINS, 1);
  const std::string failure = failure_of([&] { Plugin::load(name); });
  unsetenv("PARTITA_PLUGINS");
  return failure;
}

TEST(Plugin, AllThatLieBesideTheProgramAreFoundAndLoad) {
  const auto names = plugin_names();
  EXPECT_THAT(names, testing::IsSupersetOf({"cpu-onednn", "cpu-reference", "fake"}));
  for (const std::string name : {"cpu-onednn", "cpu-reference", "fake"}) {
    const auto plugin = Plugin::load(name);
    EXPECT_EQ(plugin->name(), name);
    EXPECT_FALSE(plugin->computes().empty());
    EXPECT_GE(plugin->processors("").size(), 1u);
  }
}

TEST(Plugin, OneThatIsNotThereIsNamedWithThoseThatAre) {
  const std::string failure = failure_of([] { Plugin::load("abacus"); });
  EXPECT_THAT(failure, HasSubstr("no device plugin 'abacus'"));
  EXPECT_THAT(failure, HasSubstr("cpu-onednn, cpu-reference"));
}

TEST(Plugin, WhatIsNoPluginOfThisProgramIsRefusedWithItsReason) {
  EXPECT_THAT(failure_of_bad("other-abi"),
              HasSubstr("was built for device ABI " + std::to_string(PARTITA_DEVICE_ABI + 1)));
  EXPECT_THAT(failure_of_bad("no-entry"), HasSubstr("has no symbol partita_device_plugin"));
  EXPECT_THAT(failure_of_bad("missing-symbol"), HasSubstr("partita_nobody_brings_this"));
  EXPECT_THAT(failure_of_bad("other-name"), HasSubstr("holds plugin 'somebody-else'"));
  EXPECT_THAT(failure_of_bad("no-library"), HasSubstr("cannot load device plugin 'no-library'"));
}

TEST(Device, OptionsThatThereAreNotAreNamed) {
  const auto plugin = Plugin::load("fake");
  const auto opening = [&](const std::string& options) {
    return failure_of([&] { Device(plugin, 0, options); });
  };
  EXPECT_EQ(opening("time=5,memory=1000"), "");
  EXPECT_THAT(opening("tiem=5"), HasSubstr("there is no option 'tiem'"));
  EXPECT_THAT(opening("time"), HasSubstr("not of the form key=value"));
  EXPECT_THAT(opening("time=soon"), HasSubstr("'time=soon' must be a whole number"));
  EXPECT_THAT(opening("time=1,time=2"), HasSubstr("'time' is given twice"));
  EXPECT_THAT(opening("fault=laugh"), HasSubstr("fault=laugh"));
  EXPECT_THAT(opening("fault=open"), HasSubstr("fallen off the bus"));
  EXPECT_THAT(failure_of([&] { Device(plugin, 2, ""); }), HasSubstr("none of number 2"));
}

TEST(Device, MemoryThatIsNotThereIsRefused) {
  Device device(Plugin::load("fake"), 0, "memory=1000");
  EXPECT_EQ(device.memory(), 1000u);
  const DeviceMemory half = device.allocate(600);
  EXPECT_THAT(failure_of([&] { device.allocate(600); }),
              HasSubstr("the device has 1000 bytes, of which 600 are taken"));
}

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

// More than an address space holds can be a file, but not be mapped.
TEST(Device, MemoryToShareThatCannotBeMappedLeavesNoFileOpen) {
  constexpr std::size_t kTooMuch = std::size_t{1} << 62;
  Device device(Plugin::load("fake"), 0, fmt::format("memory={}", kTooMuch));
  const std::ptrdiff_t before = open_files();
  EXPECT_THAT(failure_of([&] { device.allocate_shared(kTooMuch); }),
              HasSubstr("cannot map memory that devices share"));
  EXPECT_EQ(open_files(), before);
}

// What is queued is done in order, queues wait for each other where they are told to, and events
// say when: 2 ms and then 3 ms in one queue, and a copy that waits for the first of them.
TEST(Device, QueuesKeepTheirOrderAndEventsTheirTime) {
  Device device(Plugin::load("fake"), 0, "time=2000000,copy_setup=3000000");
  Tensor four;
  four.shape = {4};
  const Layer relu{"relu", OpKind::Relu, {}, {TensorId{0}}, {TensorId{1}}, {}};
  const IdVector<TensorId, Tensor> tensors{four, four};
  DeviceKernel kernel = device.make_kernel(relu, tensors, {std::nullopt});
  DeviceCopy out = device.make_copy(PARTITA_OUT, kernel.makes()[0], device.plain(four));
  DeviceCopy in = device.make_copy(PARTITA_IN, device.plain(four), kernel.wants()[0]);
  const DeviceMemory from = device.allocate(16), to = device.allocate(16);
  std::vector<float> given{-1, 2, -3, 4}, result(4);
  in.bind(given.data(), from.data());
  kernel.bind({from.data()}, {to.data()}, nullptr);
  out.bind(to.data(), result.data());

  const DeviceEvent begin = device.make_event(), arrived = device.make_event(),
                    computed = device.make_event(), gone = device.make_event();
  device.record(begin, PARTITA_COPY_IN);
  in.run(PARTITA_COPY_IN);
  device.record(arrived, PARTITA_COPY_IN);
  device.wait(arrived, PARTITA_COMPUTE);
  kernel.run();
  device.record(computed, PARTITA_COMPUTE);
  device.wait(computed, PARTITA_COPY_OUT);
  out.run(PARTITA_COPY_OUT);
  device.record(gone, PARTITA_COPY_OUT);
  device.synchronize();
  EXPECT_TRUE(device.happened(gone));
  EXPECT_EQ(result, (std::vector<float>{0, 2, 0, 4}));
  EXPECT_GE(device.time(arrived) - device.time(begin), 3'000'000);
  EXPECT_GE(device.time(computed) - device.time(arrived), 2'000'000);
  EXPECT_GE(device.time(gone) - device.time(computed), 3'000'000);
}

}  // namespace
}  // namespace partita::exec
