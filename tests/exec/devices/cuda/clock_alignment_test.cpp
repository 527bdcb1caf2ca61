#include "exec/devices/cuda/clock_alignment.h"

#include <gtest/gtest.h>

namespace partita::exec::cuda {
namespace {

// The event happened at 100 by the device, between 1000 and 1010 by the host: the offset lies
// between 900 and 910.
TEST(ClockAlignment, OneBracketGivesItsMiddleAndHalfItsWidth) {
  const Alignment one = align({{1000, 1010, 100}});
  EXPECT_EQ(one.offset, 905);
  EXPECT_EQ(one.error, 5);
}

// 900 .. 910 and 906 .. 926 leave 906 .. 910.
TEST(ClockAlignment, BracketsThatOverlapLeaveWhatAllAllow) {
  const Alignment both = align({{1000, 1010, 100}, {2000, 2020, 1094}});
  EXPECT_EQ(both.offset, 908);
  EXPECT_EQ(both.error, 2);
}

// 900 .. 910 and 911 .. 915 have nothing in common: the second is narrower.
TEST(ClockAlignment, ClocksThatDriftApartLeaveTheNarrowest) {
  const Alignment drifted = align({{1000, 1010, 100}, {2000, 2004, 1089}});
  EXPECT_EQ(drifted.offset, 913);
  EXPECT_EQ(drifted.error, 2);
}

// An odd width is rounded so that the truth stays inside.
TEST(ClockAlignment, TheErrorIsNeverTooSmall) {
  const Alignment odd = align({{1000, 1003, 0}});
  EXPECT_EQ(odd.offset, 1001);
  EXPECT_EQ(odd.error, 2);
}

}  // namespace
}  // namespace partita::exec::cuda
