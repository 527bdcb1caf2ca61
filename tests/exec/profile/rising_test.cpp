// Times that are out of order, put in order.
#include "exec/profile/rising.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partita::exec {
namespace {

using testing::ElementsAre;

std::vector<Time> times(const std::vector<MeasuredCopy>& copies) {
  std::vector<Time> all;
  for (const MeasuredCopy& copy : rising(copies)) all.push_back(copy.time);
  return all;
}

TEST(Rising, WhatRisesStaysAsItIs) {
  EXPECT_THAT(times({{Bytes{3}, 30us}, {Bytes{1}, 10us}, {Bytes{2}, 10us}}),
              ElementsAre(10us, 10us, 30us));
}

// 20 and 5 us are out of order: their median is that of the one with more samples.
TEST(Rising, WhoWasMeasuredMoreOftenCounts) {
  const auto out_of_order = [](int of_first, int of_second) {
    return times({{Bytes{1}, 10us},
                  {Bytes{2}, 20us, of_first},
                  {Bytes{3}, 5us, of_second},
                  {Bytes{4}, 40us}});
  };
  EXPECT_THAT(out_of_order(3, 2), ElementsAre(10us, 20us, 20us, 40us));
  // 5 us would be below 10 us: all three together; the lower median of 10, 5, 5, 5, 20, 20 is 5.
  EXPECT_THAT(out_of_order(2, 3), ElementsAre(5us, 5us, 5us, 40us));
}

// 1 + 3 samples of one size: the lower median of 8, 12, 12, 12.
TEST(Rising, OneSizeHasOneTime) {
  EXPECT_THAT(times({{Bytes{1}, 8us, 1}, {Bytes{1}, 12us, 3}}), ElementsAre(12us));
}

// A spike of one sample among many moves nobody.
TEST(Rising, ASpikeMovesNobody) {
  EXPECT_THAT(
      times({{Bytes{1}, 10us, 9}, {Bytes{2}, 900us, 1}, {Bytes{3}, 30us, 9}, {Bytes{4}, 40us, 9}}),
      ElementsAre(10us, 30us, 30us, 40us));
}

}  // namespace
}  // namespace partita::exec
