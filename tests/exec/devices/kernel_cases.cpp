// Every operator on random shapes.
#include "tests/exec/devices/kernel_cases.h"

#include <algorithm>

namespace partita::exec {
namespace {

using Ints = std::vector<std::int64_t>;

// Extent of a window's result: floor((x + pads - ((k - 1) d + 1)) / s) + 1, or the ceiling.
std::int64_t window_result(std::int64_t x, std::int64_t pads, std::int64_t k, std::int64_t d,
                           std::int64_t s, bool up = false) {
  const std::int64_t room = x + pads - ((k - 1) * d + 1);
  return (up ? (room + s - 1) / s : room / s) + 1;
}

struct WindowCase {
  Ints kernel, strides, dilations, pads;
  Shape spatial_in, spatial_out;
};

WindowCase random_window(Draw& draw, std::size_t axes, bool dilated) {
  WindowCase c;
  Ints after;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t k = draw.integer(1, 4), s = draw.integer(1, 3);
    const std::int64_t d = dilated ? draw.integer(1, 2) : 1;
    const std::int64_t before = draw.integer(0, k - 1), behind = draw.integer(0, k - 1);
    const std::int64_t x = draw.integer((k - 1) * d + 1, 14);
    c.kernel.push_back(k);
    c.strides.push_back(s);
    c.dilations.push_back(d);
    c.pads.push_back(before);
    after.push_back(behind);
    c.spatial_in.push_back(x);
    c.spatial_out.push_back(window_result(x, before + behind, k, d, s));
  }
  c.pads.insert(c.pads.end(), after.begin(), after.end());
  return c;
}

Shape joined(Shape first, const Shape& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

TEST_P(KernelTest, Convolutions) {
  Draw draw(1);
  for (int round = 0; round < 60; ++round) {
    const std::size_t axes = round % 10 == 9 ? 3 : round % 10 == 8 ? 1 : 2;
    const WindowCase c = random_window(draw, axes, round % 3 == 0);
    const std::int64_t groups = round % 4 == 1 ? draw.integer(2, 4) : 1;
    // Odd channels leave blocks incomplete; a group of one channel each is depthwise.
    const std::int64_t each_in = round % 8 == 5 ? 1 : draw.integer(1, 20);
    const std::int64_t each_out = round % 8 == 5 ? 1 : draw.integer(1, 20);
    const std::int64_t depth = round % 8 == 5 ? 32 : groups;
    const std::int64_t in = each_in * depth, out = each_out * depth, batch = draw.integer(1, 2);
    OneLayer one{OpKind::Conv,
                 {{"group", depth},
                  {"kernel_shape", c.kernel},
                  {"strides", c.strides},
                  {"dilations", c.dilations},
                  {"pads", c.pads}},
                 {{draw.floats(joined({batch, in}, c.spatial_in))},
                  {draw.floats(joined({out, each_in}, c.kernel)), true}},
                 {{DataType::F32, joined({batch, out}, c.spatial_out)}}};
    if (round % 2 == 0) one.operands.push_back({draw.floats({out}), true});
    expect_close(one);
  }
}

TEST_P(KernelTest, TransposedConvolutions) {
  Draw draw(2);
  for (int round = 0; round < 30; ++round) {
    const std::int64_t k = draw.integer(1, 4), s = draw.integer(1, 3);
    const std::int64_t pad = draw.integer(0, k - 1), pad_after = draw.integer(0, k - 1);
    const std::int64_t more = draw.integer(0, s - 1);
    const std::int64_t groups = round % 5 == 1 ? 2 : 1;
    const std::int64_t in = groups * draw.integer(1, 20), each_out = draw.integer(1, 20);
    const std::int64_t x = draw.integer(3, 9);
    // (x - 1) s + k + output padding - pads
    const std::int64_t y = (x - 1) * s + k + more - pad - pad_after;
    if (y < 1) continue;
    OneLayer one{OpKind::ConvTranspose,
                 {{"group", groups},
                  {"kernel_shape", Ints{k, k}},
                  {"strides", Ints{s, s}},
                  {"dilations", Ints{1, 1}},
                  {"pads", Ints{pad, pad, pad_after, pad_after}},
                  {"output_padding", Ints{more, more}}},
                 {{draw.floats({1, in, x, x})}, {draw.floats({in, each_out, k, k}), true}},
                 {{DataType::F32, {1, each_out * groups, y, y}}}};
    if (round % 2 == 0) one.operands.push_back({draw.floats({each_out * groups}), true});
    expect_close(one);
  }
}

TEST_P(KernelTest, Pools) {
  Draw draw(3);
  for (int round = 0; round < 40; ++round) {
    const std::size_t axes = round % 9 == 8 ? 3 : round % 9 == 7 ? 1 : 2;
    WindowCase c = random_window(draw, axes, round % 3 == 0);
    const bool up = round % 4 == 3;
    bool whole_window_outside = false;
    for (std::size_t i = 0; i < axes; ++i) {
      c.spatial_out[i] = window_result(c.spatial_in[i], c.pads[i] + c.pads[i + axes], c.kernel[i],
                                       c.dilations[i], c.strides[i], up);
      const std::int64_t last = (c.spatial_out[i] - 1) * c.strides[i] - c.pads[i];
      whole_window_outside = whole_window_outside || last >= c.spatial_in[i];
      for (std::int64_t o = 0; o < c.spatial_out[i]; ++o) {
        // A dilated window can step over all that is there: no maximum is defined then.
        bool inside = false;
        for (std::int64_t k = 0; k < c.kernel[i]; ++k) {
          const std::int64_t at = o * c.strides[i] - c.pads[i] + k * c.dilations[i];
          inside = inside || (at >= 0 && at < c.spatial_in[i]);
        }
        whole_window_outside = whole_window_outside || !inside;
      }
    }
    if (whole_window_outside) continue;
    const Shape x = joined({draw.integer(1, 2), draw.integer(1, 40)}, c.spatial_in);
    const Shape y = joined({x[0], x[1]}, c.spatial_out);
    expect_close({OpKind::MaxPool,
                  {{"kernel_shape", c.kernel},
                   {"strides", c.strides},
                   {"dilations", c.dilations},
                   {"pads", c.pads},
                   {"ceil_mode", std::int64_t{up}}},
                  {{draw.floats(x)}},
                  {{DataType::F32, y}}});
    if (c.dilations != Ints(axes, 1)) continue;
    for (const std::int64_t counted : {0, 1}) {
      if (counted == 1 && up) continue;
      expect_close({OpKind::AveragePool,
                    {{"kernel_shape", c.kernel},
                     {"strides", c.strides},
                     {"pads", c.pads},
                     {"ceil_mode", std::int64_t{up}},
                     {"count_include_pad", counted}},
                    {{draw.floats(x)}},
                    {{DataType::F32, y}}});
    }
  }
}

TEST_P(KernelTest, GlobalPools) {
  Draw draw(4);
  for (const OpKind kind : {OpKind::GlobalAveragePool, OpKind::GlobalMaxPool}) {
    for (const Shape& x : {Shape{2, 64, 7, 7}, {1, 3, 5, 9}, {1, 16, 11}, {1, 8, 3, 4, 5}}) {
      Shape y(x.size(), 1);
      y[0] = x[0];
      y[1] = x[1];
      expect_close({kind, {}, {{draw.floats(x)}}, {{DataType::F32, y}}});
    }
  }
}

TEST_P(KernelTest, Products) {
  Draw draw(5);
  struct Case {
    Shape a, b, y;
  };
  // numpy's matmul: stacks broadcast, vectors get an axis that goes again.
  const std::vector<Case> cases{{{3, 5}, {5, 7}, {3, 7}},
                                {{2, 3, 5}, {5, 7}, {2, 3, 7}},
                                {{2, 4, 3, 5}, {2, 4, 5, 6}, {2, 4, 3, 6}},
                                {{4, 3, 5}, {2, 1, 5, 6}, {2, 4, 3, 6}},
                                {{5}, {5, 7}, {7}},
                                {{3, 5}, {5}, {3}},
                                {{2, 3, 5}, {5}, {2, 3}},
                                {{5}, {5}, {}},
                                {{1, 1, 768}, {768, 100}, {1, 1, 100}},
                                {{1, 128, 64}, {1, 64, 128}, {1, 128, 128}}};
  for (const Case& c : cases) {
    for (const bool constant : {false, true}) {
      expect_close({OpKind::MatMul,
                    {},
                    {{draw.floats(c.a)}, {draw.floats(c.b), constant}},
                    {{DataType::F32, c.y}}});
    }
  }
}

TEST_P(KernelTest, Gemms) {
  Draw draw(6);
  for (int round = 0; round < 32; ++round) {
    const std::int64_t m = draw.integer(1, 9), k = draw.integer(1, 40), n = draw.integer(1, 40);
    const std::int64_t trans_a = round % 2, trans_b = round / 2 % 2;
    OneLayer one{OpKind::Gemm,
                 {{"alpha", round % 3 == 0 ? 0.5 : 1.0},
                  {"beta", 1.0},
                  {"transA", trans_a},
                  {"transB", trans_b}},
                 {{draw.floats(trans_a != 0 ? Shape{k, m} : Shape{m, k})},
                  {draw.floats(trans_b != 0 ? Shape{n, k} : Shape{k, n}), round % 5 != 0}},
                 {{DataType::F32, {m, n}}}};
    const std::vector<Shape> addends{{n}, {m, n}, {1, n}, {m, 1}, {1}};
    if (round % 6 != 5) one.operands.push_back({draw.floats(addends[round % 6]), round % 4 != 0});
    expect_close(one);
  }
}

TEST_P(KernelTest, Lstms) {
  Draw draw(7);
  for (int round = 0; round < 12; ++round) {
    const std::array<std::string, 3> directions{"forward", "reverse", "bidirectional"};
    const std::string direction = directions[static_cast<std::size_t>(round) % 3];
    const std::int64_t d = direction == "bidirectional" ? 2 : 1;
    const std::int64_t t = draw.integer(1, 6), b = draw.integer(1, 3), in = draw.integer(1, 20),
                       h = draw.integer(1, 20);
    OneLayer one{OpKind::Lstm,
                 {{"hidden_size", h}, {"direction", direction}},
                 {{draw.floats({t, b, in})},
                  {draw.floats({d, 4 * h, in}), true},
                  {draw.floats({d, 4 * h, h}), true}},
                 {{DataType::F32, {t, d, b, h}}}};
    if (round % 4 > 0) one.operands.push_back({draw.floats({d, 8 * h}), true});
    if (round % 4 > 1) {
      one.operands.push_back({draw.floats({d, b, h})});
      one.operands.push_back({draw.floats({d, b, h})});
    }
    if (round % 2 == 0) {
      one.results.push_back({DataType::F32, {d, b, h}});
      one.results.push_back({DataType::F32, {d, b, h}});
    }
    expect_close(one, 1e-4);
  }
}

TEST_P(KernelTest, Normalizations) {
  Draw draw(8);
  for (const Shape& x :
       {Shape{1, 64, 9, 9}, {2, 20, 5, 6}, {1, 3, 8, 8}, {2, 16, 30}, {1, 24, 7, 7}, {3, 21}}) {
    const Shape c{x[1]};
    expect_close({OpKind::BatchNormalization,
                  {{"epsilon", 1e-5}},
                  {{draw.floats(x)},
                   {draw.floats(c), true},
                   {draw.floats(c), true},
                   {draw.floats(c), true},
                   {draw.floats(c, 0.5, 1.5), true}},
                  {{DataType::F32, x}}});
    // Statistics that the network computes.
    expect_close({OpKind::BatchNormalization,
                  {{"epsilon", 1e-5}},
                  {{draw.floats(x)},
                   {draw.floats(c)},
                   {draw.floats(c)},
                   {draw.floats(c)},
                   {draw.floats(c, 0.5, 1.5)}},
                  {{DataType::F32, x}}});
    if (x.size() != 4) continue;
    expect_close({OpKind::Lrn,
                  {{"size", std::int64_t{5}}, {"alpha", 0.1}, {"beta", 0.75}, {"bias", 2.0}},
                  {{draw.floats(x)}},
                  {{DataType::F32, x}}});
  }
  for (const std::int64_t axis : {1, 2}) {
    const Shape x{2, 7, 24}, row(x.begin() + axis, x.end());
    OneLayer one{OpKind::LayerNormalization,
                 {{"axis", axis}, {"epsilon", 1e-5}},
                 {{draw.floats(x)}, {draw.floats(row), true}},
                 {{DataType::F32, x}}};
    expect_close(one);
    one.operands.push_back({draw.floats(row), true});
    expect_close(one);
  }
}

TEST_P(KernelTest, FunctionsOfOneOperand) {
  Draw draw(9);
  const std::vector<std::pair<OpKind, Attributes>> functions{
      {OpKind::Relu, {}},
      {OpKind::LeakyRelu, {{"alpha", 0.1}}},
      {OpKind::Elu, {{"alpha", 1.3}}},
      {OpKind::Sigmoid, {}},
      {OpKind::HardSigmoid, {{"alpha", 0.3}, {"beta", 0.4}}},
      {OpKind::HardSwish, {}},
      {OpKind::Tanh, {}},
      {OpKind::Erf, {}},
      {OpKind::Gelu, {{"approximate", std::string("none")}}},
      {OpKind::Gelu, {{"approximate", std::string("tanh")}}},
      {OpKind::Clip, {{"min", -0.5}, {"max", 2.0}}},
      {OpKind::Clip, {{"min", 0.0}}},
      {OpKind::Exp, {}},
      {OpKind::Abs, {}},
      {OpKind::Neg, {}},
      {OpKind::Floor, {}}};
  const std::vector<std::pair<OpKind, Attributes>> of_positive{
      {OpKind::Log, {}}, {OpKind::Sqrt, {}}, {OpKind::Reciprocal, {}}};
  for (const Shape& x : {Shape{1, 64, 7, 7}, {2, 20, 5, 3}, {5, 33}, {3}}) {
    for (const auto& [kind, attributes] : functions) {
      expect_close({kind, attributes, {{draw.floats(x, -4, 4)}}, {{DataType::F32, x}}});
    }
    for (const auto& [kind, attributes] : of_positive) {
      expect_close({kind, attributes, {{draw.floats(x, 0.1, 4)}}, {{DataType::F32, x}}});
    }
  }
  expect_close(
      {OpKind::Not, {}, {{draw.integers(DataType::Bool, {40}, 0, 1)}}, {{DataType::Bool, {40}}}},
      0);
}

// Shapes that broadcast to the third one.
const std::vector<std::array<Shape, 3>> kBroadcasts{{{{1, 64, 7, 7}, {1, 64, 7, 7}, {1, 64, 7, 7}}},
                                                    {{{1, 64, 7, 7}, {1, 64, 1, 1}, {1, 64, 7, 7}}},
                                                    {{{1, 64, 1, 1}, {1, 64, 7, 7}, {1, 64, 7, 7}}},
                                                    {{{2, 20, 5, 3}, {3}, {2, 20, 5, 3}}},
                                                    {{{2, 20, 5, 3}, {}, {2, 20, 5, 3}}},
                                                    {{{}, {2, 20, 5, 3}, {2, 20, 5, 3}}},
                                                    {{{4, 1, 6}, {5, 1}, {4, 5, 6}}},
                                                    {{{1, 12, 9, 9}, {1, 1, 9, 9}, {1, 12, 9, 9}}},
                                                    {{{1}, {1}, {1}}},
                                                    {{{}, {}, {}}},
                                                    {{{7, 1}, {1, 8}, {7, 8}}},
                                                    {{{1, 24, 96}, {24, 96}, {1, 24, 96}}},
                                                    {{{32, 7, 7}, {1, 32, 7, 7}, {1, 32, 7, 7}}}};

TEST_P(KernelTest, OperationsOfTwoOperands) {
  Draw draw(10);
  for (const auto& [a, b, y] : kBroadcasts) {
    for (const OpKind kind :
         {OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Div, OpKind::Min, OpKind::Max}) {
      expect_close({kind, {}, {{draw.floats(a)}, {draw.floats(b, 0.5, 2)}}, {{DataType::F32, y}}});
      expect_close(
          {kind, {}, {{draw.floats(a)}, {draw.floats(b, 0.5, 2), true}}, {{DataType::F32, y}}});
      expect_close(
          {kind,
           {},
           {{draw.integers(DataType::I64, a, -9, 9)}, {draw.integers(DataType::I64, b, 1, 9)}},
           {{DataType::I64, y}}},
          0);
    }
    for (const OpKind kind : {OpKind::Equal, OpKind::Greater, OpKind::Less}) {
      for (const DataType type : {DataType::F32, DataType::I64, DataType::I32}) {
        expect_close({kind,
                      {},
                      {{draw.integers(type, a, 0, 3)}, {draw.integers(type, b, 0, 3)}},
                      {{DataType::Bool, y}}},
                     0);
      }
    }
    for (const OpKind kind : {OpKind::And, OpKind::Or, OpKind::Equal}) {
      expect_close(
          {kind,
           {},
           {{draw.integers(DataType::Bool, a, 0, 1)}, {draw.integers(DataType::Bool, b, 0, 1)}},
           {{DataType::Bool, y}}},
          0);
    }
    expect_close({OpKind::Where,
                  {},
                  {{draw.integers(DataType::Bool, a, 0, 1)}, {draw.floats(b)}, {draw.floats(y)}},
                  {{DataType::F32, y}}},
                 0);
    expect_close({OpKind::Pow,
                  {},
                  {{draw.floats(a, 0.1, 2)}, {draw.floats(b, -2, 2)}},
                  {{DataType::F32, y}}});
  }
  for (const double power : {2.0, 3.0, 0.5, 1.7}) {
    TensorValue exponent(DataType::F32, {});
    exponent.as<float>()[0] = static_cast<float>(power);
    expect_close({OpKind::Pow,
                  {},
                  {{draw.floats({3, 40}, 0.1, 2)}, {exponent, true}},
                  {{DataType::F32, {3, 40}}}});
  }
}

TEST_P(KernelTest, Softmaxes) {
  Draw draw(11);
  const Shape x{2, 16, 5, 6};
  for (const OpKind kind : {OpKind::Softmax, OpKind::LogSoftmax}) {
    for (const Ints& axes : {Ints{0}, {1}, {3}, {1, 2, 3}, {2, 3}}) {
      expect_close({kind, {{"axes", axes}}, {{draw.floats(x, -5, 5)}}, {{DataType::F32, x}}});
    }
  }
}

TEST_P(KernelTest, Reductions) {
  Draw draw(12);
  const Shape x{2, 16, 5, 30};
  for (const OpKind kind : {OpKind::ReduceMean, OpKind::ReduceSum, OpKind::ReduceMax}) {
    for (const Ints& axes : {Ints{0}, {1}, {3}, {2, 3}, {0, 2}, {1, 3}, {0, 1, 2, 3}}) {
      for (const std::int64_t keep : {0, 1}) {
        Shape y;
        for (std::int64_t i = 0; i < 4; ++i) {
          const bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
          if (!reduced) y.push_back(x[static_cast<std::size_t>(i)]);
          if (reduced && keep != 0) y.push_back(1);
        }
        const Attributes attributes{{"axes", axes}, {"keepdims", keep}};
        // No sum near zero, where an error relative to the result would mean nothing.
        expect_close({kind, attributes, {{draw.floats(x, 0, 1)}}, {{DataType::F32, y}}});
        expect_close(
            {kind, attributes, {{draw.integers(DataType::I64, x, 0, 9)}}, {{DataType::I64, y}}}, 0);
      }
    }
  }
}

TEST_P(KernelTest, Selections) {
  Draw draw(13);
  const Shape x{3, 17, 4};
  for (std::int64_t axis = 0; axis < 3; ++axis) {
    for (const std::int64_t flag : {0, 1}) {
      Shape one = x, top = x;
      one[static_cast<std::size_t>(axis)] = 1;
      top[static_cast<std::size_t>(axis)] = 3;
      // Few distinct values: ties must be broken as ONNX does.
      const TensorValue values = draw.integers(DataType::F32, x, 0, 4);
      expect_close({OpKind::ArgMax,
                    {{"axis", axis}, {"keepdims", std::int64_t{1}}, {"select_last_index", flag}},
                    {{values}},
                    {{DataType::I64, one}}},
                   0);
      expect_close(
          {OpKind::TopK,
           {{"k", std::int64_t{3}}, {"axis", axis}, {"largest", flag}, {"sorted", std::int64_t{1}}},
           {{values}},
           {{DataType::F32, top}, {DataType::I64, top}}},
          0);
    }
  }
}

TEST_P(KernelTest, Concats) {
  Draw draw(14);
  for (const std::int64_t axis : {0, 1, 3}) {
    for (const Ints& extents : {Ints{64, 16, 32}, {24, 40}, {3, 1, 2}, {7}}) {
      OneLayer one{OpKind::Concat, {{"axis", axis}}, {}, {}};
      Shape y{2, 32, 5, 6};
      y[static_cast<std::size_t>(axis)] = 0;
      for (const std::int64_t extent : extents) {
        Shape x = y;
        x[static_cast<std::size_t>(axis)] = extent;
        one.operands.push_back({draw.floats(x)});
      }
      for (const std::int64_t extent : extents) y[static_cast<std::size_t>(axis)] += extent;
      one.results.push_back({DataType::F32, y});
      expect_close(one, 0);
    }
  }
  expect_close(
      {OpKind::Concat,
       {{"axis", std::int64_t{1}}},
       {{draw.integers(DataType::I64, {2, 3}, 0, 9)}, {draw.integers(DataType::I64, {2, 4}, 0, 9)}},
       {{DataType::I64, {2, 7}}}},
      0);
}

TEST_P(KernelTest, MovementsOfEveryType) {
  Draw draw(15);
  const Shape x{2, 16, 5, 6};
  for (const DataType type : {DataType::F32, DataType::I64, DataType::Bool}) {
    const auto values = [&](const Shape& shape) {
      return Operand{draw.integers(type, shape, 0, 1)};
    };
    expect_close({OpKind::Reshape, {}, {values(x)}, {{type, {32, 30}}}}, 0);
    expect_close({OpKind::Identity, {}, {values(x)}, {{type, x}}}, 0);
    for (const Ints& perm : {Ints{0, 2, 3, 1}, {3, 2, 1, 0}, {0, 1, 2, 3}, {0, 2, 1, 3}}) {
      Shape y;
      for (const std::int64_t axis : perm) y.push_back(x[static_cast<std::size_t>(axis)]);
      expect_close({OpKind::Transpose, {{"perm", perm}}, {values(x)}, {{type, y}}}, 0);
    }
    expect_close({OpKind::Slice,
                  {{"starts", Ints{3, 5}},
                   {"ends", Ints{11, 0}},
                   {"axes", Ints{1, 3}},
                   {"steps", Ints{2, -2}}},
                  {values(x)},
                  {{type, {2, 4, 5, 3}}}},
                 0);
    expect_close({OpKind::Split,
                  {{"axis", std::int64_t{1}}, {"split", Ints{4, 10, 2}}},
                  {values(x)},
                  {{type, {2, 4, 5, 6}}, {type, {2, 10, 5, 6}}, {type, {2, 2, 5, 6}}}},
                 0);
    expect_close({OpKind::Expand, {}, {values({16, 1, 6})}, {{type, x}}}, 0);
    expect_close(
        {OpKind::Tile, {{"repeats", Ints{2, 1, 3}}}, {values({2, 3, 4})}, {{type, {4, 3, 12}}}}, 0);
    for (const std::string mode : {"constant", "reflect", "edge"}) {
      expect_close({OpKind::Pad,
                    {{"pads", Ints{0, 1, 2, 0, 0, 0, 3, 4}}, {"value", 1.0}, {"mode", mode}},
                    {values(x)},
                    {{type, {2, 17, 10, 10}}}},
                   0);
    }
    for (const std::int64_t axis : {0, 1, 2}) {
      Shape y{4, 3, 5};
      y.erase(y.begin() + axis);
      y.insert(y.begin() + axis, {2, 6});
      const std::int64_t rows = Shape{4, 3, 5}[static_cast<std::size_t>(axis)];
      expect_close({OpKind::Gather,
                    {{"axis", axis}},
                    {values({4, 3, 5}), {draw.integers(DataType::I64, {2, 6}, -rows, rows - 1)}},
                    {{type, y}}},
                   0);
    }
  }
}

TEST_P(KernelTest, Scatters) {
  Draw draw(16);
  for (const std::string reduction : {"none", "add"}) {
    for (const std::int64_t depth : {1, 2, 3}) {
      const Shape data{6, 5, 4};
      // With "none" every tuple is another one: which of two equal ones wins is not defined.
      TensorValue indices(DataType::I64, {4, depth});
      for (std::int64_t i = 0; i < 4; ++i) {
        for (std::int64_t j = 0; j < depth; ++j) {
          indices.as<std::int64_t>()[static_cast<std::size_t>(i * depth + j)] =
              reduction == "add" && j == 0 ? i / 2 : i - (j == 0 ? 6 : 0) * (i % 2);
        }
      }
      const Shape updates = joined({4}, Shape(data.begin() + depth, data.end()));
      expect_close({OpKind::ScatterNd,
                    {{"reduction", reduction}},
                    {{draw.floats(data)}, {indices}, {draw.floats(updates)}},
                    {{DataType::F32, data}}});
    }
  }
}

TEST_P(KernelTest, Casts) {
  Draw draw(17);
  for (const DataType from : {DataType::F32, DataType::I64, DataType::Bool, DataType::I32}) {
    for (const DataType to :
         {DataType::F32, DataType::F64, DataType::I64, DataType::I32, DataType::Bool}) {
      const TensorValue values =
          from == DataType::F32 ? draw.floats({50}, -7, 7) : draw.integers(from, {50}, 0, 1);
      expect_close({OpKind::Cast, {}, {{values}}, {{to, {50}}}}, 0);
    }
  }
}

TEST_P(KernelTest, Collectives) {
  Draw draw(19);
  for (const std::int64_t ranks : {2, 3, 5}) {
    for (const std::int64_t axis : {0, 1, 2}) {
      const Attributes along{{"axis", axis}};
      const auto at = static_cast<std::size_t>(axis);
      Shape whole{2, 3, 4}, part{2, 3, 4};
      whole[at] = 4 * ranks;
      part[at] = 4;
      const auto operands = [&](const Shape& shape) {
        std::vector<Operand> all;
        for (std::int64_t i = 0; i < ranks; ++i) all.push_back({draw.floats(shape)});
        return all;
      };
      const auto results = [&](const Shape& shape) {
        return std::vector(static_cast<std::size_t>(ranks), std::pair{DataType::F32, shape});
      };
      expect_close({OpKind::AllReduce, {}, operands(part), results(part)});
      expect_close({OpKind::ReduceScatter, along, operands(whole), results(part)});
      expect_close({OpKind::AllGather, along, operands(part), results(whole)}, 0);
      expect_close({OpKind::AllToAll, along, operands(whole), results(whole)}, 0);
      expect_close({OpKind::Broadcast, {}, {{draw.floats(part)}}, results(part)}, 0);
      expect_close({OpKind::GatherToOne, along, operands(part), {{DataType::F32, whole}}}, 0);
      expect_close({OpKind::ScatterFromOne, along, {{draw.floats(whole)}}, results(part)}, 0);
    }
  }
}

TEST_P(KernelTest, Resizes) {
  Draw draw(18);
  for (const std::string coordinate :
       {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"}) {
    for (const std::string mode : {"nearest", "linear"}) {
      for (const std::string nearest :
           {"round_prefer_floor", "floor", "ceil", "round_prefer_ceil"}) {
        for (const double scale : {2.0, 0.6}) {
          const auto to = [scale](std::int64_t n) {
            return static_cast<std::int64_t>(static_cast<double>(n) * scale);
          };
          expect_close({OpKind::Resize,
                        {{"scales", std::vector<double>{1, 1, scale, scale}},
                         {"mode", mode},
                         {"coordinate", coordinate},
                         {"nearest", nearest}},
                        {{draw.floats({1, 16, 5, 10})}},
                        {{DataType::F32, {1, 16, to(5), to(10)}}}});
        }
      }
    }
  }
}

}  // namespace
}  // namespace partita::exec
