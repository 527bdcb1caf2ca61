#include "partition/inputs/class_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "models/base/random.h"

namespace partita::inputs {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// value = 3 x - 2 y + 1, at 200 places.
struct Plane {
  Rows rows;
  std::vector<double> values;
  Plane() {
    Random random(1);
    for (int i = 0; i < 200; ++i) {
      const double x = static_cast<double>(random.below(1000)) / 1000;
      const double y = static_cast<double>(random.below(1000)) / 1000;
      rows.push_back({x, y, 7});  // the third never varies
      values.push_back(3 * x - 2 * y + 1);
    }
  }
};

// The ridge is a hundredth of the rows: it pulls each slope by 1 / 1.01, some 0.9 % of 3 * 0.5 at
// most half the range away from the mean.
TEST(NumberModel, ALinearOneFindsAPlane) {
  const Plane plane;
  const NumberModel model = fit_numbers(ModelKind::Linear, plane.rows, plane.values);
  EXPECT_NEAR(model({0.5, 0.5, 7}), 1.5, 0.02);
  EXPECT_NEAR(model({1, 0, 7}), 4, 0.05);
  EXPECT_NEAR(model({0, 1, 7}), -1, 0.05);
}

TEST(NumberModel, TreesFindAStepThatALineCannot) {
  Rows rows;
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    rows.push_back({static_cast<double>(i)});
    values.push_back(i >= 60 && i < 120 ? 10 : 0);
  }
  const NumberModel trees = fit_numbers(ModelKind::Trees, rows, values);
  EXPECT_NEAR(trees({30}), 0, 0.5);
  EXPECT_NEAR(trees({90}), 10, 0.5);
  EXPECT_NEAR(trees({150}), 0, 0.5);
  const NumberModel line = fit_numbers(ModelKind::Linear, rows, values);
  EXPECT_LT(line({90}), 5);
}

TEST(NumberModel, WithoutFeaturesItIsTheMean) {
  for (const ModelKind kind : {ModelKind::Linear, ModelKind::Trees}) {
    EXPECT_DOUBLE_EQ(fit_numbers(kind, Rows(4), {1, 2, 3, 6})({}), 3) << to_string(kind);
  }
}

TEST(NumberModel, AFeatureThatDoesNotApplyIsZero) {
  Plane plane;
  for (auto& row : plane.rows) row[2] = kNoNumber;
  for (const ModelKind kind : {ModelKind::Linear, ModelKind::Trees}) {
    const NumberModel model = fit_numbers(kind, plane.rows, plane.values);
    EXPECT_EQ(model({0.5, 0.5, kNoNumber}), model({0.5, 0.5, 0})) << to_string(kind);
    EXPECT_NEAR(model({0.5, 0.5, kNoNumber}), 1.5, 0.2) << to_string(kind);
  }
}

// Three of four rows without features are of class 0, one of class 2, none of class 1.
TEST(ClassModelTest, WithoutFeaturesItIsTheShares) {
  const ClassModel model = fit_classes(ModelKind::Trees, Rows(4), {0, 2, 0, 0}, 3);
  EXPECT_THAT(model({}),
              ElementsAre(DoubleNear(0.75, 1e-12), DoubleNear(0, 1e-12), DoubleNear(0.25, 1e-12)));
}

TEST(ClassModelTest, ProbabilitiesFollowTheFeature) {
  Rows rows;
  std::vector<std::size_t> classes;
  Random random(2);
  // Class 1 three times of four where x = 1, never where x = 0.
  for (int i = 0; i < 400; ++i) {
    rows.push_back({static_cast<double>(i % 2)});
    classes.push_back(i % 2 == 1 && !random.one_in(4) ? 1 : 0);
  }
  for (const ModelKind kind : {ModelKind::Linear, ModelKind::Trees}) {
    const ClassModel model = fit_classes(kind, rows, classes, 2);
    EXPECT_NEAR(model({1})[1], 0.75, 0.06) << to_string(kind);
    EXPECT_NEAR(model({0})[1], 0, 0.02) << to_string(kind);
    for (const double x : {-3.0, 0.0, 0.5, 1.0, 9.0}) {
      const std::vector<double> parts = model({x});
      EXPECT_NEAR(std::accumulate(parts.begin(), parts.end(), 0.0), 1, 1e-12);
      for (const double part : parts) EXPECT_GE(part, 0);
    }
  }
}

}  // namespace
}  // namespace partita::inputs
