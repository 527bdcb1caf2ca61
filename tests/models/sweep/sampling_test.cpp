// Samples: where they lie, and that they stay where they are.
#include "models/sweep/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "models/sweep/points.h"
#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::rows;
using test::sweep_of;
using testing::ElementsAre;

const std::vector<std::string> kTwo{"x", "y"}, kThree{"x", "y", "z"};

std::vector<double> column(const std::vector<double>& samples, std::size_t of, std::size_t place) {
  std::vector<double> one;
  for (std::size_t i = place; i < samples.size(); i += of) one.push_back(samples[i]);
  return one;
}

// How many samples lie in each of `parts` equal parts.
std::vector<int> strata(const std::vector<double>& positions, std::size_t parts) {
  std::vector<int> counts(parts);
  for (const double each : positions) {
    ++counts.at(static_cast<std::size_t>(each * static_cast<double>(parts)));
  }
  return counts;
}

TEST(Sampling, ALatinHypercubeHasOneSampleInEachPartOfEachColumn) {
  for (const std::size_t samples : {1U, 2U, 7U, 100U, 1'009U}) {
    const auto positions = sampled_positions(Sampling::LatinHypercube, samples, kThree, 5);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(strata(column(positions, 3, i), samples), std::vector<int>(samples, 1));
    }
  }
}

TEST(Sampling, ColumnsOfALatinHypercubeAreIndependent) {
  const auto positions = sampled_positions(Sampling::LatinHypercube, 2'000, kTwo, 5);
  const auto x = column(positions, 2, 0), y = column(positions, 2, 1);
  double covariance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) covariance += (x[i] - 0.5) * (y[i] - 0.5);
  // Of independent ones the mean of 2,000 products has a deviation of 1 / 12 / sqrt(2,000).
  EXPECT_LT(std::fabs(covariance / 2'000), 4.0 / 12 / std::sqrt(2'000.0));
}

// The first points of the sequence as Joe and Kuo publish them (new-joe-kuo-6, three dimensions).
TEST(Sampling, WithoutAShiftSobolIsThePublishedSequence) {
  const auto positions = sampled_positions(Sampling::Sobol, 8, kThree, 0);
  EXPECT_THAT(positions, ElementsAre(0, 0, 0,              //
                                     0.5, 0.5, 0.5,        //
                                     0.75, 0.25, 0.25,     //
                                     0.25, 0.75, 0.75,     //
                                     0.375, 0.375, 0.625,  //
                                     0.875, 0.875, 0.125,  //
                                     0.625, 0.125, 0.875,  //
                                     0.125, 0.625, 0.375));
}

// (0, m, 2)-net: of 2^m points, every box of 2^-a by 2^-(m - a) holds exactly one, shifted or not.
TEST(Sampling, SobolIsBalancedInEveryElementaryBox) {
  for (const std::uint64_t seed : {0U, 1U, 77U}) {
    const auto positions = sampled_positions(Sampling::Sobol, 256, kTwo, seed);
    for (int a = 0; a <= 8; ++a) {
      std::set<std::pair<int, int>> boxes;
      for (std::size_t i = 0; i < positions.size(); i += 2) {
        boxes.emplace(static_cast<int>(std::ldexp(positions[i], a)),
                      static_cast<int>(std::ldexp(positions[i + 1], 8 - a)));
      }
      EXPECT_EQ(boxes.size(), 256U) << seed << " " << a;
    }
  }
}

TEST(Sampling, RandomSamplesAreUniform) {
  const auto positions = sampled_positions(Sampling::Random, 10'000, kTwo, 3);
  for (std::size_t i = 0; i < 2; ++i) {
    // Ten parts of 1,000; a deviation is sqrt(1,000 x 0.9) = 30.
    for (const int count : strata(column(positions, 2, i), 10)) EXPECT_NEAR(count, 1'000, 120);
  }
}

TEST(Sampling, MoreSamplesBeginWithTheFewer) {
  for (const Sampling sampling : {Sampling::Random, Sampling::Sobol}) {
    const auto few = sampled_positions(sampling, 10, kTwo, 3);
    auto many = sampled_positions(sampling, 100, kTwo, 3);
    many.resize(few.size());
    EXPECT_EQ(few, many);
  }
}

TEST(Sampling, SeedsAndColumnsGiveOthers) {
  for (const Sampling sampling : {Sampling::Random, Sampling::LatinHypercube, Sampling::Sobol}) {
    const auto one = sampled_positions(sampling, 10, kTwo, 3);
    EXPECT_EQ(one, sampled_positions(sampling, 10, kTwo, 3));
    EXPECT_NE(one, sampled_positions(sampling, 10, kTwo, 4));
    EXPECT_NE(column(one, 2, 0), column(one, 2, 1));
    // A column more, and the first ones stay.
    const auto three = sampled_positions(sampling, 10, kThree, 3);
    EXPECT_EQ(column(three, 3, 0), column(one, 2, 0));
    EXPECT_EQ(column(three, 3, 1), column(one, 2, 1));
  }
}

TEST(Sampling, PlacesOfRandomAxesDoNotMatter) {
  const auto one = sampled_positions(Sampling::Random, 10, {"x", "y"}, 3);
  const auto other = sampled_positions(Sampling::Random, 10, {"y", "x"}, 3);
  EXPECT_EQ(column(one, 2, 0), column(other, 2, 1));
}

// Positions 0, 1/2, 3/4, 1/4 of both axes' sequences above (0 1/2 1/4 3/4 of the second).
TEST(SampledPoints, RangesAreSampledListsAndWalkedRangesDrawnFrom) {
  const Sweep sweep = sweep_of(
      "axes: {machine.x: {from: 10, to: 20}, method: [heft, auto]}\n"
      "sample: {method: sobol, points: 4, seed: 0}\n");
  EXPECT_THAT(rows(sweep), ElementsAre("10 heft", "15 auto", "17.5 heft", "12.5 auto"));
  const Sweep walked = sweep_of(
      "axes: {machine.x: {from: 10, to: 20, points: 3}, method: [heft, auto]}\n"
      "sample: {method: sobol, points: 4, seed: 0}\n");
  EXPECT_THAT(rows(walked), ElementsAre("10 heft", "15 auto", "20 heft", "10 auto"));
}

TEST(SampledPoints, ZippedAxesAreDrawnTogether) {
  const Sweep sweep = sweep_of(
      "axes:\n"
      "  zip: {machine.x: [1, 2, 3], machine.y: [a, b, c], machine.z: {from: 0, to: 30}}\n"
      "sample: {method: random, points: 100}\n");
  std::set<std::string> seen;
  for (const SweepPoint& point : points_of(sweep)) {
    const double x = *point.values[0].number, z = *point.values[2].number;
    EXPECT_EQ(point.values[1].text,
              std::string(1, static_cast<char>('a' + static_cast<int>(x) - 1)));
    EXPECT_TRUE(z >= 10 * (x - 1) && z < 10 * x) << x << " " << z;
    seen.insert(point.values[0].text);
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST(SampledPoints, ExcludedSamplesAreNotDrawnAnew) {
  const std::string axes = "axes: {machine.x: {from: 0, to: 1}}\n";
  const std::string sample = "sample: {method: latin_hypercube, points: 10}\n";
  const auto all = rows(sweep_of(axes + sample));
  const Sweep half = sweep_of(axes + sample + "exclude: [{machine.x: '< 0.5'}]\n");
  std::vector<std::string> expected;
  for (const std::string& each : all) {
    if (std::stod(each) >= 0.5) expected.push_back(each);
  }
  EXPECT_EQ(expected.size(), 5U);
  EXPECT_EQ(rows(half), expected);
}

TEST(SampledPoints, HaveSixDigitsAndMoreInNarrowRanges) {
  const auto drawn = [](const std::string& ends) {
    return rows(
        sweep_of("axes: {machine.x: {" + ends + "}}\nsample: {method: random, points: 2}\n"));
  };
  EXPECT_THAT(drawn("from: 0, to: 1"), ElementsAre("0.788511", "0.447752"));
  EXPECT_THAT(drawn("from: 100 ns, to: 100 us"), ElementsAre("78.8723 us", "44.8304 us"));
  // A hundredth, a thousandth of 1,000: two and three digits more.
  EXPECT_THAT(drawn("from: 990, to: 1000"), ElementsAre("997.88511", "994.47752"));
  EXPECT_THAT(drawn("from: 999, to: 1000"), ElementsAre("999.788511", "999.447752"));
  // Whole numbers are what they are.
  EXPECT_THAT(drawn("from: 1, to: 100000000, integer: true"), ElementsAre("78851149", "44775170"));
}

// Answers close in on one value: positions that are asked for are not rounded like samples.
TEST(SampledPoints, PositionsKeepTwelveDigits) {
  const Sweep sweep = sweep_of("axes: {machine.x: {from: 0, to: 3}}\n");
  EXPECT_THAT(rows(points_at(sweep, {{1.0 / 9}})), ElementsAre("0.333333333333"));
}

// These would change if any part of the derivation did: files of results live long.
TEST(SampledPoints, StayWhereTheyAre) {
  const Sweep sweep = sweep_of(
      "axes: {machine.x: {from: 1 GB/s, to: 100 GB/s, scale: log}, method: [heft, auto]}\n"
      "sample: {method: latin_hypercube, points: 2}\nrepeat: 2\n");
  EXPECT_THAT(rows(sweep), ElementsAre("2.80383 GB/s auto", "2.80383 GB/s auto",
                                       "43.4149 GB/s heft", "43.4149 GB/s heft"));
  std::vector<std::uint64_t> seeds;
  for (const SweepPoint& point : points_of(sweep)) seeds.push_back(point.seed);
  EXPECT_THAT(seeds, ElementsAre(5832953523544160281, 2942409118653439290, 8396728369952541149,
                                 5286417059905634946));
}

}  // namespace
}  // namespace partita
