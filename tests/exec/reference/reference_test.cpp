// Whole networks: order, lifetimes, weights, and what is missing.
#include "exec/reference/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exec/values/values.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::Key;

Tensor tensor(const std::string& name, TensorKind kind, Shape shape) {
  Tensor result;
  result.name = name;
  result.kind = kind;
  result.shape = std::move(shape);
  return result;
}

Layer layer(OpKind kind, std::vector<TensorId> inputs, TensorId output) {
  Layer result;
  result.name = "layer " + std::to_string(index(output));
  result.kind = kind;
  result.inputs = std::move(inputs);
  result.outputs = {output};
  return result;
}

// y = (x + w) * (x + w), z = -y: the sum is used twice by one layer, y is a result and an operand.
struct Diamond {
  NetworkBuilder builder{"diamond"};
  TensorId x = builder.add_tensor(tensor("x", TensorKind::Input, {3}));
  TensorId w = builder.add_tensor(tensor("w", TensorKind::Weight, {3}));
  TensorId sum = builder.add_tensor(tensor("sum", TensorKind::Activation, {3}));
  TensorId y = builder.add_tensor(tensor("y", TensorKind::Activation, {3}));
  TensorId z = builder.add_tensor(tensor("z", TensorKind::Activation, {3}));

  Network network() {
    builder.add_layer(layer(OpKind::Add, {x, w}, sum));
    builder.add_layer(layer(OpKind::Mul, {sum, sum}, y));
    builder.add_layer(layer(OpKind::Neg, {y}, z));
    builder.add_output(y);
    builder.add_output(z);
    return builder.build({"test"});
  }
};

TEST(RunReference, WeightsAreTheSeededOnes) {
  Diamond diamond;
  const Network network = diamond.network();
  const std::map<TensorId, TensorValue> inputs = seeded_inputs(network, 5);
  const std::vector<double> x = numbers(inputs.at(diamond.x));
  const std::vector<double> w = numbers(SeededValues(network, 5).value(diamond.w));
  const std::map<TensorId, TensorValue> results = run_reference(network, inputs, 5);
  ASSERT_THAT(results, ElementsAre(Key(diamond.y), Key(diamond.z)));
  for (std::size_t i = 0; i < 3; ++i) {
    const float sum = static_cast<float>(x[i] + w[i]);
    EXPECT_EQ(results.at(diamond.y).as<float>()[i], sum * sum);
    EXPECT_EQ(results.at(diamond.z).as<float>()[i], -sum * sum);
  }
}

TEST(RunReference, KeepsActivationsWhereAsked) {
  Diamond diamond;
  const Network network = diamond.network();
  const std::map<TensorId, TensorValue> results =
      run_reference(network, seeded_inputs(network, 5), 5, {.keep_activations = true});
  EXPECT_THAT(results, ElementsAre(Key(diamond.sum), Key(diamond.y), Key(diamond.z)));
}

TEST(RunReference, TheSeedDecides) {
  Diamond diamond;
  const Network network = diamond.network();
  const std::map<TensorId, TensorValue> inputs = seeded_inputs(network, 5);
  const auto y = [&](std::uint64_t seed) {
    return run_reference(network, inputs, seed).at(diamond.y).bytes;
  };
  EXPECT_EQ(y(5), y(5));
  EXPECT_NE(y(5), y(6));
}

TEST(MissingKernels, NamesTheLayerAndWhatItLacks) {
  NetworkBuilder builder("missing");
  Tensor wide = tensor("wide", TensorKind::Input, {2, 2});
  wide.type = DataType::F64;
  const TensorId x = builder.add_tensor(wide);
  wide.name = "product";
  wide.kind = TensorKind::Activation;
  const TensorId y = builder.add_tensor(wide);
  wide.name = "negated";
  const TensorId z = builder.add_tensor(wide);
  builder.add_layer(layer(OpKind::MatMul, {x, x}, y));
  builder.add_layer(layer(OpKind::Neg, {y}, z));
  builder.add_output(z);
  EXPECT_THAT(missing_reference_kernels(builder.build({"test"})),
              ElementsAre("layer 'layer 1' (MatMul): no reference kernel for f64"));
}

}  // namespace
}  // namespace partita
