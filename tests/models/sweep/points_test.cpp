// Products, axes that step together, what is left out, repetitions.
#include "models/sweep/points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::complaint_about;
using test::rows;
using test::sweep_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Points, TheLastAxisIsTheFastest) {
  const Sweep sweep = sweep_of("axes: {method: [heft, auto], model.batch: [1, 8, 64]}\n");
  EXPECT_THAT(rows(sweep),
              ElementsAre("heft 1", "heft 8", "heft 64", "auto 1", "auto 8", "auto 64"));
}

TEST(Points, WithoutAxesThereIsOne) {
  const Sweep sweep = sweep_of("with: {model: zoo:lenet}\n");
  const SweepPoints points = points_of(sweep);
  EXPECT_EQ(points.size(), 1U);
  EXPECT_THAT(points[0].values, SizeIs(0));
}

// 2 x 3 x 2: the zipped two count as one, where they stand.
TEST(Points, ZippedAxesStepTogether) {
  const Sweep sweep = sweep_of(
      "axes:\n"
      "  method: [heft, auto]\n"
      "  zip:\n"
      "    machine.a: [1, 2, 3]\n"
      "    machine.b: [x, y, x]\n"
      "  model.batch: [1, 8]\n");
  EXPECT_THAT(rows(sweep), ElementsAre("heft 1 x 1", "heft 1 x 8", "heft 2 y 1", "heft 2 y 8",
                                       "heft 3 x 1", "heft 3 x 8", "auto 1 x 1", "auto 1 x 8",
                                       "auto 2 y 1", "auto 2 y 8", "auto 3 x 1", "auto 3 x 8"));
}

TEST(Points, SeveralZipsAreIndependent) {
  const Sweep sweep = sweep_of(
      "axes:\n"
      "  zip:\n"
      "    - {machine.a: [1, 2], machine.b: [3, 4]}\n"
      "    - {machine.c: [5, 6], machine.d: {from: 7, to: 8, points: 2}}\n");
  EXPECT_THAT(rows(sweep), ElementsAre("1 3 5 7", "1 3 6 8", "2 4 5 7", "2 4 6 8"));
}

TEST(Points, RepetitionsStandTogether) {
  const Sweep sweep = sweep_of("axes: {model.batch: [1, 8]}\nrepeat: 3\n");
  const SweepPoints points = points_of(sweep);
  ASSERT_EQ(points.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(points[i].number, i);
    EXPECT_EQ(points[i].repetition, i % 3);
    EXPECT_EQ(points[i].values[0].text, i < 3 ? "1" : "8");
  }
}

TEST(Points, WhatIsExcludedLeavesNoGap) {
  const Sweep sweep = sweep_of(
      "axes: {method: [heft, exact], model.batch: [1, 8, 64]}\n"
      "exclude: [{method: exact, model.batch: '> 1'}]\n"
      "repeat: 2\n");
  const SweepPoints points = points_of(sweep);
  EXPECT_THAT(rows(points), ElementsAre("heft 1", "heft 1", "heft 8", "heft 8", "heft 64",
                                        "heft 64", "exact 1", "exact 1"));
  for (std::size_t i = 0; i < points.size(); ++i) EXPECT_EQ(points[i].number, i);
}

TEST(Points, OnlyKeepsWhatItSaysLessWhatIsExcluded) {
  const Sweep sweep = sweep_of(
      "axes: {method: [heft, peft, exact], model.batch: [1, 8]}\n"
      "only: [{method: '*eft'}, {model.batch: 1}]\n"
      "exclude: [{method: peft, model.batch: 8}]\n");
  EXPECT_THAT(rows(sweep), ElementsAre("heft 1", "heft 8", "peft 1", "exact 1"));
}

TEST(Points, ASweepWithoutAPointSaysSo) {
  const Sweep sweep = sweep_of("axes: {method: [heft, auto]}\nexclude: [{method: '*'}]\n");
  EXPECT_THROW(points_of(sweep), ConfigError);
}

TEST(Points, ARangeThatNobodyWalksNeedsSamples) {
  const Sweep sweep = sweep_of("axes:\n  machine.x: {from: 1, to: 2}\n  machine.y: [1]\n");
  EXPECT_FALSE(has_points(sweep));
  try {
    points_of(sweep);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(":4:14: error: machine.x: a range has as many values"));
  }
}

TEST(Points, AtPositionsWalkedRangesAreContinuousAndWhatIsExcludedIsLeftOut) {
  const Sweep sweep = sweep_of(
      "axes: {machine.x: {from: 10 GB/s, to: 20 GB/s, points: 2}, method: [heft, auto]}\n"
      "exclude: [{method: heft, machine.x: '> 15 GB/s'}]\n"
      "repeat: 2\n");
  const SweepPoints points = points_at(sweep, {{0.5, 0}, {0.6, 0}, {1, 1}, {1, 0}});
  EXPECT_THAT(rows(points),
              ElementsAre("15 GB/s heft", "15 GB/s heft", "20 GB/s auto", "20 GB/s auto"));
  EXPECT_THAT(points.left_out(), ElementsAre(1, 3));
  const SweepPoints none = points_at(sweep, {{1, 0}});
  EXPECT_TRUE(none.empty());
  EXPECT_THAT(none.left_out(), ElementsAre(0));
}

// Every combination of two conditions over three axes, against a filter written by hand.
TEST(Points, ExcludeIsAFilter) {
  const Sweep sweep = sweep_of(
      "axes:\n"
      "  machine.a: {from: 1, to: 30, points: 30}\n"
      "  machine.b: {from: 1 GB/s, to: 20 GB/s, points: 20}\n"
      "  method: [heft, peft, exact]\n"
      "exclude:\n"
      "  - {machine.a: '>= 10', machine.b: '< 5 GB/s', method: [heft, exact]}\n"
      "  - {machine.a: [1, 3, 5], method: p*}\n");
  const auto left_out = [](double a, double b, const std::string& method) {
    if (a >= 10 && b < 5e9 && (method == "heft" || method == "exact")) return true;
    return (a == 1 || a == 3 || a == 5) && method.front() == 'p';
  };
  std::vector<std::string> expected;
  for (int a = 1; a <= 30; ++a) {
    for (int b = 1; b <= 20; ++b) {
      for (const std::string method : {"heft", "peft", "exact"}) {
        if (left_out(a, b * 1e9, method)) continue;
        expected.push_back(std::to_string(a) + " " + std::to_string(b) + " GB/s " + method);
      }
    }
  }
  // 21 x 4 x 2 and 3 x 20 of 1,800.
  EXPECT_EQ(expected.size(), 1'800U - 168 - 60);
  EXPECT_EQ(rows(sweep), expected);
}

TEST(Points, TwoReadingsGiveTheSameSeedsAndTexts) {
  const std::string text =
      "axes: {machine.a: {from: 1 us, to: 1 s, scale: log}, method: [heft, auto]}\n"
      "sample: {method: latin_hypercube, points: 200}\nrepeat: 2\n";
  const Sweep first = sweep_of(text), second = sweep_of(text);
  EXPECT_EQ(rows(first), rows(second));
  const SweepPoints a = points_of(first), b = points_of(second);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].seed, b[i].seed);
}

}  // namespace
}  // namespace partita
