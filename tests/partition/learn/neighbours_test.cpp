#include "partition/learn/neighbours.h"

#include <gtest/gtest.h>

#include <cmath>

namespace partita::learn {
namespace {

// One point of value 1: variance 4 against noise 1 gives 4 / 5 there; at a distance of one reach
// exp(-1/2) of it; far away nothing.
TEST(Neighbours, APointTellsOfWhatIsNear) {
  const Neighbours one({{0, 0}}, {1}, 2, 3, 1);
  EXPECT_NEAR(one.value({0, 0}), 0.8, 1e-12);
  EXPECT_NEAR(one.value({3, 0}), 0.8 * std::exp(-0.5), 1e-12);
  EXPECT_NEAR(one.value({300, 0}), 0, 1e-12);
}

TEST(Neighbours, WithoutPointsNothingIsKnown) { EXPECT_EQ(Neighbours{}.value({1, 2}), 0); }

// Two clusters of three: the middle one of each stands for it.
TEST(Representatives, AreInTheMiddleOfClusters) {
  const std::vector<std::vector<double>> places{{0}, {1}, {2}, {100}, {101}, {102}};
  EXPECT_EQ(representatives(places, 2, 1), (std::vector<std::size_t>{1, 4}));
}

TEST(Representatives, AreNoMoreThanThereAre) {
  EXPECT_EQ(representatives({{0}, {1}}, 5, 1), (std::vector<std::size_t>{0, 1}));
  EXPECT_TRUE(representatives({}, 5, 1).empty());
  EXPECT_EQ(representatives({{7}, {7}, {7}}, 2, 1).size(), 1u);  // all the same
}

}  // namespace
}  // namespace partita::learn
