// When requests arrive.
#include "models/workload/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/text_file.h"

namespace partita {
namespace {

using test::complaint;
using test::TextFile;
using testing::ElementsAre;
using testing::HasSubstr;

const SourceLoc kHere{"--arrivals", 0, 0};

Arrivals good(std::string_view text) {
  auto parsed = parse_arrivals(text);
  const auto* bad = std::get_if<BadArrivals>(&parsed);
  EXPECT_EQ(bad, nullptr) << bad->message;
  return bad == nullptr ? std::get<Arrivals>(parsed) : Arrivals{};
}
std::string bad(std::string_view text) {
  auto parsed = parse_arrivals(text);
  const auto* found = std::get_if<BadArrivals>(&parsed);
  return found == nullptr ? "" : found->message;
}
std::vector<Time> times(std::string_view text, std::size_t count, std::uint64_t seed = 1) {
  return arrival_times(good(text), count, seed, kHere);
}

TEST(Arrivals, Regular) {
  EXPECT_THAT(times("every 2 ms", 3), ElementsAre(0ms, 2ms, 4ms));
  EXPECT_THAT(times("every  1.5us", 2), ElementsAre(0us, 1500ns));
}

TEST(Arrivals, Bursts) {
  EXPECT_THAT(times("bursts of 2 every 20 ms", 5), ElementsAre(0ms, 0ms, 20ms, 20ms, 40ms));
}

TEST(Arrivals, Saturated) { EXPECT_THAT(times("saturated", 2), ElementsAre(0ms, 0ms)); }

// Exponential gaps: mean 1 / rate, and a part of 1 / e of them is longer than that.
TEST(Arrivals, PoissonHasExponentialGaps) {
  constexpr std::size_t kCount = 100'000;
  const std::vector<Time> made = times("poisson 500/s", kCount);
  EXPECT_NEAR(seconds(made.back()) / kCount, 0.002, 0.002 * 0.01);
  std::size_t longer = 0;
  Time before{0};
  for (const Time time : made) {
    EXPECT_GE(time, before);
    if (time - before > 2ms) ++longer;
    before = time;
  }
  EXPECT_NEAR(static_cast<double>(longer) / kCount, 0.36788, 0.005);
}

// The standard fixes the engine, and Random::exponential() counts and compares only. The times are
// those of a program that shares nothing with this one.
TEST(Arrivals, TheSameSeedGivesTheSamePicosecondsOnEveryMachine) {
  const std::vector<Time> made = times("poisson 500/s", 3, 7);
  EXPECT_EQ(made, times("poisson 500/s", 3, 7));
  EXPECT_NE(made, times("poisson 500/s", 3, 8));
  EXPECT_THAT(made, ElementsAre(Time{1'508'770'607}, Time{1'743'599'169}, Time{8'351'609'498}));
  // Half the rate: twice the time, but for what rounding down takes.
  const std::vector<Time> slower = times("poisson 250.0/s", 3, 7);
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_GE(slower[i], 2 * made[i]);
    EXPECT_LE(slower[i], 2 * made[i] + Time{1});
  }
}

TEST(Arrivals, WhatCannotBeReadSaysWhatCan) {
  EXPECT_THAT(bad("sometimes"), HasSubstr("unknown arrivals in 'sometimes' (one of 'every 2 ms'"));
  EXPECT_THAT(bad("every 2"), HasSubstr("unit"));
  EXPECT_THAT(bad("every 0 ms"), HasSubstr("a period of 0 in 'every 0 ms'"));
  EXPECT_THAT(bad("every"), HasSubstr("'every'"));
  EXPECT_THAT(bad("poisson"), HasSubstr("a rate like 500/s"));
  EXPECT_THAT(bad("poisson 0/s"), HasSubstr("a rate like 500/s"));
  EXPECT_THAT(bad("poisson 500"), HasSubstr("a rate like 500/s"));
  EXPECT_THAT(bad("poisson -5/s"), HasSubstr("a rate like 500/s"));
  EXPECT_THAT(bad("bursts of 0 every 2 ms"), HasSubstr("a size is expected"));
  EXPECT_THAT(bad("bursts every 2 ms"), HasSubstr("a size is expected"));
  EXPECT_THAT(bad("bursts of 3"), HasSubstr("unknown arrivals"));
}

TEST(Arrivals, BeyondTheEndOfTime) {
  EXPECT_THROW(times("every 1000000 s", 100), ConfigError);
  EXPECT_EQ(times("every 1000000 s", 3).back(), Time{2'000'000'000'000'000'000});
}

std::vector<Time> read(const std::string& file, std::optional<std::size_t> count = {}) {
  Arrivals trace;
  trace.kind = Arrivals::Kind::Trace;
  trace.file = file;
  return arrival_times(trace, count, 1, kHere);
}

TEST(Arrivals, ATraceIsReadAsItStands) {
  const TextFile file("trace.csv", "arrival\n0 ms\n1.5 ms\r\n1.5 ms\n\n2 s\n");
  EXPECT_THAT(read(file.path()), ElementsAre(0ms, 1500us, 1500us, 2000ms));
  EXPECT_THAT(read(file.path(), 2), ElementsAre(0ms, 1500us));
  EXPECT_THAT(read(file.path(), 9), testing::SizeIs(4));
  EXPECT_EQ(good("some/trace.csv").file, "some/trace.csv");
}

TEST(Arrivals, EveryMistakeInATraceHasItsPlace) {
  const TextFile file("trace.csv", "arrival\n2 ms\n1 ms\n3\n4 ms,5 ms\n6 ms\n");
  EXPECT_EQ(
      complaint(file, [](const std::string& path) { read(path); }),
      "trace.csv:3:1: error: arrival 1 ms lies before the one above it, 2 ms\n"
      "trace.csv:4:1: error: arrival: no unit in '3' (a number and one of ps, ns, us, ms, s)\n"
      "trace.csv:5:6: error: one column is expected, this row has 2");
  const TextFile headless("trace.csv", "0 ms\n");
  EXPECT_EQ(complaint(headless, [](const std::string& path) { read(path); }),
            "trace.csv:1:1: error: a trace of arrivals begins with the line 'arrival'");
  const TextFile empty("trace.csv", "arrival\n");
  EXPECT_EQ(complaint(empty, [](const std::string& path) { read(path); }),
            "trace.csv:1:1: error: the trace has no arrivals");
  EXPECT_THROW(read("/no/such/trace.csv"), ConfigError);
}

}  // namespace
}  // namespace partita
