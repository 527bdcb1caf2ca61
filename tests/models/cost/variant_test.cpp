#include "models/cost/variant.h"

#include <gtest/gtest.h>

#include "models/network/variants.h"

namespace partita {
namespace {

// x -> a -> b -> c, of which b has a weight; a's result has a time of its own.
Network chain(Bytes made_by_a, Bytes weight, bool b_is_output = false) {
  NetworkBuilder builder("chain");
  const auto tensor = [&](const std::string& name, TensorKind kind, Bytes size) {
    Tensor one;
    one.name = name;
    one.kind = kind;
    one.size = size;
    if (name == "a") one.transfer_time = 3us;
    return builder.add_tensor(std::move(one));
  };
  const TensorId x = tensor("x", TensorKind::Input, Bytes{100});
  const TensorId w = tensor("w", TensorKind::Weight, weight);
  const TensorId a = tensor("a", TensorKind::Activation, made_by_a);
  const TensorId b = tensor("b", TensorKind::Activation, Bytes{20});
  const TensorId c = tensor("c", TensorKind::Activation, Bytes{30});
  const auto layer = [&](const std::string& name, std::vector<TensorId> inputs, TensorId output) {
    Layer one;
    one.name = name;
    one.inputs = std::move(inputs);
    one.outputs = {output};
    one.work.flops = Flops{1000};
    one.work.workspace = Bytes{50};
    builder.add_layer(std::move(one));
  };
  layer("a", {x}, a);
  layer("b", {a, w}, b);
  layer("c", {b}, c);
  builder.add_output(c);
  if (b_is_output) builder.add_output(b);
  return builder.build({"chain", 0, 0});
}

TEST(Variants, StructureIsAllButSizesOfWhatMoves) {
  const Network network = chain(Bytes{10}, Bytes{5});
  EXPECT_TRUE(same_structure(network, chain(Bytes{99}, Bytes{5})));
  EXPECT_FALSE(same_structure(network, chain(Bytes{10}, Bytes{6})));
  EXPECT_FALSE(same_structure(network, chain(Bytes{10}, Bytes{5}, true)));
}

TEST(Variants, SkippedLayersDoNothing) {
  const Network network = chain(Bytes{10}, Bytes{5});
  const Network left = without_layers(network, {LayerId{0}, LayerId{1}});
  EXPECT_TRUE(same_structure(network, left));
  EXPECT_EQ(left.layer(LayerId{1}).work.flops, Flops{});
  EXPECT_EQ(left.layer(LayerId{1}).work.workspace, Bytes{});
  EXPECT_EQ(left.layer(LayerId{2}).work.flops, Flops{1000});
  EXPECT_EQ(left.tensor(TensorId{2}).size, Bytes{});
  EXPECT_EQ(left.tensor(TensorId{2}).transfer_time, Time{1});
  EXPECT_EQ(left.tensor(TensorId{3}).size, Bytes{});
  EXPECT_EQ(left.tensor(TensorId{4}).size, Bytes{30});
  EXPECT_EQ(left.total_weights(), Bytes{5});
}

TEST(Variants, SkippedLayersCostNextToNothingWhereTheyCanRun) {
  CostTable costs(2, 2);
  costs.set(LayerId{0}, ProcessorId{1}, LayerCost{5us, Bytes{7}});
  costs.set(LayerId{1}, ProcessorId{1}, LayerCost{6us, Bytes{8}});
  const CostTable left = without_layers(costs, {LayerId{0}});
  EXPECT_FALSE(left(LayerId{0}, ProcessorId{0}));
  EXPECT_EQ(left(LayerId{0}, ProcessorId{1})->time, Time{1});
  EXPECT_EQ(left(LayerId{0}, ProcessorId{1})->traffic, Bytes{});
  EXPECT_FALSE(left(LayerId{0}, ProcessorId{1})->launched);
  EXPECT_EQ(left(LayerId{1}, ProcessorId{1})->time, 6us);
}

}  // namespace
}  // namespace partita
