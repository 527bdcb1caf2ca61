#include "exec/values/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "exec/values/moments.h"

namespace partita {
namespace {

using Distribution = Recipe::Distribution;

Tensor weight(const std::string& name, Shape shape, WeightRole role = WeightRole::Kernel) {
  Tensor tensor;
  tensor.name = name;
  tensor.kind = TensorKind::Weight;
  tensor.shape = std::move(shape);
  tensor.role = role;
  return tensor;
}
Tensor input(const std::string& name, DataType type, Shape shape) {
  Tensor tensor;
  tensor.name = name;
  tensor.kind = TensorKind::Input;
  tensor.type = type;
  tensor.shape = std::move(shape);
  return tensor;
}
Tensor activation(const std::string& name, Shape shape, DataType type = DataType::F32) {
  Tensor tensor;
  tensor.name = name;
  tensor.type = type;
  tensor.shape = std::move(shape);
  return tensor;
}

Layer layer(OpKind kind, Attributes attributes, std::vector<TensorId> inputs, TensorId output) {
  Layer result;
  result.name = "make tensor " + std::to_string(index(output));
  result.kind = kind;
  result.attributes = std::move(attributes);
  result.inputs = std::move(inputs);
  result.outputs = {output};
  return result;
}

double square_of(const TensorValue& value) {
  double sum = 0;
  for (const double v : numbers(value)) sum += v * v;
  return sum / static_cast<double>(value.elements());
}

// x [1, 256] times W [256, 64]. E[x^2] = 1/3 of the input, so the kernel's variance is 1 / (256 /
// 3) = 3 / 256.
TEST(SeededValues, AKernelsVarianceFitsWhatItMultiplies) {
  NetworkBuilder builder("product");
  const TensorId x = builder.add_tensor(input("x", DataType::F32, {1, 256}));
  const TensorId w = builder.add_tensor(weight("w", {256, 64}));
  const TensorId y = builder.add_tensor(activation("y", {1, 64}));
  builder.add_layer(layer(OpKind::MatMul, {}, {x, w}, y));
  builder.add_output(y);
  const Network network = builder.build({"test"});
  EXPECT_NEAR(expected_moments(network)[w].variance, 3.0 / 256, 1e-12);
  EXPECT_NEAR(expected_moments(network)[y].variance, 1, 1e-12);
  EXPECT_NEAR(square_of(SeededValues(network, 1).value(w)), 3.0 / 256, 3.0 / 256 * 0.05);
}

// The same product behind Relu (of E[x^2] = 1 half is left) and with the kernel stored transposed:
// fan-in is 64, the extent that the product sums over, not the last one. Variance 1 / (64 / 2).
TEST(SeededValues, FanInIsFoundBehindATranspose) {
  NetworkBuilder builder("transposed");
  const TensorId x = builder.add_tensor(input("x", DataType::F32, {8, 16}));
  const TensorId w1 = builder.add_tensor(weight("w1", {16, 64}));
  const TensorId h = builder.add_tensor(activation("h", {8, 64}));
  const TensorId r = builder.add_tensor(activation("r", {8, 64}));
  const TensorId w2 = builder.add_tensor(weight("w2", {10, 64}));
  const TensorId t = builder.add_tensor(activation("t", {64, 10}));
  const TensorId y = builder.add_tensor(activation("y", {8, 10}));
  builder.add_layer(layer(OpKind::MatMul, {}, {x, w1}, h));
  builder.add_layer(layer(OpKind::Relu, {}, {h}, r));
  builder.add_layer(layer(OpKind::Transpose, {{"perm", std::vector<std::int64_t>{1, 0}}}, {w2}, t));
  builder.add_layer(layer(OpKind::MatMul, {}, {r, t}, y));
  builder.add_output(y);
  const IdVector<TensorId, Moments> moments = expected_moments(builder.build({"test"}));
  EXPECT_NEAR(moments[w1].variance, 3.0 / 16, 1e-9);
  EXPECT_NEAR(moments[r].square(), 0.5, 1e-3);
  EXPECT_NEAR(moments[w2].variance, 2.0 / 64, 1e-3);
}

// A 3x3 window with padding 1 on a 2x2 plane: each axis has taps -1, 0, 1 at positions 0 and 1, of
// which 4 out of 6 are inside. So 5 x 9 x (2/3)^2 = 20 terms, and the variance is 1 / (20 / 3).
TEST(SeededValues, PaddingDoesNotCountAsFanIn) {
  NetworkBuilder builder("padded");
  const TensorId x = builder.add_tensor(input("x", DataType::F32, {1, 5, 2, 2}));
  const TensorId w = builder.add_tensor(weight("w", {4, 5, 3, 3}));
  const TensorId y = builder.add_tensor(activation("y", {1, 4, 2, 2}));
  using List = std::vector<std::int64_t>;
  builder.add_layer(layer(OpKind::Conv,
                          {{"group", std::int64_t{1}},
                           {"kernel_shape", List{3, 3}},
                           {"strides", List{1, 1}},
                           {"dilations", List{1, 1}},
                           {"pads", List{1, 1, 1, 1}}},
                          {x, w}, y));
  builder.add_output(y);
  EXPECT_NEAR(expected_moments(builder.build({"test"}))[w].variance, 3.0 / 20, 1e-12);
}

// ids -> Reshape -> Gather of a table of 30 rows, and beside it of one of 7: ids must be valid for
// both.
TEST(SeededValues, WholeNumbersIndexWhatConsumesThem) {
  NetworkBuilder builder("lookup");
  const TensorId tokens = builder.add_tensor(input("tokens", DataType::I64, {50}));
  const TensorId mask = builder.add_tensor(input("mask", DataType::I64, {50}));
  const TensorId flags = builder.add_tensor(input("flags", DataType::Bool, {50}));
  const TensorId large = builder.add_tensor(weight("large", {30, 4}, WeightRole::Embedding));
  const TensorId small = builder.add_tensor(weight("small", {7, 4}, WeightRole::Embedding));
  const TensorId flat = builder.add_tensor(activation("flat", {5, 10}, DataType::I64));
  const TensorId a = builder.add_tensor(activation("a", {5, 10, 4}));
  const TensorId b = builder.add_tensor(activation("b", {50, 4}));
  const TensorId cast = builder.add_tensor(activation("cast", {50}));
  const TensorId not_flags = builder.add_tensor(activation("not_flags", {50}, DataType::Bool));
  builder.add_layer(layer(OpKind::Reshape, {}, {tokens}, flat));
  builder.add_layer(layer(OpKind::Gather, {{"axis", std::int64_t{0}}}, {large, flat}, a));
  builder.add_layer(layer(OpKind::Gather, {{"axis", std::int64_t{0}}}, {small, tokens}, b));
  builder.add_layer(layer(OpKind::Cast, {}, {mask}, cast));
  builder.add_layer(layer(OpKind::Not, {}, {flags}, not_flags));
  for (const TensorId output : {a, b, cast, not_flags}) builder.add_output(output);
  const Network network = builder.build({"test"});
  const SeededValues values(network, 1);
  EXPECT_EQ(values.recipe(tokens).distribution, Distribution::Below);
  EXPECT_EQ(values.recipe(tokens).bound, 7);
  EXPECT_EQ(values.recipe(mask).distribution, Distribution::Mask);
  EXPECT_EQ(values.recipe(flags).distribution, Distribution::Mask);
  // Embeddings: variance 1 / width.
  EXPECT_NEAR(square_of(values.value(large)), 0.25, 0.08);

  const std::map<TensorId, TensorValue> inputs = seeded_inputs(network, 1);
  EXPECT_EQ(inputs.size(), 3U);
  EXPECT_EQ(inputs.at(tokens).bytes, values.value(tokens).bytes);
  EXPECT_NE(seeded_inputs(network, 2).at(tokens).bytes, values.value(tokens).bytes);
}

TEST(SeededValues, ConstantsKeepTheirValues) {
  NetworkBuilder builder("constant");
  const TensorId x = builder.add_tensor(input("x", DataType::F32, {2}));
  Tensor kept = activation("kept", {2});
  kept.kind = TensorKind::Constant;
  const TensorValue two = tensor_value<float>(DataType::F32, {2}, {2.5F, -1});
  kept.values = std::make_shared<const std::vector<std::byte>>(two.bytes);
  const TensorId c = builder.add_tensor(kept);
  const TensorId y = builder.add_tensor(activation("y", {2}));
  builder.add_layer(layer(OpKind::Add, {}, {x, c}, y));
  builder.add_output(y);
  const Network network = builder.build({"test"});
  EXPECT_THAT(numbers(SeededValues(network, 1).value(c)), testing::ElementsAre(2.5, -1));
}

// 60 blocks x + W2 relu(W1 x): each adds a branch of variance 1, so the expected variance grows by
// 1 a block, from 1/3, where He's rule on its own would double it: 2^60.
TEST(SeededValues, ResidualNetworksGrowLinearly) {
  NetworkBuilder builder("residual");
  TensorId x = builder.add_tensor(input("x", DataType::F32, {1, 64}));
  for (int block = 0; block < 60; ++block) {
    const std::string n = std::to_string(block);
    const TensorId w1 = builder.add_tensor(weight("w1." + n, {64, 64}));
    const TensorId w2 = builder.add_tensor(weight("w2." + n, {64, 64}));
    const TensorId a = builder.add_tensor(activation("a." + n, {1, 64}));
    const TensorId r = builder.add_tensor(activation("r." + n, {1, 64}));
    const TensorId b = builder.add_tensor(activation("b." + n, {1, 64}));
    const TensorId y = builder.add_tensor(activation("y." + n, {1, 64}));
    builder.add_layer(layer(OpKind::MatMul, {}, {x, w1}, a));
    builder.add_layer(layer(OpKind::Relu, {}, {a}, r));
    builder.add_layer(layer(OpKind::MatMul, {}, {r, w2}, b));
    builder.add_layer(layer(OpKind::Add, {}, {x, b}, y));
    x = y;
  }
  builder.add_output(x);
  EXPECT_NEAR(expected_moments(builder.build({"test"}))[x].square(), 60 + 1.0 / 3, 0.1);
}

}  // namespace
}  // namespace partita
