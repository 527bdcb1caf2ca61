// Machines that cannot be had on a computer: every reason is told at once.
#include "exec/replay/machine_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partita::exec {
namespace {

using testing::HasSubstr;

const Computer kComputer{"test", {0, 1}, Bytes{1 << 30}, 2.0};

HardwareParts machine() {
  Computer computer = kComputer;
  return heterogeneous_machine(computer);
}

std::string errors_of(HardwareParts parts) {
  try {
    check_executable(HardwareBuilder::build(std::move(parts)), kComputer);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(MachineCheck, TheMachineMadeOfAComputerCanBeHadThere) { EXPECT_EQ(errors_of(machine()), ""); }

TEST(MachineCheck, AllMistakesAreListed) {
  HardwareParts parts = machine();
  ProcessorSpec& first = parts.processors[ProcessorId{0}];
  ProcessorSpec& second = parts.processors[ProcessorId{1}];
  first.execution->backend = "abacus";
  first.execution->core = 7;
  first.streams = 2;
  second.execution->isa = "avx1024";
  ProcessorSpec third = second;
  third.name = "cpu2";
  third.execution.reset();
  third.memory = MemoryId{2};
  parts.processors.push_back(third);
  const std::string errors = errors_of(parts);
  EXPECT_THAT(errors, HasSubstr("processor 'cpu0': no backend 'abacus' (one of cpu-onednn, "));
  EXPECT_THAT(
      errors,
      HasSubstr("processor 'cpu0': core 7 is none of those that this program may use (0, 1)"));
  EXPECT_THAT(errors, HasSubstr("processor 'cpu0': 2 streams"));
  EXPECT_THAT(errors, HasSubstr("no instruction set 'avx1024' (one of sse41"));
  EXPECT_THAT(errors, HasSubstr("processor 'cpu2': no 'execution'"));
}

// A thread that computes copies by itself; a device with queues does not.
TEST(MachineCheck, EnginesAreThereWhereTheDeviceHasThem) {
  const auto errors = [](const std::vector<Direction>& engines, bool synchronous) {
    HardwareParts parts = machine();
    for (const Direction direction : engines) {
      EngineSpec engine;
      engine.name = "dma" + std::to_string(parts.engines.size());
      engine.memory = parts.processors[ProcessorId{1}].memory;
      engine.direction = direction;
      parts.engines.push_back(engine);
    }
    IdVector<ProcessorId, Opened> opened(2);
    opened[ProcessorId{1}].synchronous = synchronous;
    try {
      check_engines(HardwareBuilder::build(std::move(parts)), opened);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(errors({}, true), "");
  EXPECT_EQ(errors({Direction::In, Direction::Out}, false), "");
  EXPECT_EQ(errors({Direction::Both}, false), "");
  EXPECT_THAT(errors({Direction::Both}, true),
              HasSubstr("DMA engine 'dma0': the worker of 'cpu1' copies by itself"));
  EXPECT_THAT(errors({Direction::In}, false),
              HasSubstr("memory 'mem1' must have one for each direction"));
}

// In the host's memory whoever computes there; in a device's, parts of that device in one process.
TEST(MachineCheck, ProcessorsOfOneMemoryComputeInIt) {
  HardwareParts parts = machine();
  ProcessorSpec& second = parts.processors[ProcessorId{1}];
  second.memory = parts.processors[ProcessorId{0}].memory;
  const auto errors = [&](std::uint32_t first_space, std::uint32_t second_space) {
    IdVector<ProcessorId, Opened> opened(2);
    opened[ProcessorId{0}].memory_space = first_space;
    opened[ProcessorId{1}].memory_space = second_space;
    try {
      check_shared_memories(HardwareBuilder::build(parts), opened);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(errors(0, 0), "");
  EXPECT_THAT(errors(0, 1), HasSubstr("compute in different memories"));
  EXPECT_THAT(errors(1, 1), HasSubstr("give both one 'process'"));
  for (ProcessorSpec& processor : parts.processors) processor.execution->process = "gpu";
  EXPECT_EQ(errors(1, 1), "");
  EXPECT_THAT(errors(1, 2), HasSubstr("compute in different memories"));
  second.execution->backend = "cuda";
  EXPECT_THAT(errors(1, 1), HasSubstr("processor 'cpu1' shares memory 'mem0' with 'cpu0', but"));
}

// What one process is told before it starts holds for all that it drives.
TEST(MachineCheck, ProcessorsOfOneProcessHaveOneCap) {
  HardwareParts parts = machine();
  parts.processors[ProcessorId{0}].execution->process = "both";
  parts.processors[ProcessorId{1}].execution->process = "both";
  parts.processors[ProcessorId{0}].execution->isa = "sse41";
  parts.processors[ProcessorId{1}].execution->isa = "sse41";
  EXPECT_EQ(errors_of(parts), "");
  parts.processors[ProcessorId{1}].execution->isa = "avx2";
  EXPECT_THAT(errors_of(parts), HasSubstr("others of process 'both' have 'sse41'"));
}

TEST(MachineCheck, WorkersOnOneCoreAreNamed) {
  HardwareParts parts = machine();
  EXPECT_TRUE(shared_cores(HardwareBuilder::build(parts)).empty());
  parts.processors[ProcessorId{1}].execution->core = 0;
  const auto sentences = shared_cores(HardwareBuilder::build(parts));
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_THAT(sentences[0], HasSubstr("cpu0 and cpu1 share core 0"));
}

TEST(MachineCheck, OneCoreIsEnoughForBothWorkers) {
  Computer computer = kComputer;
  computer.cores = {1};
  const HardwareParts parts = heterogeneous_machine(computer);
  for (const ProcessorSpec& processor : parts.processors) {
    EXPECT_EQ(processor.execution->core, 1);
  }
  EXPECT_EQ(parts.packages[0].slowdown, 2.0);
}

}  // namespace
}  // namespace partita::exec
