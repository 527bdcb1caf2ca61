// Seeds depend on what is computed, not on where it stands.
#include "models/sweep/point_seed.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::sweep_of;

using Seeds = std::map<std::set<std::string>, std::uint64_t>;  // by "name=value"

Seeds seeds_of(const Sweep& sweep) {
  Seeds seeds;
  for (const SweepPoint& point : points_of(sweep)) {
    std::set<std::string> options{"#" + std::to_string(point.repetition)};
    for (std::size_t i = 0; i < point.values.size(); ++i) {
      options.insert(sweep.axes[i].name + "=" + point.values[i].text);
    }
    seeds.emplace(std::move(options), point.seed);
  }
  return seeds;
}

// The published vectors: FNV-1a of "" and "a" and "foobar" (RFC 9923, appendix C), and the first
// output of SplitMix64 from state 0 (its reference implementation, also in Java's tests).
TEST(PointSeed, HashesAreThePublishedOnes) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325U);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8U);
  EXPECT_EQ(splitmix64(0), 0xe220a8397b1dcdafU);
}

TEST(PointSeed, OrderOfAxesAndValuesDoesNotMatter) {
  const Seeds one = seeds_of(sweep_of("axes: {method: [heft, auto], model.batch: [1, 8]}\n"));
  const Seeds other = seeds_of(sweep_of("axes: {model.batch: [8, 1], method: [auto, heft]}\n"));
  EXPECT_EQ(one.size(), 4U);
  EXPECT_EQ(one, other);
}

TEST(PointSeed, ALargerSweepFindsOldPointsAgain) {
  const Seeds few = seeds_of(sweep_of("axes: {method: [heft], model.batch: [1, 8]}\nrepeat: 2\n"));
  Seeds many = seeds_of(
      sweep_of("axes: {method: [auto, heft, peft], model.batch: [1, 2, 4, 8, 16]}\nrepeat: 5\n"));
  EXPECT_EQ(few.size(), 4U);
  for (const auto& [options, seed] : few) EXPECT_EQ(many.at(options), seed);
  std::set<std::uint64_t> distinct;
  for (const auto& [options, seed] : many) distinct.insert(seed);
  EXPECT_EQ(distinct.size(), many.size());
}

std::uint64_t only_seed(const std::string& lines) {
  const Sweep sweep = sweep_of(lines);
  return points_of(sweep)[0].seed;
}

TEST(PointSeed, SharedOptionsAndAxesOfOneValueAreTheSame) {
  const std::uint64_t as_axes = only_seed(
      "with: {json: true}\n"
      "axes: {method: [heft], machine.x: [10 GB/s], cold-start: [false]}\n");
  EXPECT_EQ(as_axes, only_seed("with: {json: true, method: heft, machine.x: 10 GB/s}\n"));
  EXPECT_EQ(as_axes, only_seed("with: {machine.x: 10000 MB/s, method: heft}\n"
                               "axes: {json: ['true']}\n"));
  EXPECT_NE(as_axes, only_seed("with: {json: true, method: heft, machine.x: 11 GB/s}\n"));
  EXPECT_NE(as_axes, only_seed("with: {method: heft, machine.x: 10 GB/s}\n"));
}

TEST(PointSeed, WalkedSampledAndListedNumbersAreTheSame) {
  const std::uint64_t listed = only_seed("axes: {machine.x: [15 us]}\n");
  const Sweep range = sweep_of("axes: {machine.x: {from: 15 us, to: 20 us, points: 2}}\n");
  EXPECT_EQ(points_of(range)[0].seed, listed);
  EXPECT_EQ(points_at(range, {{0}})[0].seed, listed);
}

TEST(PointSeed, TheSweepsSeedCountsAndAllFitIn63Bits) {
  EXPECT_NE(only_seed("seed: 1\n"), only_seed("seed: 2\n"));
  EXPECT_EQ(only_seed("seed: 1\n"), only_seed(""));
  // By hand: no option, so point = 0, repetition 0.
  EXPECT_EQ(only_seed(""), splitmix64(splitmix64(splitmix64(1))) >> 1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_LT(only_seed("axes: {machine.x: [" + std::to_string(i) + "]}\n"), 1ULL << 63);
  }
}

}  // namespace
}  // namespace partita
