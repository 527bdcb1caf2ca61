#include "exec/exits/exit_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "exec/reference/reference.h"
#include "models/network/part.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// f1 = Relu(x + w0), l1 = f1 * w1; f2 = Relu(f1), l2 = f2 * w2; weights were trained: w0 = (0, 0),
// w1 = (1, 1), w2 = (3, 3).
Network with_two_exits() {
  NetworkBuilder builder("two exits");
  const auto add = [&](const std::string& name, TensorKind kind) {
    Tensor tensor;
    tensor.name = name;
    tensor.kind = kind;
    tensor.shape = {1, 2};
    return tensor;
  };
  const auto weight = [&](const std::string& name, float value) {
    Tensor tensor = add(name, TensorKind::Weight);
    std::vector<std::byte> bytes(8);
    const std::array<float, 2> values{value, value};
    std::memcpy(bytes.data(), values.data(), bytes.size());
    tensor.values = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return builder.add_tensor(std::move(tensor));
  };
  const auto layer = [&](const std::string& result, OpKind kind, std::vector<TensorId> inputs) {
    const TensorId made = builder.add_tensor(add(result, TensorKind::Activation));
    Layer one;
    one.name = "make " + result;
    one.kind = kind;
    one.inputs = std::move(inputs);
    one.outputs = {made};
    builder.add_layer(std::move(one));
    return made;
  };
  const TensorId x = builder.add_tensor(add("x", TensorKind::Input));
  const TensorId f1 = layer("f1", OpKind::Relu, {layer("sum", OpKind::Add, {x, weight("w0", 0)})});
  const TensorId l1 = layer("l1", OpKind::Mul, {f1, weight("w1", 1)});
  const TensorId f2 = layer("f2", OpKind::Relu, {f1});
  const TensorId l2 = layer("l2", OpKind::Mul, {f2, weight("w2", 3)});
  builder.add_output(l1);
  builder.add_output(l2);
  return builder.build({"two exits"});
}

TensorValue pair(float a, float b) { return tensor_value<float>(DataType::F32, {1, 2}, {a, b}); }

class ExitRunnerTest : public testing::Test {
 protected:
  ExitRunnerTest() {
    for (std::size_t k = 0; k < parts_.exits(); ++k) {
      plans_.direct.push_back(random_plan(parts_.direct[k], hardware_, 1));
      plans_.onward.push_back(random_plan(parts_.onward[k], hardware_, 2));
    }
  }
  Network network_ = with_two_exits();
  inputs::ExitParts parts_ = inputs::cut_at_exits(network_, {{"l1", "l2"}, {"f1"}}, "test");
  Hardware hardware_ = workers(2);
  ExitRunner::Plans plans_;
};

TEST(Softmax, SharesOfPowers) {
  // e^0, e^ln 3: 1 and 3 of 4.
  EXPECT_THAT(softmax({0, std::log(3.0)}),
              ElementsAre(DoubleNear(0.25, 1e-12), DoubleNear(0.75, 1e-12)));
  EXPECT_THAT(softmax({1000, 1000}), ElementsAre(0.5, 0.5)) << "overflows";
}

// 3 - 0 = 3 is sure at once: 1 / (1 + e^-3) = 0.9526. 1 - 0 = 1 is not: 0.7311; three times that is.
TEST_F(ExitRunnerTest, LeavesWhereTheWorkersOutputsAreSure) {
  ExitRunner runner(parts_, plans_, hardware_, 1);
  const ExitRun easy = runner.run(pair(3, 0), 0, 0.9);
  EXPECT_EQ(easy.exit, 0u);
  EXPECT_EQ(easy.stages.size(), 1u);
  EXPECT_THAT(easy.probabilities, ElementsAre(DoubleNear(0.9526, 1e-4), DoubleNear(0.0474, 1e-4)));
  const ExitRun hard = runner.run(pair(1, 0), 0, 0.9);
  EXPECT_EQ(hard.exit, 1u);
  EXPECT_EQ(hard.stages.size(), 2u);
  EXPECT_THAT(hard.probabilities, ElementsAre(DoubleNear(0.9526, 1e-4), DoubleNear(0.0474, 1e-4)));
  EXPECT_EQ(runner.run(pair(0, 0), 0, 0.9).exit, 1u) << "the last exit is always taken";
}

TEST_F(ExitRunnerTest, AStartFurtherOnAsksNoExitBefore) {
  ExitRunner runner(parts_, plans_, hardware_, 1);
  const ExitRun run = runner.run(pair(3, 0), 1, 0.9);
  EXPECT_EQ(run.exit, 1u);
  EXPECT_EQ(run.stages.size(), 1u);
  // 1 / (1 + e^-9)
  EXPECT_NEAR(run.probabilities[0], 0.99988, 1e-5);
}

TEST_F(ExitRunnerTest, EveryExitAnswersAsTheWholeNetworkDoes) {
  ExitRunner runner(parts_, plans_, hardware_, 1);
  const TensorValue input = pair(0.5, 0.25);
  const auto expected = run_reference(network_, {{network_.inputs()[0], input}}, 1);
  const auto answers = runner.all_exits(input);
  ASSERT_EQ(answers.size(), 2u);
  for (std::size_t k = 0; k < 2; ++k) {
    const TensorId logits = *tensor_named(network_, k == 0 ? "l1" : "l2");
    EXPECT_NEAR(answers[k][0], softmax(numbers(expected.at(logits)))[0], 1e-6);
    EXPECT_NEAR(runner.run_direct(input, k).probabilities[0], answers[k][0], 1e-6);
  }
}

TEST_F(ExitRunnerTest, WhatLiesBetweenTheStagesIsInTheTimeFromEndToEnd) {
  ExitRunner runner(parts_, plans_, hardware_, 1);
  const ExitRun run = runner.run(pair(1, 0), 0, 0.9);
  EXPECT_GT(run.on_workers, Time{0});
  EXPECT_GT(run.end_to_end, run.on_workers);
  EXPECT_EQ(run.end_to_end, run.stages[0] + run.stages[1]);
}

}  // namespace
}  // namespace partita::exec
