// What cannot run is known without trying.
#include "exec/devices/cpu_onednn/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partita::exec {
namespace {

std::string gap(OpKind kind, Attributes attributes, const std::vector<Tensor>& operands,
                const Shape& result, std::size_t results = 1) {
  IdVector<TensorId, Tensor> tensors;
  Layer layer{"layer", kind, std::move(attributes), {}, {}, {}};
  for (const Tensor& operand : operands) layer.inputs.push_back(tensors.push_back(operand));
  Tensor made;
  made.shape = result;
  for (std::size_t i = 0; i < results; ++i) layer.outputs.push_back(tensors.push_back(made));
  return kernel_gap(layer, tensors);
}

Tensor tensor(Shape shape, DataType type = DataType::F32,
              TensorKind kind = TensorKind::Activation) {
  Tensor made;
  made.kind = kind;
  made.type = type;
  made.shape = std::move(shape);
  return made;
}

using Ints = std::vector<std::int64_t>;

TEST(KernelGap, TypesThatNoKernelTakes) {
  EXPECT_EQ(gap(OpKind::Relu, {}, {tensor({4})}, {4}), "");
  EXPECT_EQ(gap(OpKind::Relu, {}, {tensor({4}, DataType::F16)}, {4}), "operands of type f16");
  EXPECT_EQ(gap(OpKind::Add, {}, {tensor({4}, DataType::I64), tensor({4}, DataType::I64)}, {4}),
            "");
  EXPECT_EQ(gap(OpKind::Add, {}, {tensor({4}, DataType::Bool), tensor({4}, DataType::Bool)}, {4}),
            "operands of type bool");
  // What only moves values takes any type.
  EXPECT_EQ(gap(OpKind::Reshape, {}, {tensor({4}, DataType::BF16)}, {2, 2}), "");
}

TEST(KernelGap, WeightsOfAnLstmMustBeConstant) {
  const auto weight = [](Shape shape, TensorKind kind) {
    return tensor(std::move(shape), DataType::F32, kind);
  };
  const Tensor x = tensor({2, 1, 3});
  const Attributes attributes{{"hidden_size", std::int64_t{2}},
                              {"direction", std::string("forward")}};
  EXPECT_EQ(gap(OpKind::Lstm, attributes,
                {x, weight({1, 8, 3}, TensorKind::Weight), weight({1, 8, 2}, TensorKind::Weight)},
                {2, 1, 1, 2}),
            "");
  EXPECT_EQ(
      gap(OpKind::Lstm, attributes,
          {x, weight({1, 8, 3}, TensorKind::Activation), weight({1, 8, 2}, TensorKind::Weight)},
          {2, 1, 1, 2}),
      "weights that are computed");
}

// 5 wide, kernel 2, stride 2, ceil mode: three windows, of which the last reaches one past the end.
TEST(KernelGap, AveragesThatCountPaddingOfCeilModeDiffer) {
  Attributes attributes{{"kernel_shape", Ints{2}},
                        {"strides", Ints{2}},
                        {"pads", Ints{0, 0}},
                        {"ceil_mode", std::int64_t{1}},
                        {"count_include_pad", std::int64_t{1}}};
  EXPECT_EQ(gap(OpKind::AveragePool, attributes, {tensor({1, 1, 5})}, {1, 1, 3}),
            "ceil_mode with count_include_pad");
  attributes.set("count_include_pad", std::int64_t{0});
  EXPECT_EQ(gap(OpKind::AveragePool, attributes, {tensor({1, 1, 5})}, {1, 1, 3}), "");
}

TEST(KernelGap, CostedLayersAndResultsThatOnlyTrainingNeeds) {
  EXPECT_NE(gap(OpKind::Opaque, {}, {}, {1}), "");
  EXPECT_EQ(gap(OpKind::MaxPool, {}, {tensor({1, 1, 4, 4})}, {1, 1, 4, 4}, 2),
            "the result 'indices'");
}

}  // namespace
}  // namespace partita::exec
