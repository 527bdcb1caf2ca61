// The values of an axis, by position and walked.
#include "models/sweep/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "models/sweep/measure.h"
#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::sweep_of;
using test::texts;
using testing::ElementsAre;

Axis axis_of(const std::string& value) {
  return sweep_of("axes: {machine.x: " + value + "}\n").axes.front();
}
std::vector<std::string> walked_texts(const std::string& value) {
  return texts(axis_of(value).values);
}

TEST(Axis, AListIsCutIntoEqualParts) {
  const Axis axis = axis_of("[a, b, c]");
  EXPECT_EQ(axis.at(0).text, "a");
  EXPECT_EQ(axis.at(0.333).text, "a");
  EXPECT_EQ(axis.at(0.334).text, "b");
  EXPECT_EQ(axis.at(0.667).text, "c");
  EXPECT_EQ(axis.at(1).text, "c");
}

TEST(Axis, ARangeIsContinuous) {
  const Axis linear = axis_of("{from: 10 GB/s, to: 20 GB/s}");
  EXPECT_EQ(linear.at(0).text, "10 GB/s");
  EXPECT_EQ(linear.at(0.25).text, "12.5 GB/s");
  EXPECT_EQ(*linear.at(0.25).number, 1.25e10);
  EXPECT_EQ(linear.at(1).text, "20 GB/s");
  // 1 us x 1000^(1/3), and 1 us x 1000^(1/2) = 31.6227766... us to the picosecond.
  const Axis log = axis_of("{from: 1 us, to: 1 ms, scale: log}");
  EXPECT_EQ(log.at(1.0 / 3).text, "10 us");
  EXPECT_EQ(log.at(0.5).text, "31.622777 us");
}

TEST(Axis, AWalkedRangeIsContinuousToPositions) {
  EXPECT_EQ(axis_of("{from: 1, to: 3, points: 2}").at(0.5).text, "2");
}

TEST(Axis, WholeNumbersHaveEqualShares) {
  const Axis axis = axis_of("{from: 1, to: 3, integer: true}");
  std::map<std::string, int> counts;
  for (int i = 0; i < 300; ++i) ++counts[axis.at((i + 0.5) / 300).text];
  EXPECT_THAT(counts, ElementsAre(std::pair("1", 100), std::pair("2", 100), std::pair("3", 100)));
  EXPECT_EQ(axis.at(1).text, "3");
  // On a logarithm's: 1 has log 2 / log 4 of it, 2 and 3 the other half.
  const Axis log = axis_of("{from: 1, to: 3, integer: true, scale: log}");
  EXPECT_EQ(log.at(0.499).text, "1");
  EXPECT_EQ(log.at(0.5).text, "2");
  EXPECT_EQ(log.at(0.792).text, "2");  // log 3 / log 4 = 0.79248
  EXPECT_EQ(log.at(0.793).text, "3");
}

// Of 1 to 999 the share of 100 begins at 2/3, of 1 to 63 that of 8 and 32 at 1/2 and 5/6; exp() and
// log() may say a little less.
TEST(Axis, WholeNumbersBeginWhereTheyDoInExactArithmetic) {
  const Axis thousand = axis_of("{from: 1, to: 999, integer: true, scale: log}");
  EXPECT_EQ(thousand.at(1.0 / 3).text, "10");
  EXPECT_EQ(thousand.at(2.0 / 3).text, "100");
  const Axis sixty_four = axis_of("{from: 1, to: 63, integer: true, scale: log}");
  EXPECT_EQ(sixty_four.at(1.0 / 2).text, "8");
  EXPECT_EQ(sixty_four.at(5.0 / 6).text, "32");
}

TEST(Axis, WholeNumbersOfAUnitAreWrittenInIt) {
  const Axis axis = axis_of("{from: 4 GiB, to: 7 GiB, integer: true, points: 4}");
  EXPECT_THAT(texts(axis.values), ElementsAre("4 GiB", "5 GiB", "6 GiB", "7 GiB"));
  EXPECT_EQ(*axis.values[1].number, 5.0 * (1 << 30));
  EXPECT_EQ(axis.at(0.3).text, "5 GiB");
  EXPECT_EQ(axis_of("{from: 1 ms, to: 100 ms, integer: true}").at(0.07).text, "8 ms");
}

TEST(Axis, RangesAreWalkedFromEndToEnd) {
  EXPECT_THAT(walked_texts("{from: 1, to: 2, points: 5}"),
              ElementsAre("1", "1.25", "1.5", "1.75", "2"));
  EXPECT_THAT(walked_texts("{from: 1, to: 1000, points: 4, scale: log}"),
              ElementsAre("1", "10", "100", "1000"));
  EXPECT_THAT(walked_texts("{from: 1, to: 64, points: 7, scale: log, integer: true}"),
              ElementsAre("1", "2", "4", "8", "16", "32", "64"));
  // 1 to 100 in three: 4.64 and 21.5, to the nearest.
  EXPECT_THAT(walked_texts("{from: 1, to: 100, points: 4, scale: log, integer: true}"),
              ElementsAre("1", "5", "22", "100"));
  EXPECT_THAT(walked_texts("{from: 500 MB/s, to: 2 GB/s, points: 4}"),
              ElementsAre("500 MB/s", "1 GB/s", "1.5 GB/s", "2 GB/s"));
}

TEST(Axis, EqualNeighboursAreOne) {
  EXPECT_THAT(walked_texts("{from: 1, to: 3, points: 10, integer: true}"),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(walked_texts("{from: 1 ps, to: 3 ps, points: 9}"),
              ElementsAre("1 ps", "2 ps", "3 ps"));
}

TEST(Axis, AValueMayStandInsideAText) {
  const Axis axis = axis_of("{from: 100/s, to: 300/s, points: 3, as: 'poisson {}'}");
  EXPECT_THAT(texts(axis.values), ElementsAre("poisson 100/s", "poisson 200/s", "poisson 300/s"));
  EXPECT_EQ(*axis.values[1].number, 200);
  EXPECT_EQ(axis.unit, "/s");
  EXPECT_EQ(axis.at(0.75).text, "poisson 250/s");
  const Axis list = axis_of("{values: [10%, 20 %], as: 'gpu={}'}");
  EXPECT_THAT(texts(list.values), ElementsAre("gpu=10%", "gpu=20 %"));
  EXPECT_EQ(*list.values[1].number, 20);
}

// Every position of every kind of range: inside it, and its text says its number.
TEST(Axis, TextsOfAnyPositionReadBack) {
  for (const char* range :
       {"{from: 0.001, to: 7}", "{from: 1e-9, to: 3e9, scale: log}", "{from: 3 ns, to: 4 ms}",
        "{from: 3 ns, to: 4 s, scale: log}", "{from: 1 kB, to: 80 GiB, scale: log}",
        "{from: 5 GB/s, to: 900 GB/s}", "{from: 1 mW, to: 700 W}", "{from: 1 fJ/B, to: 9 pJ/b}",
        "{from: 3, to: 1000, integer: true}", "{from: 2 MiB, to: 64 MiB, integer: true}",
        "{from: 20 ms, to: 2000 ms, integer: true, scale: log}", "{from: 1%, to: 80%}"}) {
    const Axis axis = axis_of(range);
    for (int i = 0; i <= 2000; ++i) {
      const SweepValue value = axis.at(i / 2000.0);
      const auto read = read_measured(value.text);
      ASSERT_TRUE(read) << value.text;
      ASSERT_EQ(read->number, *value.number) << range << " " << value.text;
      ASSERT_EQ(read->measure->unit, axis.unit) << value.text;
      ASSERT_GE(*value.number, axis.range->from) << value.text;
      ASSERT_LE(*value.number, axis.range->to) << value.text;
    }
  }
}

}  // namespace
}  // namespace partita
