// A processor's program: what is kept from plan to plan, where weights come from, what layouts
// travel.
#include "exec/program/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exec/device/buffer.h"
#include "exec/devices/cpu_onednn/primitives.h"
#include "exec/reference/reference.h"
#include "exec/values/tensor_value.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

constexpr std::uint64_t kSeed = 5;

class ProgramTest : public testing::TestWithParam<std::string> {
 protected:
  Device device_{Plugin::load(GetParam()), 0, ""};
  const Network network_ = branched_cnn();
  const Model model_ = model_of(network_, kSeed);

  Part whole() const {
    Part part;
    for (const LayerId layer : network_.layers()) part.order.push_back(layer);
    part.inputs = network_.inputs();
    part.kept = network_.outputs();
    return part;
  }
  std::map<TensorId, TensorValue> run(Program& program) const {
    const auto inputs = seeded_inputs(network_, kSeed);
    for (const auto& [tensor, value] : inputs) program.unpack(tensor, value.bytes.data()).run();
    for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
    std::map<TensorId, TensorValue> outputs;
    for (const TensorId output : network_.outputs()) {
      TensorValue value(network_.tensor(output).type, network_.tensor(output).shape);
      program.pack(output, value.bytes.data()).run();
      outputs[output] = std::move(value);
    }
    return outputs;
  }
  void expect_right(Program& program) const {
    for (const auto& [tensor, value] :
         run_reference(network_, seeded_inputs(network_, kSeed), kSeed)) {
      EXPECT_LE(compare(run(program).at(tensor), value).relative, 1e-4);
    }
  }
};

TEST_P(ProgramTest, TheWholeNetworkTwiceInARow) {
  Program program(device_, model_);
  program.prepare(whole());
  expect_right(program);
  // Buffers are shared by tensors that are not needed at once, so a second run starts from rubbish.
  expect_right(program);
  EXPECT_LT(program.activation_bytes(), [&] {
    std::size_t all = 0;
    for (const Tensor& tensor : network_.tensors()) {
      if (tensor.kind == TensorKind::Activation) all += static_cast<std::size_t>(tensor.size.value);
    }
    return all;
  }());
}

TEST_P(ProgramTest, PreparingTheSamePartAgainKeepsEveryKernel) {
  Program program(device_, model_);
  program.prepare(whole());
  EXPECT_EQ(program.kernels_kept(), 0u);
  const std::size_t weights = program.weights().bytes();
  program.prepare(whole());
  EXPECT_EQ(program.kernels_kept(), network_.layer_count());
  EXPECT_EQ(program.weights().bytes(), weights);
  expect_right(program);
}

TEST_P(ProgramTest, WeightsThatNoLayerNeedsAreDropped) {
  Program program(device_, model_);
  program.prepare(whole());
  EXPECT_FALSE(program.weights().held().empty());
  program.prepare({});
  EXPECT_TRUE(program.weights().held().empty());
  EXPECT_EQ(program.weights().bytes(), 0u);
}

// What one worker gives is what its own recipe makes, whatever layout its kernels keep it in.
TEST_P(ProgramTest, GivenWeightsAreTheSeededOnes) {
  Program program(device_, model_);
  program.prepare(whole());
  std::size_t blocked = 0;
  for (const TensorId weight : program.weights().held()) {
    const Tensor& tensor = network_.tensor(weight);
    if (tensor.kind != TensorKind::Weight) continue;
    TensorValue given(tensor.type, tensor.shape), made(tensor.type, tensor.shape);
    program.weights().give(weight, given.bytes.data());
    fill(model_.recipes[weight], 0, made.bytes);
    EXPECT_EQ(given.bytes, made.bytes) << tensor.name;
    blocked += tensor.shape.size() == 4 ? 1 : 0;
  }
  EXPECT_GE(blocked, 5u);
}

// Weights come from where they were taken, not from the recipe.
TEST_P(ProgramTest, TakenWeightsAreUsed) {
  Program program(device_, model_);
  TensorId bias{};
  for (const LayerId layer : network_.layers()) {
    if (network_.layer(layer).kind == OpKind::Gemm) bias = network_.layer(layer).inputs[2];
  }
  TensorValue large(DataType::F32, network_.tensor(bias).shape);
  large.as<float>()[3] = 1000;
  program.weights().take(bias, large.bytes.data());
  program.prepare(whole());
  // A softmax of scores of which one is far larger than the others is one there.
  EXPECT_NEAR(run(program).at(network_.outputs()[0]).as<float>()[3], 1, 1e-6);
}

// Convolutions like blocks on every instruction set that has vectors; layers between follow without
// a copy.
class BlockedProgramTest : public ProgramTest {};
INSTANTIATE_TEST_SUITE_P(Plugins, BlockedProgramTest, testing::Values("cpu-onednn"));

TEST_P(BlockedProgramTest, BlocksTravelFromConvolutionToConvolution) {
  Program program(device_, model_);
  program.prepare(whole());
  for (const LayerReport& report : program.reports()) {
    const Layer& layer = network_.layer(report.layer);
    EXPECT_THAT(report.implementation, testing::Not(testing::StartsWith("ref"))) << layer.name;
    if (layer.kind == OpKind::Relu || layer.kind == OpKind::BatchNormalization) {
      EXPECT_EQ(report.reorders, 0u) << layer.name;
      const bool plain = channel_order().kind == ChannelOrder::Kind::Plain;
      EXPECT_EQ(report.layout == "plain", plain) << layer.name;
    }
  }
}

// A tensor that others read lies outside, row-major, whatever its producer's kernel makes; what others
// make is read where it lies.
TEST_P(ProgramTest, WhatOthersShareLiesOutsideRowMajor) {
  std::map<TensorId, TensorValue> all = seeded_inputs(network_, kSeed);
  for (const LayerId id : network_.layers()) {
    const Layer& layer = network_.layer(id);
    std::vector<TensorId> shared = layer.outputs;
    for (const TensorId input : layer.inputs) {
      const Tensor& tensor = network_.tensor(input);
      if (tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input) {
        shared.push_back(input);
      }
    }
    std::vector<Outside> outside;
    std::map<TensorId, Buffer> places;
    for (const TensorId tensor : shared) {
      const auto known = all.find(tensor);
      Buffer& place =
          places
              .emplace(tensor, Buffer(static_cast<std::size_t>(network_.tensor(tensor).size.value)))
              .first->second;
      if (known != all.end()) std::ranges::copy(known->second.bytes, place.data());
      outside.push_back({tensor, place.data()});
    }
    Program program(device_, model_);
    Part part;
    part.order = {id};
    program.prepare(part, outside);
    program.run(0);
    for (const TensorId output : layer.outputs) {
      TensorValue value(network_.tensor(output).type, network_.tensor(output).shape);
      std::copy_n(places.at(output).data(), value.bytes.size(), value.bytes.begin());
      all[output] = std::move(value);
    }
  }
  for (const auto& [tensor, value] :
       run_reference(network_, seeded_inputs(network_, kSeed), kSeed)) {
    EXPECT_LE(compare(all.at(tensor), value).relative, 1e-4) << network_.tensor(tensor).name;
  }
}

// Steps: 0 Neg, 1 Abs, 2 Neg, 3 Sub, 4 Add, 5 Relu, 6 Clip.
class OverwritingTest : public ProgramTest {
 protected:
  const Network network_ = elementwise_layers();
  const Model model_ = model_of(network_, kSeed);
  Program prepared() {
    Part part;
    for (const LayerId layer : network_.layers()) part.order.push_back(layer);
    part.inputs = network_.inputs();
    part.kept = network_.outputs();
    Program program(device_, model_);
    program.prepare(part);
    return program;
  }
};
INSTANTIATE_TEST_SUITE_P(Plugins, OverwritingTest, testing::Values("cpu-onednn"));

// Abs lies over what Neg made, Sub over Abs, Relu over Add. At step 3 there are the input, which
// stays, Abs (then Sub) and the second Neg: 3 x 4 KiB; with a place of its own for Sub it would be
// four.
TEST_P(OverwritingTest, ResultsLieOverOperandsThatNobodyNeedsAfterwards) {
  const Program program = prepared();
  EXPECT_EQ(program.activation_bytes(), 3u * 4096);
  const auto lost_at = [&](std::uint32_t layer) {
    return program.overwritten_at(network_.layer(LayerId{layer}).outputs[0]);
  };
  EXPECT_EQ(lost_at(0), 1u);
  EXPECT_EQ(lost_at(1), 3u);  // step 2 reads it, too
  EXPECT_EQ(lost_at(4), 5u);
  EXPECT_EQ(lost_at(5), 7u);  // a result of the network: never
  EXPECT_EQ(lost_at(6), 7u);
}

// The input is written once, for both runs.
TEST_P(OverwritingTest, NothingIsLostThatIsStillNeeded) {
  Program program = prepared();
  const auto inputs = seeded_inputs(network_, kSeed);
  for (const auto& [tensor, value] : inputs) program.unpack(tensor, value.bytes.data()).run();
  const auto expected = run_reference(network_, inputs, kSeed);
  for (const int round : {1, 2}) {
    for (std::size_t step = 0; step < program.steps(); ++step) program.run(step);
    for (const TensorId output : network_.outputs()) {
      TensorValue value(network_.tensor(output).type, network_.tensor(output).shape);
      program.pack(output, value.bytes.data()).run();
      EXPECT_LE(compare(value, expected.at(output)).relative, 1e-4) << "run " << round;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Plugins, ProgramTest, testing::Values("cpu-onednn", "cpu-reference"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace partita::exec
