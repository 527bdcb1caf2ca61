// Statistics of repeated measurements, by hand.
#include "exec/profile/samples.h"

#include <gtest/gtest.h>

namespace partita::exec {
namespace {

ProfileRow row_of(const Samples& samples) {
  ProfileRow row;
  samples.summarise(row);
  return row;
}

// Of 1 .. 10 ns the 10 % point is the 1st, the median the 5th, the 90 % point the 9th.
TEST(Samples, PercentilesAreValuesThatWereMeasured) {
  Samples samples;
  for (const int i : {7, 3, 10, 1, 9, 5, 2, 8, 6, 4}) samples.add(1ns * i, true);
  const ProfileRow row = row_of(samples);
  EXPECT_EQ(row.samples, 10);
  EXPECT_EQ(row.discarded, 0);
  EXPECT_EQ(row.min, 1ns);
  EXPECT_EQ(row.p10, 1ns);
  EXPECT_EQ(row.median, 5ns);
  EXPECT_EQ(row.p90, 9ns);
}

// Of 1 .. 15 ns the points are at 1.5, 7.5 and 13.5: the next value up.
TEST(Samples, PercentilesBetweenTwoValuesAreTheUpperOne) {
  Samples samples;
  for (int i = 15; i >= 1; --i) samples.add(1ns * i, true);
  const ProfileRow row = row_of(samples);
  EXPECT_EQ(row.p10, 2ns);
  EXPECT_EQ(row.median, 8ns);
  EXPECT_EQ(row.p90, 14ns);
}

TEST(Samples, DisturbedOnesAreCountedAndLeftOut) {
  Samples samples;
  samples.add(5ns, true);
  samples.add(1ns, false);
  samples.add(900ns, false);
  const ProfileRow row = row_of(samples);
  EXPECT_EQ(row.samples, 1);
  EXPECT_EQ(row.discarded, 2);
  EXPECT_EQ(row.min, 5ns);
  EXPECT_EQ(row.p90, 5ns);
}

TEST(Samples, WithoutACleanOneTheFastestStandsForAll) {
  Samples samples;
  for (const int i : {30, 20, 40}) samples.add(1ns * i, false);
  const ProfileRow row = row_of(samples);
  EXPECT_EQ(row.samples, 1);
  EXPECT_EQ(row.discarded, 2);
  EXPECT_EQ(row.median, 20ns);
}

}  // namespace
}  // namespace partita::exec
