// Copies whose times follow rules that are known.
#include "exec/profile/copy_fit.h"

#include <gtest/gtest.h>

#include <random>

namespace partita::exec {
namespace {

// 3 us + n / (4 GB/s), which is 250 ps a byte.
Time straight(std::int64_t n) { return 3us + 1_ps * (n * 250); }

// Up to 64 KiB at 10 GB/s behind 1 us, from there at 2 GB/s.
Time bent(std::int64_t n) {
  const std::int64_t knee = 65536;
  return 1us + 1_ps * (std::min(n, knee) * 100 + std::max<std::int64_t>(n - knee, 0) * 500);
}

std::vector<MeasuredCopy> copies(Time (*time)(std::int64_t), int sizes) {
  std::vector<MeasuredCopy> all;
  for (int i = 0; i < sizes; ++i) {
    const std::int64_t size = std::int64_t{4096} << i;
    all.push_back({Bytes{size}, time(size)});
  }
  return all;
}

TEST(CopyFit, ALineStaysALine) {
  const auto fit = fit_copies(copies(straight, 15));
  ASSERT_TRUE(fit);
  EXPECT_TRUE(fit->regimes.empty());
  EXPECT_NEAR(microseconds(fit->setup), 3, 1e-3);
  EXPECT_NEAR(static_cast<double>(fit->bandwidth.value), 4e9, 1e6);
}

TEST(CopyFit, WhatBendsBecomesRegimes) {
  const std::vector<MeasuredCopy> measured = copies(bent, 15);
  const auto fit = fit_copies(measured);
  ASSERT_TRUE(fit);
  ASSERT_GE(fit->regimes.size(), 2u);
  EXPECT_EQ(fit->setup, Time{0});
  EXPECT_LT(errors_of(fit->regimes, measured).mean, 5);
  // No copy was faster than this: 64 KiB in 1 us + 6.5536 us.
  EXPECT_EQ(fit->bandwidth, Bytes{65536} / 7'553'600_ps);
}

// Alternating 20 % above and below a line, which lines from size to size would follow, and be wrong
// about the sizes between.
TEST(CopyFit, NoiseDoesNotBecomeRegimes) {
  std::vector<MeasuredCopy> measured = copies(straight, 15);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    measured[i].time = scaled(measured[i].time, i % 4 < 2 ? 1.2 : 0.8);
  }
  EXPECT_TRUE(fit_copies(measured)->regimes.empty());
}

// What a busy computer gives: 60 sizes, each +-15 % around two lines, and of every sixth size, with
// fewer samples, copies that found their operands in a cache, in a quarter of the time.
std::vector<MeasuredCopy> noisy(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<MeasuredCopy> measured;
  double size = 4096;
  for (int i = 0; i < 60; ++i, size *= 1.17) {
    const auto bytes = static_cast<std::int64_t>(size);
    const double noise = 0.85 + 0.3 * static_cast<double>(random() % 1000) / 1000;
    const double cached = i % 6 == 3 ? 0.25 : 1;
    measured.push_back({Bytes{bytes}, scaled(bent(bytes), noise * cached), cached < 1 ? 20 : 60});
  }
  return measured;
}

// What a busy computer gives, too: what a larger copy takes less is made equal, and what then is left
// of a slope is rounding.
TEST(CopyFit, TimesThatDoNotRiseGiveARateThatWasSeen) {
  for (const std::int64_t picoseconds : {20'000'000, 20'000'003, 333'333'333}) {
    std::vector<MeasuredCopy> measured;
    for (const std::int64_t size : {52, 128, 3136, 4096, 150'528}) {
      measured.push_back({Bytes{size}, Time{picoseconds}});
    }
    const auto fit = fit_copies(measured);
    ASSERT_TRUE(fit);
    // No more than a time's resolution away from the fastest of them.
    EXPECT_NEAR(static_cast<double>(fit->bandwidth.value),
                static_cast<double>((Bytes{150'528} / Time{picoseconds}).value), 2)
        << picoseconds;
  }
}

// Few pieces, no piece below the end of the one before, and the truth within 15 % on average.
TEST(CopyFit, NoisyRowsGiveFewPiecesThatRise) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto fit = fit_copies(noisy(seed));
    ASSERT_TRUE(fit);
    ASSERT_FALSE(fit->regimes.empty()) << seed;
    EXPECT_LE(fit->regimes.size(), 6u) << seed;
    std::vector<MeasuredCopy> truth;
    Time last{0};
    for (double size = 4096; size < 40e6; size *= 1.01) {
      const Bytes bytes{static_cast<std::int64_t>(size)};
      EXPECT_GE(copy_time(fit->regimes, bytes), last) << seed << " " << bytes.value;
      last = copy_time(fit->regimes, bytes);
      truth.push_back({bytes, bent(bytes.value)});
    }
    EXPECT_LT(errors_of(fit->regimes, truth).mean, 15) << seed;
  }
}

// 1 us + 0.16 ns a byte as far as 1 MiB, then nothing until 4 MiB, from where 150 us + 0.02 ns a byte
// are measured: 234 us, where the first line would be at 672. They meet at 149 us / 0.14 ns = 1064 kB,
// where both are at 171.3 us.
TEST(CopyFit, PiecesMeetWhereTheirLinesDo) {
  std::vector<MeasuredCopy> measured;
  for (double size = 4096; size < 1.05e6; size *= 1.4142) {
    const auto n = static_cast<std::int64_t>(size);
    measured.push_back({Bytes{n}, 1us + 1_ps * (n * 160)});
  }
  for (std::int64_t n = 4 << 20; n <= 64 << 20; n *= 2) {
    measured.push_back({Bytes{n}, 150us + 1_ps * (n * 20)});
  }
  const auto fit = fit_copies(measured);
  ASSERT_TRUE(fit);
  ASSERT_EQ(fit->regimes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(fit->regimes[1].from.value), 1'064'286, 2'000);
  EXPECT_NEAR(microseconds(fit->regimes[1].time), 171.3, 0.5);
  EXPECT_LT(errors_of(fit->regimes, measured).mean, 0.1);
}

TEST(CopyFit, FewSizesAreALine) { EXPECT_TRUE(fit_copies(copies(bent, 5))->regimes.empty()); }

}  // namespace
}  // namespace partita::exec
