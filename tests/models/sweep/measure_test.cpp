// Numbers as they are written, in memory, and written again.
#include "models/sweep/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace partita {
namespace {

using testing::HasSubstr;

void expect_read(const char* text, double number, const char* unit) {
  const auto read = read_measured(text);
  ASSERT_TRUE(read) << text;
  EXPECT_EQ(read->number, number) << text;
  EXPECT_EQ(read->measure->unit, unit) << text;
}

TEST(Measure, EachHasABaseUnit) {
  expect_read("10 GB/s", 1e10, "B/s");
  expect_read("8 Gb/s", 1e9, "B/s");
  expect_read("1.5 us", 1.5e-6, "s");
  expect_read("24 GiB", 24.0 * (1 << 30), "B");
  expect_read("2 PFLOP/s", 2e15, "FLOP/s");
  expect_read("3 MFLOP", 3e6, "FLOP");
  expect_read("45 W", 45, "W");
  expect_read("250 mW", 0.25, "W");
  expect_read("5 mJ", 0.005, "J");
  expect_read("7 pJ/B", 7e-12, "J/B");
  expect_read("30 %", 30, "%");
  expect_read("12.5%", 12.5, "%");
  expect_read("500/s", 500, "/s");
  expect_read("-3.5", -3.5, "");
  expect_read("1e6", 1e6, "");
}

TEST(Measure, TextsAreNoNumbers) {
  for (const char* text : {"", "zoo:bert", "auto", "inf", "nan", "8 layers", "x8", "8 GBs", "%",
                           "/s", "GB/s", "1..2", "poisson 500/s", "- 3"}) {
    EXPECT_FALSE(read_measured(text)) << text;
  }
}

TEST(Measure, MistakesSayWhatIsAllowed) {
  EXPECT_EQ(mistake_in("10 GB/s", measure_of("B/s")), "");
  EXPECT_THAT(mistake_in("10 GiB", measure_of("B/s")), HasSubstr("unknown unit 'GiB'"));
  EXPECT_THAT(mistake_in("10", measure_of("s")), HasSubstr("no unit in '10'"));
  EXPECT_EQ(mistake_in("10 s", measure_of("")), "'10 s' is no number");
  EXPECT_EQ(mistake_in("10", measure_of("%")), "'10' is no number with '%' behind it");
  EXPECT_EQ(mistake_in("10/s", measure_of("/s")), "");
}

TEST(Measure, TextsTakeTheLargestDecimalUnit) {
  EXPECT_EQ(number_text(94868329805, measure_of("B/s")), "94.868329805 GB/s");
  EXPECT_EQ(number_text(1e10, measure_of("B/s")), "10 GB/s");
  EXPECT_EQ(number_text(999, measure_of("B")), "999 B");
  EXPECT_EQ(number_text(24.0 * (1 << 30), measure_of("B")), "25.769803776 GB");
  EXPECT_EQ(number_text(0, measure_of("s")), "0 ps");
  EXPECT_EQ(number_text(1.5e-6, measure_of("s")), "1.5 us");
  EXPECT_EQ(number_text(0.000001, measure_of("s")), "1 us");
  EXPECT_EQ(number_text(0.25, measure_of("W")), "250 mW");
  EXPECT_EQ(number_text(7e-12, measure_of("J/B")), "7 pJ/B");
  EXPECT_EQ(number_text(12.5, measure_of("%")), "12.5%");
  EXPECT_EQ(number_text(500.25, measure_of("/s")), "500.25/s");
  EXPECT_EQ(number_text(100000, measure_of("")), "100000");  // no exponent: counts are whole
  EXPECT_EQ(number_text(0.1, measure_of("")), "0.1");
  EXPECT_EQ(number_text(-2.5, measure_of("")), "-2.5");
}

TEST(Measure, NumbersAreRoundedToTwelveDigitsAndWholeGrains) {
  EXPECT_EQ(rounded(2.0 / 3, measure_of("")), 0.666666666667);
  EXPECT_EQ(rounded(9.999999999999998, measure_of("")), 10);
  EXPECT_EQ(rounded(123456789012345, measure_of("")), 123456789012000);
  EXPECT_EQ(rounded(1.0 / 3 * 1e-9, measure_of("")), 3.33333333333e-10);
  EXPECT_EQ(rounded(-2.0 / 3, measure_of("")), -0.666666666667);
  EXPECT_EQ(rounded(1e9 / 3, measure_of("B/s")), 333333333);  // whole bytes a second
  EXPECT_EQ(rounded(1e15 / 3, measure_of("FLOP/s")), 333333333333000);
  EXPECT_EQ(rounded(1e-6 / 3, measure_of("s")), 333333e-12);  // whole picoseconds
  EXPECT_EQ(rounded(2.0 / 3, measure_of("W")), 0.667);        // whole milliwatts
}

TEST(Measure, PeopleReadFourDigitsWithAPrefix) {
  const auto shown = [](double number, const char* unit) {
    return readable_text(number, measure_of(unit));
  };
  EXPECT_EQ(shown(40'123'456e-12, "s"), "40.12 us");
  EXPECT_EQ(shown(999.96e-6, "s"), "1 ms");
  EXPECT_EQ(shown(0.0000000000025, "s"), "2.5 ps");
  EXPECT_EQ(shown(86'400, "s"), "86400 s");
  EXPECT_EQ(shown(94868329805, "B/s"), "94.87 GB/s");
  EXPECT_EQ(shown(4.0 * (1 << 30), "B"), "4 GiB");
  EXPECT_EQ(shown(1536, "B"), "1.536 kB");  // no whole number of KiB
  EXPECT_EQ(shown(0.5, "B"), "0.5 B");
  EXPECT_EQ(shown(-0.25, "W"), "-250 mW");
  EXPECT_EQ(shown(0, "J"), "0 J");
  EXPECT_EQ(shown(7e-12, "J/B"), "7 pJ/B");
  EXPECT_EQ(shown(12345.6, "/s"), "12346/s");
  EXPECT_EQ(shown(12.3456, "%"), "12.35%");
  EXPECT_EQ(shown(0.123456, ""), "0.1235");
}

// 10,000 numbers of each measure, over all magnitudes: read, written, read.
TEST(Measure, TextsReadBackAsExactlyTheSameNumber) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(-11, 17);
  for (const char* unit : {"", "%", "/s", "s", "B", "B/s", "FLOP", "FLOP/s", "W", "J", "J/B"}) {
    const Measure& measure = measure_of(unit);
    ASSERT_EQ(measure.unit, unit);
    for (int i = 0; i < 10'000; ++i) {
      double number = std::pow(10.0, exponent(random));
      if (measure.grains > 0) number = std::fmod(number, 9e18 / measure.grains);
      number = rounded(number, measure);
      const std::string text = number_text(number, measure);
      const auto read = read_measured(text);
      ASSERT_TRUE(read) << text;
      ASSERT_EQ(read->number, number) << text;
      if (number != 0) {
        ASSERT_EQ(read->measure->unit, unit) << text;
      }
      ASSERT_EQ(rounded(number, measure), number) << text;
    }
  }
}

}  // namespace
}  // namespace partita
