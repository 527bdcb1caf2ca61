// Whole networks, small members of every family of the zoo and the published ONNX files, on one
// worker and split over two, against the reference executor.
#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "models/network/onnx/network_source.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

constexpr std::uint64_t kSeed = 11;
constexpr double kClose = 1e-4;

void run_and_judge(const std::string& source) {
  const Network network = load_network(source);
  const Hardware hardware = workers(2);
  const auto expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  Replayer replayer(network, hardware, kSeed);
  const std::vector<Plan> plans{plan_on(network, hardware, ProcessorId{0}),
                                random_plan(network, hardware, 1),
                                plan_on(network, hardware, ProcessorId{1})};
  for (const Plan& plan : plans) {
    const Preparation& preparation = replayer.prepare(plan);
    EXPECT_THAT(preparation.warnings, testing::IsEmpty());
    const RunResult run = replayer.run_once();
    EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
    const auto outputs = replayer.outputs();
    for (const auto& [tensor, value] : expected) {
      const Difference difference = compare(outputs.at(tensor), value);
      EXPECT_LE(difference.relative, kClose) << network.tensor(tensor).name;
    }
  }
}

class ZooReplay : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Zoo, ZooReplay,
    testing::Values("zoo:resnet18?size=64", "zoo:resnet50?size=64&batch=2", "zoo:vgg11?size=32",
                    "zoo:mobilenet_v2?size=64", "zoo:inception_v1?size=64", "zoo:alexnet?size=67",
                    "zoo:squeezenet?size=64", "zoo:squeezenet?size=64&version=1.1",
                    "zoo:unet?size=32&width=12",
                    "zoo:bert?layers=2&hidden=96&heads=3&tokens=24&vocabulary=500",
                    "zoo:gpt?layers=2&hidden=96&heads=3&tokens=16&vocabulary=500",
                    "zoo:gpt?layers=2&hidden=96&heads=3&mode=decode&past=16&vocabulary=500",
                    "zoo:lstm?hidden=40&tokens=9&vocabulary=500",
                    "zoo:lstm?hidden=40&tokens=9&vocabulary=500&direction=bidirectional&batch=3",
                    "zoo:moe?tokens=32&hidden=48&experts=4&routing=top_k",
                    "zoo:moe?tokens=32&hidden=48&experts=4&routing=expert_choice"),
    [](const auto& each) {
      std::string name = each.param;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });
TEST_P(ZooReplay, ComputesWhatTheReferenceDoes) { run_and_judge(GetParam()); }

class OnnxReplay : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Light, OnnxReplay,
                         testing::Values("light_resnet50", "light_inception_v1", "light_squeezenet",
                                         "light_bvlc_alexnet"),
                         [](const auto& each) { return std::string(each.param); });
TEST_P(OnnxReplay, ComputesWhatTheReferenceDoes) {
  const char* chosen = std::getenv("PARTITA_DATA");
  const std::filesystem::path data =
      chosen != nullptr ? chosen : PARTITA_SOURCE_DIR "/../shared/data";
  const auto file = data / "onnx_light" / (std::string(GetParam()) + ".onnx");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  run_and_judge(file.string());
}

}  // namespace
}  // namespace partita::exec
