// Products that skip zeros: the same results as the reference's, for every share of zeros.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exec/devices/cpu_onednn/run_kernel.h"
#include "tests/exec/devices/kernel_cases.h"

namespace partita::exec {
namespace {

// Some elements, chosen by the seed, become zero: exactly `zeros` of a hundred on average.
TensorValue with_zeros(TensorValue value, int zeros, Draw& draw) {
  for (float& element : value.as<float>()) {
    if (draw.integer(1, 100) <= zeros) element = 0;
  }
  return value;
}

Judged judged(const OneLayer& one) {
  return judge(one, [](const Network& network, const OneLayer& layer, std::string& by) {
    return run_kernel(network, layer, Offer::Plain, by, /*skip_zeros=*/true);
  });
}

void expect_skips_and_is_right(const OneLayer& one) {
  const Judged result = judged(one);
  EXPECT_EQ(result.implementation, "own:skip_zeros");
  EXPECT_LE(result.difference, kClose);
}

// Depths that fill no group of four rows, and one of them; a row without any.
TEST(ZeroSkipping, MatrixProductsOfEverySparsity) {
  Draw draw(1);
  for (const int zeros : {0, 10, 50, 90, 99, 100}) {
    for (const std::int64_t depth : {1, 3, 4, 5, 64, 201}) {
      for (const Shape& a : {Shape{1, depth}, {depth}, {7, depth}, {2, 3, depth}}) {
        Shape result(a.begin(), a.end() - 1);
        result.push_back(33);
        expect_skips_and_is_right(
            {OpKind::MatMul,
             {},
             {{with_zeros(draw.floats(a), zeros, draw)}, {draw.floats({depth, 33}), true}},
             {{DataType::F32, result}}});
      }
    }
  }
}

TEST(ZeroSkipping, GemmsWithEveryAddend) {
  Draw draw(2);
  for (const int zeros : {0, 50, 100}) {
    for (const std::int64_t transposed : {0, 1}) {
      for (const Shape& addend : {Shape{17}, {1}, {5, 17}, {5, 1}, {1, 17}}) {
        const Shape matrix = transposed == 1 ? Shape{17, 30} : Shape{30, 17};
        expect_skips_and_is_right(
            {OpKind::Gemm,
             {{"alpha", 0.5}, {"beta", 1.0}, {"transA", std::int64_t{0}}, {"transB", transposed}},
             {{with_zeros(draw.floats({5, 30}), zeros, draw)},
              {draw.floats(matrix), true},
              {draw.floats(addend), true}},
             {{DataType::F32, Shape{5, 17}}}});
      }
    }
  }
}

// What it cannot do, oneDNN does, as always.
TEST(ZeroSkipping, OtherProductsAreDense) {
  Draw draw(3);
  const auto by = [](const OneLayer& one) { return judged(one).implementation; };
  const auto product = [&](Operand a, Operand b, Shape result) {
    return OneLayer{OpKind::MatMul, {}, {std::move(a), std::move(b)}, {{DataType::F32, result}}};
  };
  const auto is_dense = testing::Not("own:skip_zeros");
  EXPECT_THAT(by(product({draw.floats({4, 8})}, {draw.floats({8, 4})}, {4, 4})), is_dense)
      << "a matrix that is computed";
  EXPECT_THAT(by(product({draw.floats({2, 4, 8})}, {draw.floats({2, 8, 4}), true}, {2, 4, 4})),
              is_dense)
      << "several matrices";
  EXPECT_THAT(
      by({OpKind::Gemm,
          {{"alpha", 1.0}, {"beta", 1.0}, {"transA", std::int64_t{1}}, {"transB", std::int64_t{0}}},
          {{draw.floats({8, 4})}, {draw.floats({8, 4}), true}},
          {{DataType::F32, Shape{4, 4}}}}),
      is_dense)
      << "columns of the left operand";
}

TEST(ZeroSkipping, OnlyWhereSomebodyAsksForIt) {
  Draw draw(4);
  const OneLayer one{OpKind::MatMul,
                     {},
                     {{draw.floats({1, 8})}, {draw.floats({8, 4}), true}},
                     {{DataType::F32, Shape{1, 4}}}};
  const Judged dense =
      judge(one, [](const Network& network, const OneLayer& layer, std::string& by) {
        return run_kernel(network, layer, Offer::Plain, by);
      });
  EXPECT_NE(dense.implementation, "own:skip_zeros");
}

}  // namespace
}  // namespace partita::exec
