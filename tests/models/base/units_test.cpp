#include "models/base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace partita {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// What a text reads as; a mistake fails the test.
template <class Quantity>
Quantity read(std::string_view text) {
  const auto parsed = parse_quantity<Quantity>(text);
  const auto* bad = std::get_if<BadQuantity>(&parsed);
  EXPECT_EQ(bad, nullptr) << (bad != nullptr ? bad->message : "");
  return bad != nullptr ? Quantity{} : std::get<Quantity>(parsed);
}

template <class Quantity>
std::string mistake(std::string_view text) {
  const auto parsed = parse_quantity<Quantity>(text);
  const auto* bad = std::get_if<BadQuantity>(&parsed);
  return bad != nullptr ? bad->message : "";
}

// 1000 B at 3 B/s: 333.333... s, rounded up to the picosecond.
TEST(Units, TimesAreRoundedUpToAWholePicosecond) {
  EXPECT_EQ(Bytes{1000} / Bandwidth{3}, Time{333'333'333'333'334});
  EXPECT_EQ(Bytes{999} / Bandwidth{3}, Time{333'000'000'000'000});
  EXPECT_EQ(Bytes{0} / Bandwidth{3}, Time{0});
  EXPECT_EQ(Flops{1} / FlopRate{kMost}, Time{1});
}

// 1 TB x 10^12 overflows 64 bits 10^5 times over; 1 TB at 1 TB/s takes a second.
TEST(Units, LargeAmountsDoNotOverflowOnTheWay) {
  EXPECT_EQ(Bytes{1'000'000'000'000} / Bandwidth{1'000'000'000'000}, std::chrono::seconds(1));
  EXPECT_EQ(Bytes{kMost} / Bandwidth{kMost}, std::chrono::seconds(1));
  EXPECT_EQ(Bytes{kMost} / Bandwidth{1}, Time::max());  // longer than 106 days: the longest time
}

TEST(Units, AverageRateIsRoundedDown) {
  EXPECT_EQ(Bytes{10} / Time{std::chrono::seconds(3)}, Bandwidth{3});
  EXPECT_EQ(Bytes{1} / Time{1}, Bandwidth{1'000'000'000'000});
}

// 2 W for 3 s are 6 J; 1 mW for 1 ps is far below a nanojoule.
TEST(Units, EnergyIsPowerTimesTime) {
  EXPECT_EQ(Power{2000} * Time{std::chrono::seconds(3)}, Energy{6'000'000'000});
  EXPECT_EQ(Power{1} * Time{1}, Energy{0});
}

TEST(Units, ScalingGoesToTheNearestPicosecond) {
  EXPECT_EQ(scaled(Time{3}, 0.5), Time{2});
  EXPECT_EQ(scaled(Time{1000}, 1.0004), Time{1000});
  EXPECT_EQ(scaled(Time{1000}, 1.0006), Time{1001});
  EXPECT_EQ(scaled(Time::max(), 2), Time::max());
}

TEST(Units, DecimalAndBinaryPrefixesDiffer) {
  EXPECT_EQ(read<Bytes>("1 GB"), Bytes{1'000'000'000});
  EXPECT_EQ(read<Bytes>("1 GiB"), Bytes{1'073'741'824});
  EXPECT_EQ(read<Bandwidth>("16 Gb/s"), Bandwidth{2'000'000'000});
  EXPECT_EQ(read<FlopRate>("1.5 TFLOP/s"), FlopRate{1'500'000'000'000});
  EXPECT_EQ(read<Flops>("2 GFLOP"), Flops{2'000'000'000});
  EXPECT_EQ(read<Power>("1.5 kW"), Power{1'500'000});
  EXPECT_EQ(read<Time>("1.2 us"), 1'200'000_ps);
}

// 0.1 is no sum of powers of two: through a double, 0.1 GB/s could come out as 99,999,999.
TEST(Units, DecimalsAreReadExactly) {
  EXPECT_EQ(read<Bandwidth>("0.1 GB/s"), Bandwidth{100'000'000});
  EXPECT_EQ(read<Bytes>("0.000000001 GB"), Bytes{1});
  EXPECT_EQ(read<Time>("4.35 ns"), Time{4350});
  EXPECT_EQ(read<Bytes>("9223372036854775807 B"), Bytes{kMost});
  EXPECT_EQ(read<Bytes>("1e3 B"), Bytes{1000});
  EXPECT_EQ(read<Bytes>("25E-1 kB"), Bytes{2500});
  EXPECT_EQ(read<Bytes>("+5 B"), Bytes{5});
  EXPECT_EQ(read<Bytes>(".5 kB"), Bytes{500});
  EXPECT_EQ(read<Bytes>("  7\tB "), Bytes{7});
  EXPECT_EQ(read<Bytes>("7B"), Bytes{7});
}

// Below the smallest unit a value is rounded to the nearest, halves up.
TEST(Units, FractionsOfTheSmallestUnitAreRounded) {
  EXPECT_EQ(read<Time>("0.4 ps"), Time{0});
  EXPECT_EQ(read<Time>("0.5 ps"), Time{1});
  EXPECT_EQ(read<Bandwidth>("1 Mb/s"), Bandwidth{125'000});
  EXPECT_EQ(read<Bytes>("1e-40 TiB"), Bytes{0});
}

TEST(Units, BadTextsSayWhatIsWrongAndWhatIsAllowed) {
  EXPECT_EQ(mistake<Time>("5"), "no unit in '5' (a number and one of ps, ns, us, ms, s)");
  EXPECT_EQ(mistake<Time>("us"), "no number in 'us' (a number and one of ps, ns, us, ms, s)");
  EXPECT_EQ(mistake<Time>(""), "no number in '' (a number and one of ps, ns, us, ms, s)");
  EXPECT_EQ(mistake<Time>("5 min"), "unknown unit 'min' in '5 min' (one of ps, ns, us, ms, s)");
  EXPECT_THAT(mistake<Time>("-5 us"), HasSubstr("negative value"));
  for (const char* text : {"1.2.3 s", "1e s", "1e5e5 s", ". s", "+ s", "1-2 s", "1e+ s", "+-1 s"}) {
    EXPECT_THAT(mistake<Time>(text), HasSubstr("malformed number")) << text;
  }
  for (const char* text : {"1e30 s", "9223372036854775808 ps", "9223373 s", "1e-41 s",
                           "1e99999999999 s", "99999999999999999999999999999999 ps"}) {
    EXPECT_NE(mistake<Time>(text), "") << text;
  }
  EXPECT_THAT(mistake<Bytes>("8 Gb"), HasSubstr("unknown unit 'Gb'"));
  EXPECT_THAT(mistake<Time>("nan s"), HasSubstr("no number"));
  EXPECT_THAT(mistake<Time>("inf s"), HasSubstr("no number"));
}

template <class Quantity>
void expect_exact_texts_read_back(std::mt19937_64& random) {
  for (int round = 0; round < 2000; ++round) {
    // All magnitudes, and multiples of powers of ten and of two.
    std::int64_t value = static_cast<std::int64_t>(random() >> (1 + random() % 63));
    if (round % 3 == 1) value = value / 1'000'000 * 1'000'000;
    if (round % 3 == 2) value = value / 1024 * 1024;
    EXPECT_EQ(read<Quantity>(exact_text(Quantity{value})), Quantity{value})
        << exact_text(Quantity{value});
  }
}

TEST(Units, ExactTextsReadBackAsTheSameValue) {
  std::mt19937_64 random(1);
  expect_exact_texts_read_back<Time>(random);
  expect_exact_texts_read_back<Bytes>(random);
  expect_exact_texts_read_back<Flops>(random);
  expect_exact_texts_read_back<Bandwidth>(random);
  expect_exact_texts_read_back<FlopRate>(random);
  expect_exact_texts_read_back<Power>(random);
}

TEST(Units, ExactTextsUseTheLargestUnitThatIsExact) {
  EXPECT_EQ(exact_text(Time{2'500'000'000}), "2500 us");
  EXPECT_EQ(exact_text(Time{0}), "0 ps");
  EXPECT_EQ(exact_text(Bytes{1 << 30}), "1 GiB");
  EXPECT_EQ(exact_text(Bytes{80'000'000'000}), "80 GB");
  EXPECT_EQ(exact_text(Bandwidth{1'000'000'001}), "1000000001 B/s");
  EXPECT_EQ(exact_text(FlopRate{60'000'000'000'000}), "60 TFLOP/s");
}

TEST(Units, TextsForPeopleHaveThreeDigits) {
  EXPECT_EQ(to_string(Time{1'214'000'000}), "1.21 ms");
  EXPECT_EQ(to_string(Time{999'600}), "1000 ns");
  EXPECT_EQ(to_string(Time{0}), "0 ps");
  EXPECT_EQ(to_string(Bytes{1536}), "1.5 KiB");
  EXPECT_EQ(to_string(Bandwidth{16'000'000'000}), "16 GB/s");
  EXPECT_EQ(to_string(FlopRate{989'400'000'000'000}), "989 TFLOP/s");
  EXPECT_EQ(to_string(Power{700'000}), "700 W");
  EXPECT_EQ(to_string(Energy{1'500'000'000}), "1.5 J");
  EXPECT_EQ(to_string(Time::max()), "9223372 s");
}

TEST(Units, EveryUnitIsRead) {
  for (const std::string_view unit : unit_names<Bandwidth>()) {
    EXPECT_EQ(mistake<Bandwidth>("8 " + std::string{unit}), "") << unit;
  }
  for (const std::string_view unit : unit_names<Time>()) {
    EXPECT_EQ(mistake<Time>("8 " + std::string{unit}), "") << unit;
  }
}

}  // namespace
}  // namespace partita
