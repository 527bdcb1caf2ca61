// A layer comes back from plain C as it was sent.
#include "exec/device/lowering.h"

#include <gtest/gtest.h>

namespace partita::exec {
namespace {

Layer layer_with_everything() {
  Layer layer;
  layer.name = "a layer";
  layer.kind = OpKind::Conv;
  layer.attributes = {{"group", std::int64_t{2}},
                      {"alpha", 0.5},
                      {"mode", std::string("edge")},
                      {"pads", std::vector<std::int64_t>{1, 2, 3}},
                      {"scales", std::vector<double>{1, 2.5}},
                      {"none", std::vector<std::int64_t>{}}};
  layer.inputs = {TensorId{2}, TensorId{0}, TensorId{1}};
  layer.outputs = {TensorId{3}};
  return layer;
}

IdVector<TensorId, Tensor> tensors() {
  IdVector<TensorId, Tensor> all(4);
  all[TensorId{0}].kind = TensorKind::Weight;
  all[TensorId{0}].shape = {4, 2, 3};
  all[TensorId{1}].kind = TensorKind::Constant;
  all[TensorId{1}].type = DataType::I64;
  all[TensorId{1}].shape = {2};
  all[TensorId{1}].values = std::make_shared<const std::vector<std::byte>>(16, std::byte{7});
  all[TensorId{2}].type = DataType::BF16;
  all[TensorId{2}].shape = {1, 2, 5};
  all[TensorId{3}].shape = {};
  return all;
}

TEST(Lowering, ALayerComesBackAsItWasSent) {
  const Layer layer = layer_with_everything();
  const IdVector<TensorId, Tensor> before = tensors();
  const LoweredLayer lowered(layer, before);
  const RaisedLayer raised_layer = raised(*lowered.get());
  EXPECT_EQ(raised_layer.layer.name, layer.name);
  EXPECT_EQ(raised_layer.layer.kind, layer.kind);
  EXPECT_EQ(raised_layer.layer.attributes, layer.attributes);
  ASSERT_EQ(raised_layer.layer.inputs.size(), 3u);
  ASSERT_EQ(raised_layer.layer.outputs.size(), 1u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor& sent = before[layer.inputs[i]];
    const Tensor& got = raised_layer.tensors[raised_layer.layer.inputs[i]];
    EXPECT_EQ(got.type, sent.type) << i;
    EXPECT_EQ(got.shape, sent.shape) << i;
    EXPECT_EQ(got.kind, sent.kind) << i;
  }
  const Tensor& constant = raised_layer.tensors[raised_layer.layer.inputs[2]];
  ASSERT_TRUE(constant.values);
  EXPECT_EQ(*constant.values, *before[TensorId{1}].values);
  EXPECT_EQ(raised_layer.tensors[raised_layer.layer.outputs[0]].shape, Shape{});
}

TEST(Lowering, WhatThereIsNotIsNamed) {
  const Layer layer = layer_with_everything();
  const IdVector<TensorId, Tensor> before = tensors();
  const LoweredLayer lowered(layer, before);
  partita_layer changed = *lowered.get();
  changed.op = "Fold";
  try {
    raised(changed);
    FAIL() << "an operator that there is not";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "there is no operator 'Fold'");
  }
  partita_tensor tensor = changed.input[0];
  tensor.type = 99;
  EXPECT_THROW(raised(tensor), Error);
}

}  // namespace
}  // namespace partita::exec
