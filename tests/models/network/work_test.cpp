#include "models/network/work.h"

#include <gtest/gtest.h>

namespace partita {
namespace {

struct Operand {
  Shape shape;
  TensorKind kind = TensorKind::Input;
  DataType type = DataType::F32;
};

constexpr TensorKind kWeight = TensorKind::Weight;

Work work(OpKind kind, const std::vector<Operand>& operands, const std::vector<Operand>& results,
          const Attributes& attributes = {}) {
  NetworkBuilder builder("one layer");
  Layer layer;
  layer.name = "layer";
  layer.kind = kind;
  layer.attributes = attributes;
  const auto add = [&](const Operand& operand, TensorKind of, const std::string& name) {
    Tensor tensor;
    tensor.name = name;
    tensor.kind = of;
    tensor.type = operand.type;
    tensor.shape = operand.shape;
    return builder.add_tensor(tensor);
  };
  for (const Operand& operand : operands) {
    layer.inputs.push_back(add(operand, operand.kind, "in" + std::to_string(layer.inputs.size())));
  }
  for (const Operand& result : results) {
    layer.outputs.push_back(
        add(result, TensorKind::Activation, "out" + std::to_string(layer.outputs.size())));
  }
  builder.add_output(layer.outputs.front());
  builder.add_layer(layer);
  return builder.build({}).layer(LayerId{}).work;
}

// 2 x 8 x 5 x 5 = 400 results, each of 6 / 2 channels x 3 x 3 taps = 27 multiply-adds and a bias.
TEST(WorkTest, Conv) {
  const Work conv = work(OpKind::Conv, {{{2, 6, 5, 5}}, {{8, 3, 3, 3}, kWeight}, {{8}, kWeight}},
                         {{{2, 8, 5, 5}}});
  EXPECT_EQ(conv.flops, Flops{400 * (2 * 27 + 1)});
  EXPECT_EQ(conv.read, Bytes{2 * 6 * 5 * 5 * 4});
  EXPECT_EQ(conv.weights, Bytes{(8 * 3 * 3 * 3 + 8) * 4});
  EXPECT_EQ(conv.written, Bytes{400 * 4});
  EXPECT_EQ(conv.traffic(), conv.read + conv.weights + conv.written);
  EXPECT_EQ(conv.workspace, Bytes{0});
}

// 3 operands of 10 elements are 2 additions for each; it writes every result.
TEST(WorkTest, AllReduce) {
  const Work sum = work(OpKind::AllReduce, {{{10}}, {{10}}, {{10}}}, {{{10}}, {{10}}, {{10}}});
  EXPECT_EQ(sum.flops, Flops{20});
  EXPECT_EQ(sum.read, Bytes{120});
  EXPECT_EQ(sum.written, Bytes{120});
}

// 4 x 3 x 3 = 36 inputs, each meets 5 results x 2 x 2 taps = 20 multiply-adds; 5 x 6 x 6 = 180
// biases.
TEST(WorkTest, ConvTranspose) {
  const Work work_done =
      work(OpKind::ConvTranspose, {{{1, 4, 3, 3}}, {{4, 5, 2, 2}, kWeight}, {{5}, kWeight}},
           {{{1, 5, 6, 6}}});
  EXPECT_EQ(work_done.flops, Flops{36 * 2 * 20 + 180});
}

// 3 x 7 results of 5 multiply-adds each and one addition of C; A is 5 x 3, transposed.
TEST(WorkTest, Gemm) {
  const Work gemm = work(OpKind::Gemm, {{{5, 3}}, {{5, 7}, kWeight}, {{7}, kWeight}}, {{{3, 7}}},
                         {{"transA", std::int64_t{1}}, {"transB", std::int64_t{0}}});
  EXPECT_EQ(gemm.flops, Flops{21 * (2 * 5 + 1)});
}

// A batch of 2 x 3 products 4 x 5 by 5 x 6; B is the same for the outer 2.
TEST(WorkTest, MatMul) {
  const Work product = work(OpKind::MatMul, {{{2, 3, 4, 5}}, {{3, 5, 6}}}, {{{2, 3, 4, 6}}});
  EXPECT_EQ(product.flops, Flops{2 * 3 * 4 * 6 * 2 * 5});
  EXPECT_EQ(product.read, Bytes{(120 + 90) * 4});
  EXPECT_EQ(product.weights, Bytes{0});
}

// 10 steps x batch 2 x 2 directions; products 2 * 4H * (I + H) with H = 8, I = 6; elementwise, for
// each of the H: five functions of ten operations, four products and sums, eight biases.
TEST(WorkTest, Lstm) {
  const Work lstm = work(OpKind::Lstm, {{{10, 2, 6}}, {{2, 32, 6}, kWeight}, {{2, 32, 8}, kWeight}},
                         {{{10, 2, 2, 8}}}, {{"hidden_size", std::int64_t{8}}});
  EXPECT_EQ(lstm.flops, Flops{10 * 2 * 2 * (2 * 32 * (6 + 8) + 8 * (5 * 10 + 4 + 8))});
  EXPECT_EQ(lstm.workspace, Bytes{10 * 2 * 32 * 4});
}

TEST(WorkTest, PoolingAndReductionsCountWhatTheyLookAt) {
  const Attributes window{{"kernel_shape", std::vector<std::int64_t>{3, 2}}};
  EXPECT_EQ(work(OpKind::MaxPool, {{{1, 4, 6, 6}}}, {{{1, 4, 3, 3}}}, window).flops, Flops{36 * 6});
  EXPECT_EQ(work(OpKind::GlobalAveragePool, {{{1, 4, 6, 6}}}, {{{1, 4, 1, 1}}}).flops, Flops{144});
  EXPECT_EQ(work(OpKind::ReduceMean, {{{4, 6}}}, {{{4}}}).flops, Flops{24});
}

// A heap of 5: bit width of 5 is 3 comparisons an element.
TEST(WorkTest, TopK) {
  const Work top = work(OpKind::TopK, {{{100}}}, {{{5}}, {{5}, TensorKind::Input, DataType::I64}},
                        {{"k", std::int64_t{5}}});
  EXPECT_EQ(top.flops, Flops{300});
  EXPECT_EQ(top.written, Bytes{5 * 4 + 5 * 8});
}

TEST(WorkTest, GatherReadsOnlyTheRowsItPicks) {
  const Work gather =
      work(OpKind::Gather, {{{1000, 16}, kWeight}, {{3}, TensorKind::Input, DataType::I64}},
           {{{3, 16}}}, {{"axis", std::int64_t{0}}});
  EXPECT_EQ(gather.weights, Bytes{3 * 16 * 4});
  EXPECT_EQ(gather.read, Bytes{3 * 8});
  EXPECT_EQ(gather.flops, Flops{0});
}

TEST(WorkTest, SliceReadsOnlyWhatItKeeps) {
  EXPECT_EQ(work(OpKind::Slice, {{{100, 4}}}, {{{10, 4}}}).read, Bytes{160});
}

TEST(WorkTest, ElementwiseAndTypes) {
  const Work half =
      work(OpKind::Add,
           {{{8, 4}, TensorKind::Input, DataType::F16}, {{4}, TensorKind::Input, DataType::F16}},
           {{{8, 4}, TensorKind::Input, DataType::F16}});
  EXPECT_EQ(half.flops, Flops{32});
  EXPECT_EQ(half.read, Bytes{64 + 8});
  EXPECT_EQ(half.written, Bytes{64});
}

// Linear on two axes looks at four neighbours; nearest only copies.
TEST(WorkTest, Resize) {
  const auto flops = [](const char* mode) {
    return work(OpKind::Resize, {{{1, 3, 4, 4}}}, {{{1, 3, 8, 8}}}, {{"mode", mode}}).flops;
  };
  EXPECT_EQ(flops("linear"), Flops{192 * 8});
  EXPECT_EQ(flops("nearest"), Flops{0});
}

}  // namespace
}  // namespace partita
