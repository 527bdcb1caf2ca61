#include "partition/learn/layer_features.h"

#include <gtest/gtest.h>

namespace partita::learn {
namespace {

class Chain {
 public:
  TensorId tensor(TensorKind kind, Shape shape, DataType type = DataType::F32) {
    Tensor made;
    made.name = "t" + std::to_string(count_++);
    made.kind = kind;
    made.shape = std::move(shape);
    made.type = type;
    return builder_.add_tensor(std::move(made));
  }
  TensorId layer(OpKind kind, std::vector<TensorId> inputs, Shape result,
                 Attributes attributes = {}) {
    Layer made;
    made.name = "l" + std::to_string(count_++);
    made.kind = kind;
    made.inputs = std::move(inputs);
    made.attributes = std::move(attributes);
    made.outputs = {tensor(TensorKind::Activation, std::move(result))};
    builder_.add_layer(made);
    return made.outputs.front();
  }
  Network build() { return builder_.build({"test", 0, 0}); }

 private:
  NetworkBuilder builder_{"test"};
  int count_ = 0;
};

// A product of 8 x 8 by 8 x 8 moves 3 * 256 B and takes 1,024 FLOP; the Relu after it reads what
// it has just made, and lies over its operand: 256 B and 64 FLOP went by since it read that when the
// Tanh reads it, too. That one moves as much, so when both are added, the Relu's result is older.
TEST(NetworkFeatures, SayWhatWentBySinceOperandsWereMadeOrRead) {
  Chain chain;
  const TensorId product = chain.layer(
      OpKind::MatMul,
      {chain.tensor(TensorKind::Input, {8, 8}), chain.tensor(TensorKind::Weight, {8, 8})}, {8, 8});
  const TensorId relu = chain.layer(OpKind::Relu, {product}, {8, 8});
  const TensorId tanh = chain.layer(OpKind::Tanh, {product}, {8, 8});
  chain.layer(OpKind::Add, {relu, tanh}, {8, 8});
  const Network network = chain.build();
  const NetworkFeatures features(network);
  const auto operand = [&](std::uint32_t layer, std::size_t i) {
    return features.of(LayerId{layer}).operands.at(i);
  };
  EXPECT_EQ(operand(1, 0).passed_bytes, 768);
  EXPECT_EQ(operand(1, 0).passed_flops, 1024);
  EXPECT_EQ(operand(2, 0).passed_bytes, 256);
  EXPECT_EQ(operand(2, 0).passed_flops, 64);
  EXPECT_EQ(operand(3, 0).passed_bytes, 512);
  EXPECT_EQ(operand(3, 1).passed_bytes, 256);
  EXPECT_EQ(operand(3, 1).share, 0.5);
  // Nobody knows when what comes from outside was written.
  EXPECT_GT(operand(0, 0).passed_bytes, 1e7);
  EXPECT_EQ(features.of(LayerId{0}).operands.size(), 1u);
}

// The second of two layers that do the same is described as the first, which is the one that
// profiles measure.
TEST(NetworkFeatures, ALayerIsDescribedWhereItFirstComes) {
  Chain chain;
  TensorId x = chain.tensor(TensorKind::Input, {8, 8});
  x = chain.layer(OpKind::Tanh, {x}, {8, 8});
  x = chain.layer(OpKind::Relu, {x}, {8, 8});
  x = chain.layer(OpKind::MatMul, {x, chain.tensor(TensorKind::Weight, {8, 8})}, {8, 8});
  chain.layer(OpKind::Relu, {x}, {8, 8});
  const Network network = chain.build();
  const NetworkFeatures features(network);
  EXPECT_EQ(features.of(LayerId{3}).operands.front().passed_bytes,
            features.of(LayerId{1}).operands.front().passed_bytes);
}

TEST(NetworkFeatures, SayWhichKernelRuns) {
  Chain chain;
  const TensorId x = chain.tensor(TensorKind::Input, {8, 8});
  const TensorId y = chain.layer(OpKind::Relu, {x}, {8, 8});
  chain.layer(OpKind::Add, {y, x}, {8, 8});
  chain.layer(OpKind::Add, {y, chain.tensor(TensorKind::Weight, {8})}, {8, 8});
  chain.layer(OpKind::MatMul, {y, x}, {8, 8});
  chain.layer(OpKind::MatMul, {y, chain.tensor(TensorKind::Weight, {8, 8})}, {8, 8});
  const Network network = chain.build();
  const NetworkFeatures features(network);
  EXPECT_EQ(features.of(LayerId{1}).kernel, "Add");
  EXPECT_EQ(features.of(LayerId{2}).kernel, "Add of a smaller operand");
  EXPECT_EQ(features.of(LayerId{3}).kernel, "MatMul of activations");
  EXPECT_EQ(features.of(LayerId{4}).kernel, "MatMul");
  EXPECT_TRUE(features.of(LayerId{0}).over_operand);
  EXPECT_FALSE(features.of(LayerId{4}).over_operand);
}

// The order of axes, and the way to approximate, decide which kernel runs.
TEST(NetworkFeatures, SayWhichKernelRunsByAttributes) {
  Chain chain;
  const TensorId x = chain.tensor(TensorKind::Input, {8, 4});
  const TensorId y =
      chain.layer(OpKind::Transpose, {x}, {4, 8}, {{"perm", std::vector<std::int64_t>{1, 0}}});
  chain.layer(OpKind::Gelu, {y}, {4, 8}, {{"approximate", std::string{"tanh"}}});
  const Network network = chain.build();
  const NetworkFeatures features(network);
  EXPECT_EQ(features.of(LayerId{0}).kernel, "Transpose 1,0");
  EXPECT_EQ(features.of(LayerId{1}).kernel, "Gelu tanh");
}

// A choice between numbers is no work of the type that it goes by.
TEST(NetworkFeatures, AChoiceIsOfTheTypeOfWhatItChooses) {
  Chain chain;
  const TensorId x = chain.tensor(TensorKind::Input, {8});
  const TensorId which = chain.tensor(TensorKind::Input, {8}, DataType::Bool);
  chain.layer(OpKind::Where, {which, x, x}, {8});
  const Network network = chain.build();
  EXPECT_EQ(NetworkFeatures(network).of(LayerId{0}).type, DataType::F32);
}

}  // namespace
}  // namespace partita::learn
