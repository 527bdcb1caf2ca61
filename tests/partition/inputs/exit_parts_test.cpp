#include "partition/inputs/exit_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/diagnostics.h"
#include "models/network/part.h"

namespace partita::inputs {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// x -> a -> f1 -> b -> f2 -> c -> l3, with l1 from f1 and l2 from f2; with `skip`, c reads a's
// operand, too. All are elementwise on one row.
Network with_exits(bool skip = false) {
  NetworkBuilder builder("net");
  const auto add = [&](const std::string& name, TensorKind kind, Shape shape = {1, 4}) {
    Tensor tensor;
    tensor.name = name;
    tensor.kind = kind;
    tensor.shape = std::move(shape);
    return builder.add_tensor(std::move(tensor));
  };
  const auto layer = [&](const std::string& name, OpKind kind, std::vector<TensorId> inputs,
                         const std::string& result) {
    const TensorId made = add(result, TensorKind::Activation);
    Layer one;
    one.name = name;
    one.kind = kind;
    one.inputs = std::move(inputs);
    one.outputs = {made};
    one.work.flops = Flops{4};
    builder.add_layer(std::move(one));
    return made;
  };
  const TensorId x = add("x", TensorKind::Input);
  const TensorId w = add("w", TensorKind::Weight);
  const TensorId f1 = layer("a", OpKind::Add, {x, w}, "f1");
  const TensorId l1 = layer("head1", OpKind::Relu, {f1}, "l1");
  const TensorId f2 = layer("b", OpKind::Relu, {f1}, "f2");
  const TensorId l2 = layer("head2", OpKind::Relu, {f2}, "l2");
  const TensorId l3 = layer("c", OpKind::Add, {f2, skip ? f1 : w}, "l3");
  for (const TensorId id : {l1, l2, l3}) builder.add_output(id);
  return builder.build({"net"});
}

std::vector<std::string> layers(const Network& network) {
  std::vector<std::string> names;
  for (const LayerId id : network.layers()) names.push_back(network.layer(id).name);
  return names;
}

std::vector<std::string> tensors(const Network& network, const std::vector<TensorId>& ids) {
  std::vector<std::string> names;
  for (const TensorId id : ids) names.push_back(network.tensor(id).name);
  return names;
}

const ExitNames kNames{{"l1", "l2", "l3"}, {"f1", "f2"}};

TEST(CutAtExits, DirectPartsPassOtherExitsOnwardPartsBeginWithTheFeatures) {
  const Network network = with_exits();
  const ExitParts parts = cut_at_exits(network, kNames, "here");
  ASSERT_EQ(parts.exits(), 3u);
  EXPECT_THAT(layers(parts.direct[0]), ElementsAre("a", "head1"));
  EXPECT_THAT(layers(parts.direct[1]), ElementsAre("a", "b", "head2"));
  EXPECT_THAT(layers(parts.direct[2]), ElementsAre("a", "b", "c"));
  EXPECT_THAT(layers(parts.onward[1]), ElementsAre("b", "head2"));
  EXPECT_THAT(layers(parts.onward[2]), ElementsAre("c"));
  EXPECT_THAT(tensors(parts.direct[1], parts.direct[1].inputs()), ElementsAre("x"));
  EXPECT_THAT(tensors(parts.onward[1], parts.onward[1].inputs()), ElementsAre("f1"));
  EXPECT_THAT(tensors(parts.onward[1], parts.onward[1].outputs()), ElementsAre("l2", "f2"));
  EXPECT_THAT(tensors(parts.direct[2], parts.direct[2].outputs()), ElementsAre("l3"));
}

TEST(CutAtExits, RefusesWhatCannotBeCut) {
  const Network network = with_exits();
  EXPECT_THAT(
      [&] {
        cut_at_exits(network, {{"l1", "l9"}, {"w"}}, "here");
      },
      ThrowsMessage<ConfigError>(AllOf(HasSubstr("here: error: the network has no tensor 'l9'"),
                                       HasSubstr("'w' is computed by no layer"))));
  EXPECT_THAT(
      [&] {
        cut_at_exits(network, {{"l1", "l2"}, {"f1", "f2"}}, "here");
      },
      ThrowsMessage<ConfigError>(HasSubstr("2 exits have 1 tensors between them, not 2")));
  EXPECT_THAT([&] { cut_at_exits(with_exits(true), kNames, "here"); },
              ThrowsMessage<ConfigError>(HasSubstr("exit 3 needs more than 'f2'")));
}

TEST(PartOf, KeepsWhatTheLayersAre) {
  const Network network = with_exits();
  const Network part =
      part_of(network, "part", {*tensor_named(network, "f1")}, {*tensor_named(network, "l3")});
  EXPECT_EQ(part.name(), "part");
  EXPECT_THAT(layers(part), ElementsAre("b", "c"));
  EXPECT_EQ(part.signature(LayerId{0}), network.signature(*network.layer_named("b")));
  EXPECT_EQ(part.signature(LayerId{1}), network.signature(*network.layer_named("c")));
  EXPECT_EQ(part.total_flops(), Flops{8});  // 4 of each
  EXPECT_EQ(part.tensor(*tensor_named(part, "f1")).kind, TensorKind::Input);
  EXPECT_FALSE(tensor_named(part, "x"));
}

}  // namespace
}  // namespace partita::inputs
