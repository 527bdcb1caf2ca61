#include "exec/calibrate/least_deviations.h"

#include <gtest/gtest.h>

namespace partita::exec {
namespace {

// y = 3 + 2 x at x = 0..9, but one measurement in five is ten times too long: least squares would
// be far off.
TEST(LeastDeviations, IgnoresWildMeasurements) {
  std::vector<Equation> equations;
  for (int x = 0; x < 10; ++x) {
    const double y = 3 + 2 * x;
    equations.push_back({{1, static_cast<double>(x)}, x % 5 == 2 ? 10 * y : y});
  }
  const std::vector<double> fitted = least_deviations(equations, {0, 0});
  EXPECT_NEAR(fitted[0], 3, 1e-3);
  EXPECT_NEAR(fitted[1], 2, 1e-3);
}

// y = -1 + 2 x, but the constant may not be negative: through (0, 0), the median of y / x for
// x = 1..3 is that of 1, 1.5, 1.67.
TEST(LeastDeviations, HoldsUnknownsAtTheirLowest) {
  const std::vector<double> fitted =
      least_deviations({{{1, 1}, 1}, {{1, 2}, 3}, {{1, 3}, 5}}, {0, 0});
  EXPECT_DOUBLE_EQ(fitted[0], 0);
  EXPECT_GE(fitted[1], 1.49);
  EXPECT_LE(fitted[1], 1.67);
}

TEST(LeastDeviations, LeavesAnUnknownThatNothingTellsAtItsLowest) {
  const std::vector<double> fitted = least_deviations({{{1, 0}, 4}, {{1, 0}, 4}}, {0, 7});
  EXPECT_NEAR(fitted[0], 4, 1e-6);
  EXPECT_DOUBLE_EQ(fitted[1], 7);
}

TEST(LeastDeviations, KnowsNothingWithoutEquations) {
  EXPECT_TRUE(least_deviations({}, {0, 0}).empty());
}

}  // namespace
}  // namespace partita::exec
