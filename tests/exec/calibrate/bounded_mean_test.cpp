#include "exec/calibrate/bounded_mean.h"

#include <gtest/gtest.h>

#include <numeric>

namespace partita::exec {
namespace {

TEST(BoundedMean, IsTheMeanOfWhatHasNoTail) {
  EXPECT_EQ(bounded_mean({}), 0);
  EXPECT_EQ(bounded_mean({7}), 7);
  EXPECT_EQ(bounded_mean({3, 1, 2}), 2);
}

// Of 1 to 19 and a wild one, that one counts as 19: (190 + 19) / 20.
TEST(BoundedMean, AWildValueCountsAsTheLargestOfTheOthers) {
  std::vector<double> values(20);
  std::iota(values.begin(), values.end(), 1);
  values.back() = 1e6;
  EXPECT_DOUBLE_EQ(bounded_mean(values), 10.45);
}

}  // namespace
}  // namespace partita::exec
