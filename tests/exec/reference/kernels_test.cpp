// Operators other than products, on operands small enough for arithmetic by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/diagnostics.h"
#include "tests/exec/reference/one_layer.h"

namespace partita {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kYes = 1, kNo = 0;

auto near(const Numbers& expected) { return Pointwise(testing::DoubleNear(1e-6), expected); }

TEST(Elementwise, UnaryFunctions) {
  const std::vector<TensorValue> x{floats({4}, {-2, -0.5, 0, 3})};
  const auto run = [&](OpKind kind, Attributes attributes = {}) {
    return run_floats(kind, std::move(attributes), x, {4});
  };
  EXPECT_THAT(run(OpKind::Relu), ElementsAre(0, 0, 0, 3));
  EXPECT_THAT(run(OpKind::LeakyRelu, {{"alpha", 0.5}}), ElementsAre(-1, -0.25, 0, 3));
  EXPECT_THAT(run(OpKind::Clip, {{"min", -1.0}, {"max", 2.0}}), ElementsAre(-1, -0.5, 0, 2));
  EXPECT_THAT(run(OpKind::Clip, {{"max", 2.0}}), ElementsAre(-2, -0.5, 0, 2));
  EXPECT_THAT(run(OpKind::HardSigmoid, {{"alpha", 0.25}, {"beta", 0.5}}),
              ElementsAre(0, 0.375, 0.5, 1));
  EXPECT_THAT(run(OpKind::Floor), ElementsAre(-2, -1, 0, 3));
  // x Phi(x): Phi(-2) = 0.0227501, Phi(-0.5) = 0.3085375, Phi(3) = 0.9986501 (tables of the normal
  // distribution).
  EXPECT_THAT(run(OpKind::Gelu, {{"approximate", std::string("none")}}),
              near({-2 * 0.0227501319, -0.5 * 0.3085375387, 0, 3 * 0.9986501020}));
  // x clamp(x / 6 + 1/2): -2 x 1/6, -0.5 x 5/12.
  EXPECT_THAT(run(OpKind::HardSwish), near({-1.0 / 3, -0.5 * 5 / 12, 0, 3}));
}

// [2, 1] and [3] give [2, 3].
TEST(Elementwise, OperandsAreBroadcast) {
  const std::vector<TensorValue> ab{floats({2, 1}, {10, 20}), floats({3}, {1, 2, 4})};
  EXPECT_THAT(run_floats(OpKind::Add, {}, ab, {2, 3}), ElementsAre(11, 12, 14, 21, 22, 24));
  EXPECT_THAT(run_floats(OpKind::Sub, {}, ab, {2, 3}), ElementsAre(9, 8, 6, 19, 18, 16));
  EXPECT_THAT(run_floats(OpKind::Mul, {}, ab, {2, 3}), ElementsAre(10, 20, 40, 20, 40, 80));
  EXPECT_THAT(run_floats(OpKind::Div, {}, ab, {2, 3}), ElementsAre(10, 5, 2.5, 20, 10, 5));
  EXPECT_THAT(run_floats(OpKind::Pow, {}, ab, {2, 3}), ElementsAre(10, 100, 1e4, 20, 400, 1.6e5));
  EXPECT_THAT(run_floats(OpKind::Max, {}, {floats({}, {3}), floats({1, 1, 2}, {1, 5})}, {1, 1, 2}),
              ElementsAre(3, 5));
}

TEST(Elementwise, WholeNumbersDivideTowardsZeroAndWrap) {
  const auto run = [](OpKind kind, const Numbers& a, const Numbers& b) {
    return numbers(run_operator(kind, {},
                                {of_type(DataType::I32, {2}, a), of_type(DataType::I32, {2}, b)},
                                {{DataType::I32, {2}}})
                       .front());
  };
  EXPECT_THAT(run(OpKind::Div, {7, -7}, {2, 2}), ElementsAre(3, -3));
  EXPECT_THAT(run(OpKind::Div, {7, -2147483648.0}, {0, -1}), ElementsAre(0, -2147483648.0));
  EXPECT_THAT(run(OpKind::Add, {2147483647, 1}, {1, 1}), ElementsAre(-2147483648.0, 2));
  // -2^63 / -1 does not fit in 64 bits; some processors stop at it.
  const TensorValue least = of_type(DataType::I64, {1}, {-0x1p63});
  EXPECT_EQ(run_operator(OpKind::Div, {}, {least, of_type(DataType::I64, {1}, {-1})},
                         {{DataType::I64, {1}}})
                .front()
                .bytes,
            least.bytes);
}

TEST(Elementwise, ComparisonsAndLogic) {
  const auto run = [](OpKind kind, const std::vector<TensorValue>& operands) {
    return numbers(run_operator(kind, {}, operands, {{DataType::Bool, {3}}}).front());
  };
  const std::vector<TensorValue> ab{floats({3}, {1, 2, 3}), floats({1}, {2})};
  EXPECT_THAT(run(OpKind::Less, ab), ElementsAre(1, 0, 0));
  EXPECT_THAT(run(OpKind::Equal, ab), ElementsAre(0, 1, 0));
  EXPECT_THAT(run(OpKind::Greater, ab), ElementsAre(0, 0, 1));
  const std::vector<TensorValue> flags{of_type(DataType::Bool, {3}, {0, 1, 1}),
                                       of_type(DataType::Bool, {3}, {0, 0, 1})};
  EXPECT_THAT(run(OpKind::And, flags), ElementsAre(0, 0, 1));
  EXPECT_THAT(run(OpKind::Or, flags), ElementsAre(0, 1, 1));
  EXPECT_THAT(run(OpKind::Not, {flags[0]}), ElementsAre(1, 0, 0));
  EXPECT_THAT(
      run_floats(OpKind::Where, {}, {flags[0], floats({3}, {1, 2, 3}), floats({1}, {-9})}, {3}),
      ElementsAre(-9, 2, 3));
}

// 16-bit operands are computed in f32 and rounded once: 2048 + 1 is a tie in f16 and goes to the
// even 2048; + 3 to 2052.
TEST(Elementwise, HalvesAreRoundedOnce) {
  const TensorValue sum =
      run_operator(OpKind::Add, {},
                   {of_type(DataType::F16, {2}, {2048, 2048}), of_type(DataType::F16, {2}, {1, 3})},
                   {{DataType::F16, {2}}})
          .front();
  EXPECT_THAT(numbers(sum), ElementsAre(2048, 2052));
}

// e^0, e^ln2, e^ln5 = 1, 2, 5: an eighth, a quarter, five eighths. Adding 1000 to all changes
// nothing.
TEST(Softmax, SharesOfExponentials) {
  const double log2 = std::log(2), log5 = std::log(5);
  for (const double shift : {0.0, 1000.0}) {
    const Numbers x{shift, shift + log2, shift + log5};
    const auto tolerance = Pointwise(DoubleNear(1e-4), Numbers{0.125, 0.25, 0.625});
    EXPECT_THAT(run_floats(OpKind::Softmax, {{"axes", List{1}}}, {floats({1, 3}, x)}, {1, 3}),
                tolerance);
    EXPECT_THAT(run_floats(OpKind::Softmax, {{"axes", List{0}}}, {floats({3, 1}, x)}, {3, 1}),
                tolerance);
    EXPECT_THAT(run_floats(OpKind::Softmax, {{"axes", List{0, 1}}}, {floats({3, 1}, x)}, {3, 1}),
                tolerance);
  }
  EXPECT_THAT(
      run_floats(OpKind::LogSoftmax, {{"axes", List{0}}}, {floats({2}, {0, std::log(3)})}, {2}),
      near({std::log(0.25), std::log(0.75)}));
}

// A masked element (-infinity) gets nothing.
TEST(Softmax, MasksWithInfinity) {
  EXPECT_THAT(
      run_floats(OpKind::Softmax, {{"axes", List{0}}}, {floats({3}, {1, -kInfinity, 1})}, {3}),
      ElementsAre(0.5, 0, 0.5));
}

Attributes pool(List kernel, List strides, List pads, std::int64_t count_padding = kNo) {
  return {{"kernel_shape", kernel},
          {"strides", std::move(strides)},
          {"dilations", List(kernel.size(), 1)},
          {"pads", std::move(pads)},
          {"ceil_mode", kNo},
          {"count_include_pad", count_padding}};
}

// 0 [1 2] 3 4 5 0 with windows of 3, stride 2, padding 1: (1 2) (2 3 4) (4 5).
TEST(Pool, WindowsAtTheEdges) {
  const std::vector<TensorValue> x{floats({1, 1, 5}, {1, 2, 3, 4, 5})};
  EXPECT_THAT(run_floats(OpKind::MaxPool, pool({3}, {2}, {1, 1}), x, {1, 1, 3}),
              ElementsAre(2, 4, 5));
  EXPECT_THAT(run_floats(OpKind::AveragePool, pool({3}, {2}, {1, 1}), x, {1, 1, 3}),
              ElementsAre(1.5, 3, 4.5));
  EXPECT_THAT(run_floats(OpKind::AveragePool, pool({3}, {2}, {1, 1}, kYes), x, {1, 1, 3}),
              ElementsAre(1, 3, 3));
}

// Padding never wins: the largest of negative numbers is negative.
TEST(Pool, PaddingIsNotAnElement) {
  EXPECT_THAT(run_floats(OpKind::MaxPool, pool({2, 2}, {2, 2}, {1, 1, 1, 1}),
                         {floats({1, 1, 2, 2}, {-4, -3, -2, -1})}, {1, 1, 2, 2}),
              ElementsAre(-4, -3, -2, -1));
}

// ceil_mode: windows of 3 at stride 2 on 4 elements: (1 2 3), (3 4 .); the part that hangs over the
// padding is not counted even where padding is: (3 + 4) / 2.
TEST(Pool, AWindowThatHangsOverIsCut) {
  EXPECT_THAT(run_floats(OpKind::AveragePool, pool({3}, {2}, {0, 0}, kYes),
                         {floats({1, 1, 4}, {1, 2, 3, 4})}, {1, 1, 2}),
              ElementsAre(2, 3.5));
}

TEST(Pool, Dilation) {
  Attributes attributes = pool({2}, {1}, {0, 0});
  attributes.set("dilations", List{2});
  EXPECT_THAT(run_floats(OpKind::MaxPool, attributes, {floats({1, 1, 4}, {1, 9, 3, 4})}, {1, 1, 2}),
              ElementsAre(3, 9));
}

TEST(Pool, GlobalOnes) {
  const std::vector<TensorValue> x{floats({1, 2, 3}, {1, 2, 6, -1, -2, -6})};
  EXPECT_THAT(run_floats(OpKind::GlobalAveragePool, {}, x, {1, 2, 1}), ElementsAre(3, -3));
  EXPECT_THAT(run_floats(OpKind::GlobalMaxPool, {}, x, {1, 2, 1}), ElementsAre(6, -1));
}

// Channel 0: (x - 1) / sqrt(3 + 1) x 4 + 0.5; channel 1: (x - 2) / 1 x 1 - 1 with variance 0.
TEST(Normalization, BatchByHand) {
  EXPECT_THAT(run_floats(OpKind::BatchNormalization, {{"epsilon", 1.0}},
                         {floats({1, 2, 2}, {1, 3, 2, 5}), floats({2}, {4, 1}),
                          floats({2}, {0.5, -1}), floats({2}, {1, 2}), floats({2}, {3, 0})},
                         {1, 2, 2}),
              ElementsAre(0.5, 4.5, -1, 2));
}

// Row 1 3 5 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5; with epsilon 4 the deviation is 3.
TEST(Normalization, LayerByHand) {
  EXPECT_THAT(
      run_floats(OpKind::LayerNormalization, {{"axis", std::int64_t{1}}, {"epsilon", 4.0}},
                 {floats({1, 4}, {1, 3, 5, 7}), floats({4}, {3, 6, 3, 1}), floats({1}, {10})},
                 {1, 4}),
      near({7, 8, 11, 11}));
}

// Three channels 1 2 3, size 2: ONNX takes floor(1/2) = 0 channels before and ceil(1/2) = 1 after.
// Channel 0: 1 / (1 + 2/2 (1 + 4)) = 1/6; channel 1: 2 / (1 + 13) = 1/7; channel 2: 3 / (1 + 9) =
// 0.3.
TEST(Normalization, LocalResponseByHand) {
  EXPECT_THAT(run_floats(OpKind::Lrn,
                         {{"size", std::int64_t{2}}, {"alpha", 2.0}, {"beta", 1.0}, {"bias", 1.0}},
                         {floats({1, 3, 1}, {1, 2, 3})}, {1, 3, 1}),
              near({1.0 / 6, 1.0 / 7, 0.3}));
}

TEST(Reduction, OverTheAxesGiven) {
  const std::vector<TensorValue> x{floats({2, 3}, {1, 2, 6, -1, 5, 2})};
  EXPECT_THAT(run_floats(OpKind::ReduceSum, {{"axes", List{1}}, {"keepdims", kNo}}, x, {2}),
              ElementsAre(9, 6));
  EXPECT_THAT(run_floats(OpKind::ReduceMean, {{"axes", List{0}}, {"keepdims", kYes}}, x, {1, 3}),
              ElementsAre(0, 3.5, 4));
  EXPECT_THAT(run_floats(OpKind::ReduceMax, {{"axes", List{0, 1}}, {"keepdims", kNo}}, x, {}),
              ElementsAre(6));
}

TEST(Reduction, OfEqualsTheFirstOrTheLast) {
  const std::vector<TensorValue> x{floats({1, 4}, {1, 7, 7, 2})};
  const auto run = [&](std::int64_t last) {
    return numbers(
        run_operator(OpKind::ArgMax,
                     {{"axis", std::int64_t{1}}, {"keepdims", kYes}, {"select_last_index", last}},
                     x, {{DataType::I64, {1, 1}}})
            .front());
  };
  EXPECT_THAT(run(kNo), ElementsAre(1));
  EXPECT_THAT(run(kYes), ElementsAre(2));
}

TEST(Reduction, TopKAlongAnInnerAxis) {
  const Attributes attributes{
      {"k", std::int64_t{2}}, {"axis", std::int64_t{0}}, {"largest", kYes}, {"sorted", kYes}};
  // Columns (1 5 3) and (9 9 4): of the equal ones the lower index first.
  const std::vector<TensorValue> results =
      run_operator(OpKind::TopK, attributes, {floats({3, 2}, {1, 9, 5, 9, 3, 4})},
                   {{DataType::F32, {2, 2}}, {DataType::I64, {2, 2}}});
  EXPECT_THAT(numbers(results[0]), ElementsAre(5, 9, 3, 9));
  EXPECT_THAT(numbers(results[1]), ElementsAre(1, 0, 2, 1));
}

// Long enough for a sort that does not keep the order of equals to show it.
TEST(Reduction, TopKOfEqualsKeepsTheirOrder) {
  const Attributes attributes{
      {"k", std::int64_t{4}}, {"axis", std::int64_t{0}}, {"largest", kYes}, {"sorted", kYes}};
  const std::vector<TensorValue> results =
      run_operator(OpKind::TopK, attributes, {floats({100}, Numbers(100, 3.0))},
                   {{DataType::F32, {4}}, {DataType::I64, {4}}});
  EXPECT_THAT(numbers(results[1]), ElementsAre(0, 1, 2, 3));
}

TEST(Movement, ConcatAndSplit) {
  const TensorValue a = floats({2, 1}, {1, 2}), b = floats({2, 2}, {3, 4, 5, 6});
  EXPECT_THAT(run_floats(OpKind::Concat, {{"axis", std::int64_t{1}}}, {a, b}, {2, 3}),
              ElementsAre(1, 3, 4, 2, 5, 6));
  const std::vector<TensorValue> parts = run_operator(
      OpKind::Split, {{"axis", std::int64_t{1}}, {"split", List{1, 2}}},
      {floats({2, 3}, {1, 3, 4, 2, 5, 6})}, {{DataType::F32, {2, 1}}, {DataType::F32, {2, 2}}});
  EXPECT_EQ(parts[0].bytes, a.bytes);
  EXPECT_EQ(parts[1].bytes, b.bytes);
}

TEST(Movement, SliceForwardsAndBackwards) {
  const auto run = [](std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t count) {
    return run_floats(
        OpKind::Slice,
        {{"starts", List{start}}, {"ends", List{end}}, {"axes", List{1}}, {"steps", List{step}}},
        {floats({2, 4}, {0, 1, 2, 3, 10, 11, 12, 13})}, {2, count});
  };
  EXPECT_THAT(run(1, 3, 1, 2), ElementsAre(1, 2, 11, 12));
  EXPECT_THAT(run(0, 4, 2, 2), ElementsAre(0, 2, 10, 12));
  EXPECT_THAT(run(3, -1, -1, 4), ElementsAre(3, 2, 1, 0, 13, 12, 11, 10));
}

TEST(Movement, PadInEachMode) {
  const auto run = [](const std::string& mode) {
    return run_floats(OpKind::Pad, {{"pads", List{2, 1}}, {"value", 9.0}, {"mode", mode}},
                      {floats({3}, {1, 2, 3})}, {6});
  };
  EXPECT_THAT(run("constant"), ElementsAre(9, 9, 1, 2, 3, 9));
  EXPECT_THAT(run("edge"), ElementsAre(1, 1, 1, 2, 3, 3));
  EXPECT_THAT(run("reflect"), ElementsAre(3, 2, 1, 2, 3, 2));
  // Negative pads cut.
  EXPECT_THAT(run_floats(OpKind::Pad,
                         {{"pads", List{-1, 1}}, {"value", 9.0}, {"mode", std::string("constant")}},
                         {floats({3}, {1, 2, 3})}, {3}),
              ElementsAre(2, 3, 9));
}

TEST(Movement, TransposeExpandTile) {
  EXPECT_THAT(run_floats(OpKind::Transpose, {{"perm", List{2, 0, 1}}},
                         {floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})}, {3, 1, 2}),
              ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(run_floats(OpKind::Expand, {}, {floats({2, 1}, {1, 2})}, {2, 2, 2}),
              ElementsAre(1, 1, 2, 2, 1, 1, 2, 2));
  EXPECT_THAT(run_floats(OpKind::Tile, {{"repeats", List{2, 2}}}, {floats({1, 2}, {1, 2})}, {2, 4}),
              ElementsAre(1, 2, 1, 2, 1, 2, 1, 2));
}

TEST(Movement, GatherPicksRowsAndColumns) {
  const TensorValue data = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto indices = [](const Numbers& values) {
    return of_type(DataType::I64, {static_cast<std::int64_t>(values.size())}, values);
  };
  EXPECT_THAT(
      run_floats(OpKind::Gather, {{"axis", std::int64_t{1}}}, {data, indices({-1, 0})}, {2, 2}),
      ElementsAre(3, 1, 6, 4));
  EXPECT_THAT(run_floats(OpKind::Gather, {{"axis", std::int64_t{0}}}, {data, indices({1})}, {1, 3}),
              ElementsAre(4, 5, 6));
  EXPECT_THAT(
      [&] {
        run_floats(OpKind::Gather, {{"axis", std::int64_t{0}}}, {data, indices({2})}, {1, 3});
      },
      ThrowsMessage<Error>(HasSubstr("layer 'layer' (Gather): index 2 is outside an extent of 2")));
}

TEST(Movement, ScatterReplacesOrAdds) {
  const auto run = [](const std::string& reduction) {
    return run_floats(OpKind::ScatterNd, {{"reduction", reduction}},
                      {floats({3, 2}, {1, 1, 2, 2, 3, 3}), of_type(DataType::I64, {2, 1}, {2, 2}),
                       floats({2, 2}, {10, 20, 30, 40})},
                      {3, 2});
  };
  EXPECT_THAT(run("none"), ElementsAre(1, 1, 2, 2, 30, 40));
  EXPECT_THAT(run("add"), ElementsAre(1, 1, 2, 2, 43, 63));
}

TEST(Movement, CastCutsAndRounds) {
  const TensorValue cast =
      run_operator(OpKind::Cast, {}, {floats({3}, {1.7, -1.7, 0})}, {{DataType::I64, {3}}}).front();
  EXPECT_THAT(numbers(cast), ElementsAre(1, -1, 0));
}

// Three ranks of [2, 3]; an axis of 1, since rows must not mix.
TEST(Collective, OfThreeRanks) {
  const std::vector<TensorValue> x{floats({2, 3}, {1, 2, 3, 4, 5, 6}),
                                   floats({2, 3}, {10, 20, 30, 40, 50, 60}),
                                   floats({2, 3}, {100, 200, 300, 400, 500, 600})};
  const auto run = [&](OpKind kind, const Shape& shape) {
    const Attributes axis{{"axis", std::int64_t{1}}};
    std::vector<Numbers> all;
    for (const TensorValue& result :
         run_operator(kind, kind == OpKind::AllReduce ? Attributes{} : axis, x,
                      std::vector<Result>(3, {DataType::F32, shape}))) {
      all.push_back(numbers(result));
    }
    return all;
  };
  EXPECT_THAT(run(OpKind::AllReduce, {2, 3}),
              testing::Each(ElementsAre(111, 222, 333, 444, 555, 666)));
  EXPECT_THAT(run(OpKind::ReduceScatter, {2, 1}),
              ElementsAre(ElementsAre(111, 444), ElementsAre(222, 555), ElementsAre(333, 666)));
  EXPECT_THAT(run(OpKind::AllGather, {2, 9}),
              testing::Each(ElementsAre(1, 2, 3, 10, 20, 30, 100, 200, 300, 4, 5, 6, 40, 50, 60,
                                        400, 500, 600)));
  EXPECT_THAT(run(OpKind::AllToAll, {2, 3}),
              ElementsAre(ElementsAre(1, 10, 100, 4, 40, 400), ElementsAre(2, 20, 200, 5, 50, 500),
                          ElementsAre(3, 30, 300, 6, 60, 600)));
  const auto told = run_operator(OpKind::Broadcast, {}, {x.front()},
                                 std::vector<Result>(2, {DataType::F32, {2, 3}}));
  for (const TensorValue& result : told) {
    EXPECT_THAT(numbers(result), ElementsAre(1, 2, 3, 4, 5, 6));
  }
  const Attributes axis{{"axis", std::int64_t{1}}};
  const auto joined = run_operator(OpKind::GatherToOne, axis, x, {{DataType::F32, {2, 9}}});
  EXPECT_THAT(numbers(joined.front()),
              ElementsAre(1, 2, 3, 10, 20, 30, 100, 200, 300, 4, 5, 6, 40, 50, 60, 400, 500, 600));
  const auto parts = run_operator(OpKind::ScatterFromOne, axis, {x.front()},
                                  std::vector<Result>(3, {DataType::F32, {2, 1}}));
  EXPECT_THAT(numbers(parts[0]), ElementsAre(1, 4));
  EXPECT_THAT(numbers(parts[1]), ElementsAre(2, 5));
  EXPECT_THAT(numbers(parts[2]), ElementsAre(3, 6));
}

Attributes resize(const std::string& mode, const std::string& coordinate,
                  std::vector<double> scales) {
  return {{"mode", mode},
          {"coordinate", coordinate},
          {"nearest", std::string("round_prefer_floor")},
          {"scales", std::move(scales)}};
}

// Twice as long: half_pixel puts result o at (o + 1/2) / 2 - 1/2 = -1/4, 1/4, 3/4, 5/4; asymmetric
// at 0, 1/2, 1, 3/2; align_corners at 0, 1/3, 2/3, 1. Positions outside take the border element.
TEST(Resize, PositionsOfEachConvention) {
  const std::vector<TensorValue> x{floats({1, 1, 2}, {0, 12})};
  const auto run = [&](const std::string& mode, const std::string& coordinate) {
    return run_floats(OpKind::Resize, resize(mode, coordinate, {1, 1, 2}), x, {1, 1, 4});
  };
  EXPECT_THAT(run("linear", "half_pixel"), ElementsAre(0, 3, 9, 12));
  EXPECT_THAT(run("linear", "asymmetric"), ElementsAre(0, 6, 12, 12));
  EXPECT_THAT(run("linear", "align_corners"), near({0, 4, 8, 12}));
  EXPECT_THAT(run("nearest", "half_pixel"), ElementsAre(0, 0, 12, 12));
  EXPECT_THAT(run("nearest", "asymmetric"), ElementsAre(0, 0, 12, 12));  // 1/2 goes down
  // A single result has no corners to align: it is the first element.
  EXPECT_THAT(
      run_floats(OpKind::Resize, resize("linear", "align_corners", {1, 1, 0.5}), x, {1, 1, 1}),
      ElementsAre(0));
}

}  // namespace
}  // namespace partita
