#include "models/hardware/fit_regimes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partita {
namespace {

using testing::ElementsAre;

// 10 us + n at 1 GB/s below 100 kB, 60 us + n at 4 GB/s from there.
Time truth(std::int64_t size) {
  return size < 100'000 ? 10us + Bytes{size} / Bandwidth{1'000'000'000}
                        : 60us + Bytes{size} / Bandwidth{4'000'000'000};
}
std::vector<MeasuredCopy> measured() {
  std::vector<MeasuredCopy> copies;
  for (std::int64_t size = 10'000; size <= 1'000'000; size += 10'000) {
    copies.push_back({Bytes{size}, truth(size)});
  }
  return copies;
}

// At the first size of each piece: 10 us + 10 us, 60 us + 25 us.
TEST(FitRegimes, FindsWhereTheProtocolChanges) {
  const std::vector<Regime> regimes = fit_regimes(measured());
  ASSERT_EQ(regimes.size(), 2u);
  EXPECT_EQ(regimes[0].from, Bytes{10'000});
  EXPECT_EQ(regimes[1].from, Bytes{100'000});
  EXPECT_NEAR(static_cast<double>(regimes[0].time.count()), 20e6, 20);
  EXPECT_NEAR(static_cast<double>(regimes[1].time.count()), 85e6, 85);
  EXPECT_NEAR(static_cast<double>(regimes[0].bandwidth.value), 1e9, 1e4);
  EXPECT_NEAR(static_cast<double>(regimes[1].bandwidth.value), 4e9, 4e4);
}

TEST(FitRegimes, AHigherPriceBuysFewerPieces) {
  EXPECT_EQ(fit_regimes(measured(), 1000, 2).size(), 1u);
}

// 20 us at 10 kB and 30 us at 20 kB: 25 us between, and 1 ns a byte beyond.
TEST(FitRegimes, JoinsSizes) {
  const std::vector<Regime> regimes = join_regimes({{Bytes{20'000}, 30us}, {Bytes{10'000}, 20us}});
  EXPECT_THAT(regimes, ElementsAre(Regime{Bytes{10'000}, 20us, Bandwidth{1'000'000'000}}));
  EXPECT_EQ(copy_time(regimes, Bytes{15'000}), 25us);
  EXPECT_EQ(copy_time(regimes, Bytes{30'000}), 40us);
  EXPECT_EQ(copy_time(regimes, Bytes{5'000}), 15us);
}

// Off by 10 % at 1 kB and at 1.5 kB, of one power of two, and by nothing at 4 kB: 20/3 %; 10/2 %.
TEST(FitRegimes, ErrorsAreMeansOverCopiesAndOverPowersOfTwo) {
  const std::vector<Regime> level{{Bytes{1}, 11us, Bandwidth{1'000'000'000'000'000}}};
  const CopyErrors errors =
      errors_of(level, {{Bytes{1100}, 10us}, {Bytes{1500}, 10us}, {Bytes{4'500}, 11us}});
  EXPECT_NEAR(errors.mean, 20.0 / 3, 1e-3);
  EXPECT_NEAR(errors.by_power_of_two, 5, 1e-3);
}

Leg leg_with(std::vector<Regime> regimes) {
  Leg leg;
  leg.paced.push_back({Bandwidth{2'000'000'000}, std::move(regimes)});
  return leg;
}

// 1000 B on a link of 2 GB/s: below the regime nothing changes; 10 us of which 1 us is data at
// 1 GB/s; and, on a line of 0.5 GB/s that takes 1.25 us, no time before the data, which flows at
// 0.8 GB/s, rounded up.
TEST(Pace, IsWhatTheRegimeLeaves) {
  EXPECT_EQ(leg_with({{Bytes{1001}, 10us, Bandwidth{1}}}).pace(Bytes{1000}).wait, Time{0});
  const Pace slow = leg_with({{Bytes{1000}, 10us, Bandwidth{1'000'000'000}}}).pace(Bytes{1000});
  EXPECT_EQ(slow.wait, 9us);
  EXPECT_EQ(slow.cap, 1'000'000'000);
  const Pace steep = leg_with({{Bytes{500}, 250ns, Bandwidth{500'000'000}}}).pace(Bytes{1000});
  EXPECT_EQ(steep.wait, Time{0});
  EXPECT_EQ(steep.cap, 800'000'001);
}

TEST(FitRegimes, OneCopyIsEnough) {
  const std::vector<Regime> regimes = fit_regimes({{Bytes{1000}, 5us}});
  ASSERT_EQ(regimes.size(), 1u);
  EXPECT_EQ(copy_time(regimes, Bytes{1000}), 5us);
}

}  // namespace
}  // namespace partita
