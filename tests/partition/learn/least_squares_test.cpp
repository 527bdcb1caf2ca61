#include "partition/learn/least_squares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace partita::learn {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// 4 x + 2 y = 10, 2 x + 3 y = 9: x = 1.5, y = 2.
TEST(SolveSymmetric, SolvesTwoEquations) {
  EXPECT_THAT(solve_symmetric({4, 2, 2, 3}, {10, 9}),
              ElementsAre(DoubleNear(1.5, 1e-12), DoubleNear(2, 1e-12)));
}

TEST(SolveSymmetric, WhatNoEquationTellsIsNothing) {
  EXPECT_THAT(solve_symmetric({2, 0, 0, 0}, {6, 0}), ElementsAre(DoubleNear(3, 1e-12), 0));
}

// One unknown, values 2 and 4 at 1, penalty 1: sum of values / (sum of squares + penalty) = 6 / 3.
TEST(Ridge, PullsTowardsNothing) {
  EXPECT_THAT(ridge({{1}, {1}}, {2, 4}, {1}), ElementsAre(DoubleNear(2, 1e-12)));
  EXPECT_THAT(ridge({{1}, {1}}, {2, 4}, {0}), ElementsAre(DoubleNear(3, 1e-12)));
}

Residuals line_through(const std::vector<double>& values) {
  return [values](const std::vector<double>& x, std::vector<double>& out) {
    out.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      out[i] = std::exp(x[0]) + std::exp(x[1]) * static_cast<double>(i) - values[i];
    }
  };
}

// 2 + 3 i, of which one measurement is wild: squares alone would give an offset of about 10.
TEST(FitParameters, FindsALineDespiteAWildMeasurement) {
  const auto x = fit_parameters(line_through({2, 5, 8, 11, 14, 117, 20, 23}), {0, 0}, {-5, -5},
                                {5, 5}, {.scale = 0.1});
  EXPECT_THAT(x, ElementsAre(DoubleNear(std::log(2), 0.02), DoubleNear(std::log(3), 0.02)));
}

TEST(FitParameters, NeverLeavesItsBounds) {
  const auto x = fit_parameters(line_through({2, 5, 8}), {0, 0}, {-5, -5}, {5, std::log(2.0)});
  EXPECT_LE(x[1], std::log(2.0));
  EXPECT_GT(x[1], std::log(1.99));
}

}  // namespace
}  // namespace partita::learn
