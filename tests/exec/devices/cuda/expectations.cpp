#include "tests/exec/devices/cuda/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "exec/program/program.h"
#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "models/network/onnx/network_source.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {

Part whole(const Network& network) {
  Part part;
  for (const LayerId layer : network.layers()) part.order.push_back(layer);
  part.inputs = network.inputs();
  part.kept = network.outputs();
  return part;
}

void expect_right(const Network& network, Device& device, double close) {
  const Model model = model_of(network, kSeed);
  Program program(device, model);
  program.prepare(whole(network));
  const auto inputs = seeded_inputs(network, kSeed);
  for (const auto& [tensor, value] : inputs) program.unpack(tensor, value.bytes.data()).run();
  for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
  device.synchronize();
  for (const auto& [tensor, expected] : run_reference(network, inputs, kSeed)) {
    TensorValue value(expected.type, expected.shape);
    program.pack(tensor, value.bytes.data()).run();
    device.synchronize();
    EXPECT_LE(compare(value, expected).relative, close) << network.tensor(tensor).name;
  }
}

void expect_told_by_the_hosts_clock(Device& device) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  const DeviceEvent event = device.make_event();
  device.synchronize();
  const std::int64_t before = now();
  device.record(event, PARTITA_COPY_IN);
  while (!device.happened(event)) {
  }
  const std::int64_t after = now();
  for (int round = 0; round < 2; ++round) {
    EXPECT_GE(device.time(event), before - device.clock_error());
    EXPECT_LE(device.time(event), after + device.clock_error());
    device.keep_awake();
    device.synchronize();
  }
}

void expect_index_outside_is_told(Device& device) {
  const Network network = attention_block();
  const Model model = model_of(network, kSeed);
  Program program(device, model);
  program.prepare(whole(network));
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
    EXPECT_THAT(e.what(), testing::HasSubstr("an index is outside"));
  }
  device.synchronize();  // said once
}

void expect_zoo_right(const std::string& spec, Device& device) {
  expect_right(load_network(spec), device,
               spec.find("=bf16") != std::string::npos  ? 0.05
               : spec.find("=f16") != std::string::npos ? 0.01
                                                        : kCloseOutputs);
}

Hardware parts_of_one_gpu(const std::string& plugin, const std::string& options) {
  return devices(3, plugin, options, "gpu");
}

Hardware with_options(const Hardware& machine, const std::vector<std::string>& options) {
  HardwareParts parts = machine.parts();
  std::size_t i = 0;
  for (ProcessorSpec& processor : parts.processors) processor.execution->options = options[i++];
  return HardwareBuilder::build(std::move(parts));
}

void expect_replays(const Network& network, const Hardware& hardware, std::uint32_t plans,
                    bool timely) {
  const auto expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  Replayer replayer(network, hardware, kSeed);
  for (std::uint32_t seed = 0; seed < plans; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan);
    for (int round = 0; round < 2; ++round) {  // graphs are made before the second run
      const RunResult run = replayer.run_once();
      if (timely) {
        EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
      }
      EXPECT_GE(run.clock_error, std::chrono::nanoseconds(500));
      const auto outputs = replayer.outputs();
      for (const auto& [tensor, value] : expected) {
        EXPECT_LE(compare(outputs.at(tensor), value).relative, kCloseOutputs)
            << network.tensor(tensor).name;
      }
    }
  }
}

const std::vector<const char*>& small_zoo() {
  static const std::vector<const char*> all{
      "zoo:resnet18?size=64",
      "zoo:resnet50?size=64",
      "zoo:vgg11?size=32",
      "zoo:mobilenet_v2?size=64",
      "zoo:inception_v1?size=64",
      "zoo:alexnet?size=67",
      "zoo:squeezenet?size=64",
      "zoo:unet?size=32&width=12",
      "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500",
      "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500&type=f16",
      "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500&type=bf16",
      "zoo:gpt?layers=2&hidden=96&heads=3&tokens=16&vocabulary=500",
      "zoo:gpt?layers=2&hidden=96&heads=3&mode=decode&past=16&vocabulary=500",
      "zoo:gpt?layers=1&hidden=96&heads=4&tokens=16&vocabulary=500&tensor_parallel=2",
      "zoo:lstm?hidden=40&tokens=9&vocabulary=500&direction=bidirectional&batch=3",
      "zoo:moe?tokens=32&hidden=48&experts=4&routing=top_k",
      "zoo:moe?tokens=32&hidden=48&experts=4&routing=expert_choice"};
  return all;
}

}  // namespace partita::exec
