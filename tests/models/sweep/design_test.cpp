// Prices and goals.
#include "models/sweep/design.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::sweep_of;
using testing::ElementsAre;
using testing::SizeIs;

double price_at(const Sweep& sweep, std::size_t number) {
  return price_of(sweep.design, sweep.axes, points_of(sweep)[number].values);
}

// 1500 + 40 for each 100 GB/s + 90 or 160, and nothing for the method.
TEST(Design, PricesAddUp) {
  const Sweep sweep = sweep_of(
      "axes:\n"
      "  machine.links.l.bandwidth: {from: 50 GB/s, to: 250 GB/s, points: 2}\n"
      "  machine.memories.m.capacity: [8 GiB, 16 GiB]\n"
      "  method: [heft]\n"
      "prices:\n"
      "  currency: EUR\n"
      "  base: 1500\n"
      "  machine.links.l.bandwidth: {per: 100 GB/s, price: 40}\n"
      "  machine.memories.m.capacity: {16 GiB: 160, 8192 MiB: 90}\n");
  EXPECT_EQ(sweep.design.currency, "EUR");
  EXPECT_EQ(price_at(sweep, 0), 1500 + 20 + 90);
  EXPECT_EQ(price_at(sweep, 1), 1500 + 20 + 160);
  EXPECT_EQ(price_at(sweep, 2), 1500 + 100 + 90);
  EXPECT_EQ(price_at(sweep, 3), 1500 + 100 + 160);
}

TEST(Design, AWalkedRangeAndTextsMayHaveATable) {
  const Sweep sweep = sweep_of(
      "axes: {machine.x: {from: 1, to: 3, points: 3}, machine.kind: [hbm2, hbm3]}\n"
      "prices: {machine.x: {1: 10, 2: 15, 3: 17}, machine.kind: {hbm2: 100, hbm3: 400}}\n");
  EXPECT_EQ(price_at(sweep, 3), 15 + 400);
  EXPECT_EQ(price_at(sweep, 4), 17 + 100);
}

TEST(Design, GoalsAreInTheNumbersOfTheirColumn) {
  const Sweep sweep = sweep_of(
      "goals:\n"
      "  makespan_ps: {at_most: 12 ms}\n"
      "  p99_us: {at_most: 1.5 ms}\n"
      "  workload.latency_ps.p99: {at_most: 7 us}\n"
      "  throughput_per_s: {at_least: 500/s}\n"
      "  energy_nj: {at_most: 5 mJ}\n"
      "  average_power_mw: {at_most: 12 W, at_least: 3}\n"
      "  bandwidth_bytes_per_s: {at_least: 2 GB/s}\n"
      "  peak_bytes: {at_most: 4 GiB}\n"
      "  gap: {at_most: 0.1}\n");
  std::vector<std::string> said;
  for (const Goal& goal : sweep.design.goals) {
    said.push_back(goal.column + (goal.at_most ? " <= " : " >= ") + std::to_string(goal.bound));
  }
  EXPECT_THAT(said, ElementsAre("makespan_ps <= 12000000000.000000", "p99_us <= 1500.000000",
                                "workload.latency_ps.p99 <= 7000000.000000",
                                "throughput_per_s >= 500.000000", "energy_nj <= 5000000.000000",
                                "average_power_mw <= 12000.000000", "average_power_mw >= 3.000000",
                                "bandwidth_bytes_per_s >= 2000000000.000000",
                                "peak_bytes <= 4294967296.000000", "gap <= 0.100000"));
  EXPECT_EQ(sweep.design.goals.front().text, "12 ms");
}

}  // namespace
}  // namespace partita
