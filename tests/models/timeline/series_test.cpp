#include "models/timeline/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/timeline/vcd.h"

namespace partita {
namespace {

Series two_steps() {
  Changes changes;
  changes.add(30ns, 50ns, 2);
  changes.add(10ns, 30ns, 2);  // ends as the other begins: one step
  changes.add(40ns, 60ns, 5);
  return changes.series();
}

TEST(Series, ChangesOfOneInstantCountTogether) {
  EXPECT_EQ(two_steps().points(),
            (std::vector<Series::Point>{{10ns, 2}, {40ns, 7}, {50ns, 5}, {60ns, 0}}));
  EXPECT_EQ(two_steps().peak(), 7);
}

TEST(Series, HoldsFromEachPointOn) {
  const Series series = two_steps();
  EXPECT_EQ(series.at(Time{9'999}), 0);
  EXPECT_EQ(series.at(10ns), 2);
  EXPECT_EQ(series.at(Time{39'999}), 2);
  EXPECT_EQ(series.at(40ns), 7);
  EXPECT_EQ(series.at(1us), 0);
}

// 2 x 30 + 7 x 10 + 5 x 10 = 180 in ns.
TEST(Series, Integrals) {
  const Series series = two_steps();
  EXPECT_TRUE(series.integral(0ns, 1us) == 180'000);
  EXPECT_TRUE(series.integral(20ns, 45ns) == 2 * 20'000 + 7 * 5'000);
  EXPECT_TRUE(series.integral(45ns, 45ns) == 0);
  EXPECT_TRUE(Series{}.integral(0ns, 1us) == 0);
}

TEST(ValueChangeDump, IsTextOfTheStandard) {
  Changes link;
  link.add(0ns, 2ns, 5);
  Changes memory;
  memory.add(1ns, 2ns, 1);
  const std::string text = value_change_dump({{"links", "pcie0>", "B/s", link.series()},
                                              {"memories", "hbm 0 holds", "B", memory.series()}},
                                             3ns);
  EXPECT_EQ(text,
            "$version Partita $end\n"
            "$timescale 1 ps $end\n"
            "$scope module links $end\n"
            "$var wire 64 ! pcie0_forth_B_s $end\n"
            "$upscope $end\n"
            "$scope module memories $end\n"
            "$var wire 64 \" hbm_0_holds_B $end\n"
            "$upscope $end\n"
            "$enddefinitions $end\n"
            "#0\nb101 !\nb0 \"\n"
            "#1000\nb1 \"\n"
            "#2000\nb0 !\nb0 \"\n"
            "#3000\n");
}

// 94 names of one character, then of two, none twice.
TEST(ValueChangeDump, NamesOfManySignals) {
  Changes changes;
  changes.add(1ns, 1);
  const std::string text =
      value_change_dump(std::vector<Signal>(96, {"g", "s", "B", changes.series()}), 2ns);
  EXPECT_THAT(text, testing::HasSubstr("$var wire 64 ~ s_B"));
  EXPECT_THAT(text, testing::HasSubstr("$var wire 64 !! s_B"));
  EXPECT_THAT(text, testing::HasSubstr("$var wire 64 \"! s_B"));
}

}  // namespace
}  // namespace partita
