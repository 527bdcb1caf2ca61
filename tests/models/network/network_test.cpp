#include "models/network/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor tensor(const std::string& name, const Shape& shape,
              TensorKind kind = TensorKind::Activation) {
  Tensor made;
  made.name = name;
  made.shape = shape;
  made.kind = kind;
  return made;
}

Layer layer(const std::string& name, OpKind kind, std::vector<TensorId> inputs,
            std::vector<TensorId> outputs, Attributes attributes = {}) {
  Layer made;
  made.name = name;
  made.kind = kind;
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  made.attributes = std::move(attributes);
  return made;
}

std::string error_of(NetworkBuilder& builder) {
  try {
    builder.build({"net", 0, 0});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// x -> a -> b -> d, a -> c -> d, layers added as d, c, b, a.
Network diamond() {
  NetworkBuilder builder("diamond");
  const TensorId x = builder.add_tensor(tensor("x", {2, 3}, TensorKind::Input));
  const TensorId a = builder.add_tensor(tensor("a", {2, 3}));
  const TensorId b = builder.add_tensor(tensor("b", {2, 3}));
  const TensorId c = builder.add_tensor(tensor("c", {2, 3}));
  const TensorId d = builder.add_tensor(tensor("d", {2, 3}));
  builder.add_layer(layer("d", OpKind::Add, {b, c}, {d}));
  builder.add_layer(layer("c", OpKind::Tanh, {a}, {c}));
  builder.add_layer(layer("b", OpKind::Relu, {a}, {b}));
  builder.add_layer(layer("a", OpKind::Relu, {x}, {a}));
  builder.add_output(d);
  return builder.build({});
}

std::vector<std::string> names(const Network& network, const std::vector<LayerId>& layers) {
  std::vector<std::string> found;
  for (const LayerId id : layers) found.push_back(network.layer(id).name);
  return found;
}

TEST(NetworkTest, LayersAreInTopologicalOrderTheFirstAddedFirst) {
  const Network network = diamond();
  std::vector<std::string> order;
  for (const LayerId id : network.layers()) order.push_back(network.layer(id).name);
  EXPECT_THAT(order, ElementsAre("a", "c", "b", "d"));
  const LayerId a = *network.layer_named("a"), d = *network.layer_named("d");
  EXPECT_THAT(names(network, network.successors(a)), ElementsAre("c", "b"));
  EXPECT_THAT(names(network, network.predecessors(d)), ElementsAre("c", "b"));
  EXPECT_TRUE(network.predecessors(a).empty());
  EXPECT_FALSE(network.layer_named("e").has_value());
}

TEST(NetworkTest, TensorsKnowTheirEnds) {
  const Network network = diamond();
  const Tensor& x = network.tensor(network.inputs().front());
  EXPECT_EQ(x.size, Bytes{2 * 3 * 4});
  EXPECT_FALSE(x.producer.has_value());
  const Tensor& a = network.tensor(network.layer(*network.layer_named("a")).outputs.front());
  EXPECT_EQ(a.producer, network.layer_named("a"));
  EXPECT_THAT(names(network, a.consumers), ElementsAre("c", "b"));
  EXPECT_FALSE(a.is_output);
  EXPECT_TRUE(network.tensor(network.outputs().front()).is_output);
  EXPECT_EQ(boost::num_edges(network.graph()), 4u);
}

TEST(NetworkTest, ATensorReadTwiceByOneLayerIsOneConsumer) {
  NetworkBuilder builder("square");
  const TensorId x = builder.add_tensor(tensor("x", {4}, TensorKind::Input));
  const TensorId y = builder.add_tensor(tensor("y", {4}));
  const TensorId z = builder.add_tensor(tensor("z", {4}));
  builder.add_layer(layer("y", OpKind::Relu, {x}, {y}));
  builder.add_layer(layer("z", OpKind::Mul, {y, y}, {z}));
  builder.add_output(z);
  const Network network = builder.build({});
  EXPECT_EQ(network.tensor(y).consumers.size(), 1u);
  EXPECT_EQ(network.successors(*network.layer_named("y")).size(), 1u);
  EXPECT_EQ(network.layer(*network.layer_named("z")).work.read, Bytes{16});
  EXPECT_EQ(network.signature(*network.layer_named("z")), "Mul(f32[4],@0){}");
}

TEST(NetworkTest, ACycleIsAnErrorThatNamesItsLayers) {
  NetworkBuilder builder("cycle");
  const TensorId a = builder.add_tensor(tensor("ta", {1}));
  const TensorId b = builder.add_tensor(tensor("tb", {1}));
  const TensorId c = builder.add_tensor(tensor("tc", {1}));
  builder.add_layer(layer("a", OpKind::Relu, {b}, {a}));
  builder.add_layer(layer("b", OpKind::Relu, {a}, {b}));
  builder.add_layer(layer("after", OpKind::Relu, {b}, {c}));
  builder.add_output(c);
  EXPECT_EQ(error_of(builder), "net: error: layers form a cycle: 'a' -> 'b' -> 'a'");
}

TEST(NetworkTest, AllOtherMistakesAreReportedAtOnce) {
  NetworkBuilder builder("bad");
  const TensorId x = builder.add_tensor(tensor("x", {1}, TensorKind::Input));
  const TensorId nobody = builder.add_tensor(tensor("nobody", {1}));
  const TensorId twice = builder.add_tensor(tensor("twice", {1}));
  const TensorId empty = builder.add_tensor(tensor("empty", {3, 0}));
  const TensorId same = builder.add_tensor(tensor("empty", {1}));
  builder.add_layer(layer("a", OpKind::Add, {x, nobody}, {twice}));
  builder.add_layer(layer("a", OpKind::Relu, {x}, {twice}));
  builder.add_layer(layer("b", OpKind::Relu, {x}, {empty}));
  builder.add_layer(layer("c", OpKind::Relu, {empty}, {same}));
  builder.add_layer(layer("d", OpKind::Relu, {empty}, {x}));
  builder.add_output(x);
  const std::string error = error_of(builder);
  EXPECT_THAT(error, HasSubstr("two layers have the name 'a'"));
  EXPECT_THAT(error, HasSubstr("two tensors have the name 'empty'"));
  EXPECT_THAT(error, HasSubstr("tensor 'nobody', which layer 'a' reads, is made by no layer"));
  EXPECT_THAT(error, HasSubstr("tensor 'twice' is made twice: by layer 'a' and by layer 'a'"));
  EXPECT_THAT(error, HasSubstr("tensor 'empty' has the shape [3x0]"));
  EXPECT_THAT(error, HasSubstr("layer 'd' makes tensor 'x', which is given from outside"));
  EXPECT_THAT(error, HasSubstr("output 'x' is made by no layer"));
}

TEST(NetworkTest, ATensorLargerThanAnyMemoryIsAnError) {
  NetworkBuilder builder("huge");
  const std::int64_t billion = 1'000'000'000;
  const TensorId x =
      builder.add_tensor(tensor("x", {billion, billion, billion}, TensorKind::Input));
  const TensorId y = builder.add_tensor(tensor("y", {1}));
  builder.add_layer(layer("a", OpKind::ReduceMax, {x}, {y}));
  EXPECT_THAT(error_of(builder), HasSubstr("tensor 'x' has the shape"));
}

TEST(NetworkTest, NoLayersIsAnError) {
  NetworkBuilder builder("nothing");
  EXPECT_THAT(error_of(builder), HasSubstr("the network has no layers"));
}

TEST(NetworkTest, SignatureHasWhatChangesTheTimeAndNoNames) {
  const auto signature = [](const std::string& name, DataType type, std::int64_t stride,
                            TensorKind kind) {
    NetworkBuilder builder("conv");
    const auto typed = [&](const std::string& suffix, const Shape& shape, TensorKind of) {
      Tensor made = tensor(name + suffix, shape, of);
      made.type = type;
      return builder.add_tensor(made);
    };
    const TensorId x = typed(".x", {1, 3, 8, 8}, TensorKind::Input);
    const TensorId w = typed(".w", {4, 3, 1, 1}, kind);
    const TensorId y = typed(".y", {1, 4, 8, 8}, TensorKind::Activation);
    builder.add_layer(layer(
        name, OpKind::Conv, {x, w}, {y},
        {{"group", std::int64_t{1}}, {"strides", std::vector<std::int64_t>{stride, stride}}}));
    builder.add_output(y);
    return builder.build({}).signature(LayerId{});
  };
  const std::string one = signature("one", DataType::F32, 1, TensorKind::Weight);
  EXPECT_EQ(one, "Conv(f32[1x3x8x8],w:f32[4x3x1x1]){group=1;strides=1,1}");
  EXPECT_EQ(one, signature("two", DataType::F32, 1, TensorKind::Weight));
  EXPECT_NE(one, signature("one", DataType::F16, 1, TensorKind::Weight));
  EXPECT_NE(one, signature("one", DataType::F32, 2, TensorKind::Weight));
  EXPECT_NE(one, signature("one", DataType::F32, 1, TensorKind::Constant));
}

TEST(NetworkTest, SignatureOfAReshapeHasItsResult) {
  NetworkBuilder builder("reshape");
  const TensorId x = builder.add_tensor(tensor("x", {6}, TensorKind::Input));
  const TensorId y = builder.add_tensor(tensor("y", {2, 3}));
  builder.add_layer(layer("r", OpKind::Reshape, {x}, {y}));
  builder.add_output(y);
  EXPECT_EQ(builder.build({}).signature(LayerId{}), "Reshape(f32[6]){}->f32[2x3]");
}

TEST(NetworkTest, ParametersAreWhatIsLearntEachOnce) {
  NetworkBuilder builder("counted");
  const TensorId x = builder.add_tensor(tensor("x", {5, 7}, TensorKind::Input));
  const auto weight = [&](const std::string& name, WeightRole role) {
    Tensor made = tensor(name, {7}, TensorKind::Weight);
    made.role = role;
    return builder.add_tensor(made);
  };
  const TensorId scale = weight("scale", WeightRole::Scale);
  const TensorId bias = weight("bias", WeightRole::Bias);
  const TensorId mean = weight("mean", WeightRole::Mean);
  const TensorId variance = weight("variance", WeightRole::Variance);
  const TensorId y = builder.add_tensor(tensor("y", {5, 7}));
  const TensorId z = builder.add_tensor(tensor("z", {5, 7}));
  builder.add_layer(
      layer("norm", OpKind::BatchNormalization, {x, scale, bias, mean, variance}, {y}));
  builder.add_layer(layer("again", OpKind::Add, {y, bias}, {z}));
  builder.add_output(z);
  const Network network = builder.build({});
  EXPECT_EQ(network.parameters(), 14);  // scale and bias; running statistics are not learnt
  EXPECT_EQ(network.total_weights(), Bytes{4 * 7 * 4});
}

// Whatever the order in which layers are added, each comes after what it reads, and the same layers
// are joined.
TEST(NetworkTest, RandomGraphsInRandomOrderAreSorted) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    NetworkBuilder builder("random");
    const int count = std::uniform_int_distribution<>(1, 30)(random);
    std::vector<TensorId> made{builder.add_tensor(tensor("x", {1}, TensorKind::Input))};
    std::vector<Layer> layers;
    for (int i = 0; i < count; ++i) {
      const auto any = [&] {
        return made[std::uniform_int_distribution<std::size_t>(0, made.size() - 1)(random)];
      };
      const TensorId a = any(), b = any();
      made.push_back(builder.add_tensor(tensor("t" + std::to_string(i), {1})));
      layers.push_back(layer("l" + std::to_string(i), OpKind::Add, {a, b}, {made.back()}));
    }
    std::shuffle(layers.begin(), layers.end(), random);
    for (const Layer& each : layers) builder.add_layer(each);
    const Network network = builder.build({});
    for (const LayerId id : network.layers()) {
      for (const LayerId before : network.predecessors(id)) EXPECT_LT(before, id);
      for (const TensorId input : network.layer(id).inputs) {
        const auto producer = network.tensor(input).producer;
        if (!producer) continue;
        const auto& before = network.predecessors(id);
        EXPECT_TRUE(std::binary_search(before.begin(), before.end(), *producer));
        const auto& after = network.successors(*producer);
        EXPECT_TRUE(std::binary_search(after.begin(), after.end(), id));
      }
    }
  }
}

}  // namespace
}  // namespace partita
