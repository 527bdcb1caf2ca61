// Small members of every family of the zoo, run as a whole: values must stay alive and of a sane
// size from the first layer to the last, or a comparison of outputs would prove nothing.
#include "models/network/onnx/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "exec/reference/reference.h"
#include "exec/values/moments.h"
#include "exec/values/values.h"

namespace partita {
namespace {

struct Spread {
  bool finite = true;
  double root_mean_square = 0;
  double deviation = 0;
  double largest_share = 0;  // of one element in the sum of squares
};

Spread spread(const TensorValue& value) {
  const std::vector<double> all = numbers(value);
  const auto count = static_cast<double>(all.size());
  double sum = 0, squares = 0, largest = 0;
  Spread result;
  for (const double x : all) {
    result.finite = result.finite && std::isfinite(x);
    sum += x;
    squares += x * x;
    largest = std::max(largest, x * x);
  }
  result.root_mean_square = std::sqrt(squares / count);
  result.deviation = std::sqrt(std::max(0.0, squares / count - sum * sum / (count * count)));
  result.largest_share = squares > 0 ? largest / squares : 1;
  return result;
}

class Zoo : public testing::TestWithParam<std::string> {
 protected:
  const Network network = zoo_network(GetParam());
};

TEST_P(Zoo, EveryOperatorHasAReferenceKernel) {
  EXPECT_THAT(missing_reference_kernels(network), testing::IsEmpty());
}

TEST_P(Zoo, OutputsAreAlive) {
  const std::map<TensorId, TensorValue> outputs =
      run_reference(network, seeded_inputs(network, 1), 1);
  ASSERT_EQ(outputs.size(), network.outputs().size());
  for (const auto& [id, value] : outputs) {
    const Spread found = spread(value);
    EXPECT_TRUE(found.finite) << network.tensor(id).name;
    EXPECT_GT(found.deviation, 0.05 * found.root_mean_square)
        << network.tensor(id).name << " is constant";
    EXPECT_LT(found.largest_share, 0.1) << network.tensor(id).name << " is dominated by one value";
  }
}

// The input decides: other inputs with the same weights give other outputs.
TEST_P(Zoo, OutputsDependOnTheInputs) {
  const std::map<TensorId, TensorValue> one = run_reference(network, seeded_inputs(network, 1), 1);
  const std::map<TensorId, TensorValue> other =
      run_reference(network, seeded_inputs(network, 2), 1);
  for (const auto& [id, value] : one) {
    EXPECT_GT(compare(other.at(id), value).relative, 0.02) << network.tensor(id).name;
  }
}

// What moments.h leaves out (correlation) makes a network drift from the size expected: by less
// than a factor of 8, at any depth. Without the expected squares a residual network of 152 layers
// would be off by 2^25.
TEST_P(Zoo, ActivationsHaveTheSizeExpected) {
  const IdVector<TensorId, Moments> expected = expected_moments(network);
  const std::map<TensorId, TensorValue> all =
      run_reference(network, seeded_inputs(network, 1), 1, {.keep_activations = true});
  for (const auto& [id, value] : all) {
    const Tensor& tensor = network.tensor(id);
    const double size = std::sqrt(expected[id].square());
    // Masks before a softmax are as large as they are meant to be; whole numbers are no
    // activations.
    if (tensor.type != DataType::F32 || tensor.elements() < 64 || size > 20) continue;
    const double found = spread(value).root_mean_square;
    EXPECT_LT(found, 8 * size) << tensor.name;
    EXPECT_GT(found, size / 8) << tensor.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Small, Zoo,
    testing::Values("resnet18?size=64", "resnet152?size=33", "resnet18?size=33&type=f16",
                    "resnet18?size=33&type=bf16", "inception_v1?size=64", "mobilenet_v2?size=64",
                    "squeezenet?size=64", "unet?size=32&width=8",
                    "bert?layers=2&hidden=128&tokens=32&vocabulary=1000",
                    "bert?layers=24&hidden=256&tokens=16&vocabulary=1000",
                    "gpt?layers=2&hidden=128&tokens=16&vocabulary=1000",
                    "gpt?layers=2&hidden=128&mode=decode&past=16&vocabulary=1000",
                    "lstm?hidden=64&tokens=8&vocabulary=100",
                    "lstm?hidden=64&tokens=8&vocabulary=100&direction=bidirectional",
                    "moe?tokens=32&hidden=64&experts=4",
                    "moe?tokens=32&hidden=64&experts=4&routing=expert_choice"),
    [](const testing::TestParamInfo<std::string>& which) {
      std::string name = which.param;
      std::replace_if(
          name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
      return name;
    });

}  // namespace
}  // namespace partita
