#include "partition/learn/layer_features.h"

#include <gtest/gtest.h>

#include <cmath>

namespace partita::learn {
namespace {

class Chain {
 public:
  TensorId tensor(TensorKind kind, Shape shape) {
    Tensor made;
    made.name = "t" + std::to_string(count_++);
    made.kind = kind;
    made.shape = std::move(shape);
    return builder_.add_tensor(std::move(made));
  }
  TensorId layer(OpKind kind, std::vector<TensorId> inputs, Shape result) {
    Layer made;
    made.name = "l" + std::to_string(count_++);
    made.kind = kind;
    made.inputs = std::move(inputs);
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
// it has just made. The Relu lies over its operand: 256 B and 64 FLOP more for the Gelu.
TEST(NetworkFeatures, SayWhatWentBySinceOperandsWereMade) {
  Chain chain;
  const TensorId product = chain.layer(
      OpKind::MatMul,
      {chain.tensor(TensorKind::Input, {8, 8}), chain.tensor(TensorKind::Weight, {8, 8})}, {8, 8});
  chain.layer(OpKind::Relu, {product}, {8, 8});
  chain.layer(OpKind::Tanh, {product}, {8, 8});
  const Network network = chain.build();
  const NetworkFeatures features(network);
  EXPECT_NEAR(features.of(LayerId{1}).passed_bytes, 768, 1e-9);
  EXPECT_NEAR(features.of(LayerId{1}).passed_flops, 1024, 1e-9);
  EXPECT_NEAR(features.of(LayerId{2}).passed_bytes, 768 + 256, 1e-9);
  EXPECT_NEAR(features.of(LayerId{2}).passed_flops, 1024 + 64, 1e-9);
  // Nobody knows when what comes from outside was written.
  EXPECT_GT(features.of(LayerId{0}).passed_bytes, 1e7);
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
  EXPECT_EQ(features.of(LayerId{3}).passed_bytes, features.of(LayerId{1}).passed_bytes);
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

}  // namespace
}  // namespace partita::learn
