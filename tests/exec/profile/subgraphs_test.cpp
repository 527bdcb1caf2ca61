// Chains and blocks of a network whose layers are known.
#include "exec/profile/subgraphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "partition/predict/footprint.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::ElementsAre;

std::vector<int> numbers(const std::vector<LayerId>& layers) {
  std::vector<int> all;
  for (const LayerId layer : layers) all.push_back(static_cast<int>(index(layer)));
  return all;
}

// 0 conv, 1 norm, 2 relu, 3 pool | 4 conv, 5 conv, 6 conv, 7 pool, 8 concat | 9 conv, 10 add |
// 11 mean, 12 reshape, 13 gemm, 14 softmax. 4, 5 and 7 read 3; 8 reads 4, 6, 7; 10 reads 8 and 9.
const Network kNetwork = branched_cnn();

TEST(Subgraphs, ChainsAreWhatCompilersFuseAndBlocksLieBetweenSingleTensors) {
  const std::vector<Subgraph> found = subgraphs(kNetwork);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_TRUE(found[0].chain);
  EXPECT_THAT(numbers(found[0].layers), ElementsAre(0, 1, 2));
  EXPECT_EQ(found[0].signature, kNetwork.signature(LayerId{0}) + " + " +
                                    kNetwork.signature(LayerId{1}) + " + " +
                                    kNetwork.signature(LayerId{2}));
  EXPECT_FALSE(found[1].chain);
  EXPECT_THAT(numbers(found[1].layers), ElementsAre(4, 5, 6, 7, 8));
  EXPECT_THAT(numbers(found[2].layers), ElementsAre(9, 10));
}

// Two convolutions with an activation each read the same: 0 conv, 1 conv, 2 relu of 0, 3 relu of 1,
// 4 add.
Network two_branches() {
  NetworkBuilder builder("two branches");
  const auto tensor = [&](const std::string& name, TensorKind kind, Shape shape) {
    Tensor made;
    made.name = name;
    made.kind = kind;
    made.shape = std::move(shape);
    return builder.add_tensor(made);
  };
  const auto layer = [&](const std::string& name, OpKind kind, std::vector<TensorId> inputs) {
    Layer made;
    made.name = name;
    made.kind = kind;
    if (kind == OpKind::Gemm) {
      made.attributes = {
          {"alpha", 1.0}, {"beta", 1.0}, {"transA", std::int64_t{0}}, {"transB", std::int64_t{0}}};
    }
    made.inputs = std::move(inputs);
    made.outputs = {tensor(name + ":0", TensorKind::Activation, {4, 8})};
    const TensorId output = made.outputs[0];
    builder.add_layer(std::move(made));
    return output;
  };
  const TensorId x = tensor("x", TensorKind::Input, {4, 8});
  const TensorId a = layer("a", OpKind::Gemm, {x, tensor("wa", TensorKind::Weight, {8, 8})});
  const TensorId b = layer("b", OpKind::Gemm, {x, tensor("wb", TensorKind::Weight, {8, 8})});
  const TensorId ra = layer("ra", OpKind::Relu, {a}), rb = layer("rb", OpKind::Tanh, {b});
  builder.add_output(layer("sum", OpKind::Add, {ra, rb}));
  return builder.build({"test"});
}

TEST(Subgraphs, RunOneBehindTheOtherInTheOrderThatKeepsThem) {
  const Network network = two_branches();
  const std::vector<Subgraph> found = subgraphs(network);
  ASSERT_EQ(found.size(), 3u);
  const IdVector<LayerId, double> position = order_keeping(network, found);
  std::vector<LayerId> order;
  for (const LayerId layer : network.layers()) order.push_back(layer);
  std::sort(order.begin(), order.end(),
            [&](LayerId a, LayerId b) { return position[a] < position[b]; });
  EXPECT_THAT(numbers(order), ElementsAre(0, 2, 1, 3, 4));
  EXPECT_THAT(numbers(found[0].layers), ElementsAre(0, 2));
  EXPECT_THAT(numbers(found[1].layers), ElementsAre(1, 3));
  // The result of 2 alone goes on from there; inputs of the network are not counted.
  EXPECT_THAT(numbers(found[2].layers), ElementsAre(1, 3, 4));
}

// Every tensor of two_branches() but the weights is 4 x 8 x 4 B = 128 B, a weight 8 x 8 x 4 = 256.
TEST(Footprint, OfOneLayerIsWhatItReadsAndWrites) {
  const Network network = two_branches();
  EXPECT_EQ(footprint_of(network, {LayerId{0}}),
            (Footprint{Bytes{256}, Bytes{256}, Bytes{0}, Bytes{512}}));
  // No weights; one operand, one result.
  EXPECT_EQ(footprint_of(network, {LayerId{2}}),
            (Footprint{Bytes{0}, Bytes{256}, Bytes{0}, Bytes{256}}));
}

// In the order 0 2 1 3 4: x lives to the end, since somebody else may read it. Live are x a; x a ra;
// x ra b; x ra b rb; x ra rb sum: four tensors of 128 B at most, beside both weights.
TEST(Footprint, OfSeveralIsTheMostThatLivesAtOnce) {
  const Network network = two_branches();
  EXPECT_EQ(footprint_of(network, {LayerId{0}, LayerId{2}, LayerId{1}, LayerId{3}, LayerId{4}}),
            (Footprint{Bytes{512}, Bytes{512}, Bytes{0}, Bytes{1024}}));
  // a dies in its activation where it is the last to read it: x a ra.
  EXPECT_EQ(footprint_of(network, {LayerId{0}, LayerId{2}}).activations, Bytes{384});
}

}  // namespace
}  // namespace partita::exec
