// Matrix products, convolutions and LSTM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "exec/reference/product.h"
#include "tests/exec/reference/one_layer.h"

namespace partita {
namespace {

using testing::ElementsAre;

// Small whole numbers: every order of summation gives the exact result.
std::vector<float> whole_numbers(std::int64_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random() % 19) - 9);
  return values;
}

Attributes windowed(List strides, List dilations, List pads, std::int64_t group = 1) {
  return {{"group", group},
          {"strides", std::move(strides)},
          {"dilations", std::move(dilations)},
          {"pads", std::move(pads)}};
}

// Sizes around the blocks of the product (2 rows, 8 and 64 columns, 256 deep), plain and
// transposed.
TEST(Product, EqualsTheDefinition) {
  for (const std::int64_t rows : {1, 2, 5}) {
    for (const std::int64_t columns : {1, 7, 8, 64, 65, 130}) {
      for (const std::int64_t depth : {1, 3, 256, 257, 600}) {
        const std::vector<float> a = whole_numbers(rows * depth, 1);
        const std::vector<float> b = whole_numbers(depth * columns, 2);
        std::vector<double> c(static_cast<std::size_t>(rows * columns), -1);
        // b is stored transposed.
        reference::multiply(
            rows, columns, depth, {a.data(), depth, 1}, reference::fill_from({b.data(), 1, depth}),
            [&](std::int64_t i, std::int64_t first, std::int64_t count, const double* sums) {
              std::copy(sums, sums + count, c.begin() + i * columns + first);
            });
        for (std::int64_t i = 0; i < rows; ++i) {
          for (std::int64_t j = 0; j < columns; ++j) {
            double sum = 0;
            for (std::int64_t p = 0; p < depth; ++p) {
              sum += static_cast<double>(a[static_cast<std::size_t>(i * depth + p)]) *
                     b[static_cast<std::size_t>(j * depth + p)];
            }
            ASSERT_EQ(c[static_cast<std::size_t>(i * columns + j)], sum)
                << rows << " x " << columns << " x " << depth << " at " << i << ", " << j;
          }
        }
      }
    }
  }
}

// 1 + 2^-30 summed 2^10 times is lost in f32 one by one; here every product and sum is exact: 1024
// (1 + 2^-30) rounds to 1024. The difference with 1024, formed in the same sum, shows that nothing
// was rounded on the way: 1024 x 2^-30 = 2^-20.
TEST(Product, SumsAreKeptInDouble) {
  std::vector<float> a(2048, 1.0F), b(2048, 1.0F);
  for (std::size_t i = 0; i < 1024; ++i) {
    a[2 * i] = 1 + 0x1p-15F;
    b[2 * i] = 1 - 0x1p-15F;  // product 1 - 2^-30
    a[2 * i + 1] = -1;
  }
  double result = 0;
  reference::multiply(
      1, 1, 2048, {a.data(), 2048, 1}, reference::fill_from({b.data(), 1, 1}),
      [&](std::int64_t, std::int64_t, std::int64_t, const double* sums) { result = sums[0]; });
  EXPECT_EQ(result, -0x1p-20);
}

// [1 2; 3 4] [1 0 2; 0 1 3] = [1 2 8; 3 4 18]; twice that, plus 10 x (1 2 3).
TEST(Gemm, ScalesAndAdds) {
  const Attributes attributes{
      {"alpha", 2.0}, {"beta", 10.0}, {"transA", std::int64_t{0}}, {"transB", std::int64_t{0}}};
  EXPECT_THAT(run_floats(OpKind::Gemm, attributes,
                         {floats({2, 2}, {1, 2, 3, 4}), floats({2, 3}, {1, 0, 2, 0, 1, 3}),
                          floats({3}, {1, 2, 3})},
                         {2, 3}),
              ElementsAre(12, 24, 46, 16, 28, 66));
}

TEST(Gemm, TransposesEitherSide) {
  const Attributes attributes{
      {"alpha", 1.0}, {"beta", 1.0}, {"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}};
  EXPECT_THAT(
      run_floats(OpKind::Gemm, attributes,
                 {floats({2, 2}, {1, 3, 2, 4}), floats({3, 2}, {1, 0, 0, 1, 2, 3})}, {2, 3}),
      ElementsAre(1, 2, 8, 3, 4, 18));
}

// Two matrices on the left, one on the right for both: (1 2) . (10; 1) = 12, (3 4) . (10; 1) = 34.
TEST(MatMul, BroadcastsTheBatch) {
  EXPECT_THAT(run_floats(OpKind::MatMul, {},
                         {floats({2, 1, 2}, {1, 2, 3, 4}), floats({1, 2, 1}, {10, 1})}, {2, 1, 1}),
              ElementsAre(12, 34));
  EXPECT_THAT(
      run_floats(OpKind::MatMul, {}, {floats({2}, {1, 2}), floats({2, 2}, {10, 1, 5, 7})}, {2}),
      ElementsAre(20, 15));
  EXPECT_THAT(
      run_floats(OpKind::MatMul, {}, {floats({2, 2}, {10, 1, 5, 7}), floats({2}, {1, 2})}, {2}),
      ElementsAre(12, 19));
  EXPECT_THAT(run_floats(OpKind::MatMul, {}, {floats({2}, {3, 4}), floats({2}, {1, 2})}, {}),
              ElementsAre(11));
}

// 1-D: x = 1 2 3 4, kernel (1 10), stride 1, one element of padding before:
// (0 1) -> 10, (1 2) -> 21, (2 3) -> 32, (3 4) -> 43; plus bias 100.
TEST(Conv, OneAxis) {
  EXPECT_THAT(
      run_floats(OpKind::Conv, windowed({1}, {1}, {1, 0}),
                 {floats({1, 1, 4}, {1, 2, 3, 4}), floats({1, 1, 2}, {1, 10}), floats({1}, {100})},
                 {1, 1, 4}),
      ElementsAre(110, 121, 132, 143));
}

struct ConvCase {
  std::int64_t batch, channels, filters, group;
  List in, kernel, strides, dilations, pads;
};

std::int64_t volume(const List& extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) product *= extent;
  return product;
}

// The coordinates of element `flat` in a block.
List at(std::int64_t flat, const List& extents) {
  List coordinates(extents.size());
  for (std::size_t axis = extents.size(); axis > 0; --axis) {
    coordinates[axis - 1] = flat % extents[axis - 1];
    flat /= extents[axis - 1];
  }
  return coordinates;
}

// Conv adds, ConvTranspose sends: both are sums over pairs (input position i, result position o,
// tap k) with one position = other * stride + k * dilation - pad. Checked by going through all
// pairs.
std::vector<double> by_definition(const ConvCase& c, bool transposed, const List& out,
                                  const std::vector<float>& x, const std::vector<float>& w) {
  const std::int64_t in_volume = volume(c.in), out_volume = volume(out), taps = volume(c.kernel);
  const std::int64_t in_group = c.channels / c.group, out_group = c.filters / c.group;
  std::vector<double> y(static_cast<std::size_t>(c.batch * c.filters * out_volume), 0);
  for (std::int64_t i = 0; i < in_volume; ++i) {
    for (std::int64_t o = 0; o < out_volume; ++o) {
      for (std::int64_t k = 0; k < taps; ++k) {
        const List ci = at(i, c.in), co = at(o, out), ck = at(k, c.kernel);
        bool meets = true;
        for (std::size_t axis = 0; axis < ci.size(); ++axis) {
          const std::int64_t near = transposed ? co[axis] : ci[axis];
          const std::int64_t far = transposed ? ci[axis] : co[axis];
          meets =
              meets && near == far * c.strides[axis] + ck[axis] * c.dilations[axis] - c.pads[axis];
        }
        if (!meets) continue;
        for (std::int64_t n = 0; n < c.batch; ++n) {
          for (std::int64_t g = 0; g < c.group; ++g) {
            for (std::int64_t from = 0; from < in_group; ++from) {
              for (std::int64_t to = 0; to < out_group; ++to) {
                const std::int64_t source = (n * c.channels + g * in_group + from) * in_volume + i;
                const std::int64_t target = (n * c.filters + g * out_group + to) * out_volume + o;
                const std::int64_t tap = transposed
                                             ? ((g * in_group + from) * out_group + to) * taps + k
                                             : ((g * out_group + to) * in_group + from) * taps + k;
                y[static_cast<std::size_t>(target)] +=
                    static_cast<double>(x[static_cast<std::size_t>(source)]) *
                    w[static_cast<std::size_t>(tap)];
              }
            }
          }
        }
      }
    }
  }
  return y;
}

const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> cases{
      {2, 3, 5, 1, {9}, {3}, {2}, {1}, {1, 1}},
      {1, 4, 6, 2, {5, 7}, {3, 2}, {1, 2}, {1, 1}, {1, 0, 1, 1}},
      {2, 6, 6, 6, {8, 8}, {3, 3}, {2, 2}, {1, 1}, {0, 1, 1, 0}},
      {1, 3, 3, 3, {6, 5}, {2, 2}, {1, 1}, {3, 2}, {2, 2, 2, 2}},
      {1, 2, 3, 1, {3, 4, 5}, {2, 3, 2}, {1, 2, 3}, {2, 1, 1}, {1, 1, 0, 1, 1, 2}},
  };
  return cases;
}

TEST(Conv, EqualsTheDefinition) {
  for (const ConvCase& c : conv_cases()) {
    Shape x{c.batch, c.channels}, w{c.filters, c.channels / c.group}, y{c.batch, c.filters};
    List out;
    const std::size_t rank = c.in.size();
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::int64_t padded = c.in[axis] + c.pads[axis] + c.pads[rank + axis];
      out.push_back((padded - (c.kernel[axis] - 1) * c.dilations[axis] - 1) / c.strides[axis] + 1);
    }
    x.insert(x.end(), c.in.begin(), c.in.end());
    w.insert(w.end(), c.kernel.begin(), c.kernel.end());
    y.insert(y.end(), out.begin(), out.end());
    const std::vector<float> image = whole_numbers(volume(x), 3),
                             kernel = whole_numbers(volume(w), 4);
    Attributes attributes = windowed(c.strides, c.dilations, c.pads, c.group);
    attributes.set("kernel_shape", c.kernel);
    EXPECT_EQ(
        run_floats(OpKind::Conv, attributes,
                   {tensor_value(DataType::F32, x, image), tensor_value(DataType::F32, w, kernel)},
                   y),
        by_definition(c, false, out, image, kernel));
  }
}

TEST(ConvTranspose, EqualsTheDefinition) {
  for (const ConvCase& c : conv_cases()) {
    Shape x{c.batch, c.channels}, w{c.channels, c.filters / c.group}, y{c.batch, c.filters};
    List out;
    const std::size_t rank = c.in.size();
    for (std::size_t axis = 0; axis < rank; ++axis) {
      out.push_back((c.in[axis] - 1) * c.strides[axis] + (c.kernel[axis] - 1) * c.dilations[axis] +
                    1 - c.pads[axis] - c.pads[rank + axis]);
    }
    x.insert(x.end(), c.in.begin(), c.in.end());
    w.insert(w.end(), c.kernel.begin(), c.kernel.end());
    y.insert(y.end(), out.begin(), out.end());
    const std::vector<float> image = whole_numbers(volume(x), 5),
                             kernel = whole_numbers(volume(w), 6);
    Attributes attributes = windowed(c.strides, c.dilations, c.pads, c.group);
    attributes.set("kernel_shape", c.kernel);
    attributes.set("output_padding", List(rank, 0));
    EXPECT_EQ(
        run_floats(OpKind::ConvTranspose, attributes,
                   {tensor_value(DataType::F32, x, image), tensor_value(DataType::F32, w, kernel)},
                   y),
        by_definition(c, true, out, image, kernel));
  }
}

// One cell, one step, all weights 0 but the biases: i = sigmoid(0) = 1/2, o = sigmoid(ln 3) = 3/4,
// f = sigmoid(-ln 3) = 1/4, g = tanh(atanh(0.6)) = 0.6. From c = 2: c' = 2/4 + 0.6/2 = 0.8, h = 3/4
// tanh(0.8).
TEST(Lstm, OneStepByHand) {
  const float log3 = std::log(3.0F);
  const std::vector<TensorValue> results = run_operator(
      OpKind::Lstm, {{"hidden_size", std::int64_t{1}}, {"direction", std::string("forward")}},
      {floats({1, 1, 1}, {5}), floats({1, 4, 1}, {0, 0, 0, 0}), floats({1, 4, 1}, {0, 0, 0, 0}),
       floats({1, 8}, {0, log3, 0, 0, 0, 0, -log3, std::atanh(0.6)}), floats({1, 1, 1}, {9}),
       floats({1, 1, 1}, {2})},
      {{DataType::F32, {1, 1, 1, 1}}, {DataType::F32, {1, 1, 1}}, {DataType::F32, {1, 1, 1}}});
  EXPECT_NEAR(numbers(results[0])[0], 0.75 * std::tanh(0.8), 1e-7);
  EXPECT_NEAR(numbers(results[1])[0], 0.75 * std::tanh(0.8), 1e-7);
  EXPECT_NEAR(numbers(results[2])[0], 0.8, 1e-7);
}

// The backward half of a bidirectional layer, given the same weights, is the forward half on the
// sequence turned round.
TEST(Lstm, BackwardIsForwardOnTheReversedSequence) {
  constexpr std::int64_t kSteps = 5, kBatch = 2, kWidth = 3, kHidden = 4;
  const auto small = [](std::int64_t count, std::uint32_t seed) {
    Numbers values;
    for (const float v : whole_numbers(count, seed)) values.push_back(v / 10);
    return values;
  };
  const Numbers x = small(kSteps * kBatch * kWidth, 1);
  Numbers turned;
  for (std::int64_t t = kSteps; t-- > 0;) {
    turned.insert(turned.end(), x.begin() + t * kBatch * kWidth,
                  x.begin() + (t + 1) * kBatch * kWidth);
  }
  const auto twice = [](Numbers values) {
    const Numbers once = values;
    values.insert(values.end(), once.begin(), once.end());
    return values;
  };
  const Numbers w = small(4 * kHidden * kWidth, 2), r = small(4 * kHidden * kHidden, 3);
  const Numbers b = small(8 * kHidden, 4);
  const auto run = [&](const Numbers& sequence, const std::string& direction, std::int64_t d) {
    return run_floats(OpKind::Lstm, {{"hidden_size", kHidden}, {"direction", direction}},
                      {floats({kSteps, kBatch, kWidth}, sequence),
                       floats({d, 4 * kHidden, kWidth}, d == 2 ? twice(w) : w),
                       floats({d, 4 * kHidden, kHidden}, d == 2 ? twice(r) : r),
                       floats({d, 8 * kHidden}, d == 2 ? twice(b) : b)},
                      {kSteps, d, kBatch, kHidden});
  };
  const Numbers both = run(x, "bidirectional", 2), forward = run(turned, "forward", 1);
  EXPECT_EQ(run(x, "reverse", 1).size(), forward.size());
  constexpr std::int64_t kState = kBatch * kHidden;
  for (std::int64_t t = 0; t < kSteps; ++t) {
    for (std::int64_t i = 0; i < kState; ++i) {
      const double expected = forward[static_cast<std::size_t>((kSteps - 1 - t) * kState + i)];
      EXPECT_EQ(both[static_cast<std::size_t>((t * 2 + 1) * kState + i)], expected);
      EXPECT_EQ(run(x, "reverse", 1)[static_cast<std::size_t>(t * kState + i)], expected);
    }
  }
}

}  // namespace
}  // namespace partita
