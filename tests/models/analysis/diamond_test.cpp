// Every number of an analysis, worked out by hand; the timeline stands in diamond.h.
#include "tests/models/analysis/diamond.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace partita {
namespace {

using nlohmann::json;
using test::Diamond;
using testing::ElementsAre;

constexpr ProcessorId kP0{0}, kP1{1};

std::array<Time, kCauses.size()> waits(std::initializer_list<std::pair<Cause, Time>> list) {
  std::array<Time, kCauses.size()> all{};
  for (const auto& [cause, time] : list) all[static_cast<std::size_t>(cause)] = time;
  return all;
}

std::vector<Series::Point> steps(std::initializer_list<std::pair<Time, std::int64_t>> list) {
  std::vector<Series::Point> points;
  for (const auto& [at, value] : list) points.push_back({at, value});
  return points;
}

// p0: 10 + 30 + 10. p1: waits 10 for top to be made, 4 for it to travel, works 15, then has nothing
// left for 50 - 29.
TEST(Diamond, ProcessorsWorkAndWait) {
  Diamond diamond;
  const Analysis analysis(diamond.run());
  EXPECT_EQ(diamond.timeline.makespan, 50us);
  EXPECT_EQ(analysis.processors[kP0].busy, 50us);
  EXPECT_EQ(analysis.processors[kP0].waiting, waits({}));
  EXPECT_EQ(analysis.processors[kP1].busy, 15us);
  EXPECT_EQ(analysis.processors[kP1].waiting,
            waits({{Cause::Input, 10us}, {Cause::Transfer, 4us}, {Cause::Done, 21us}}));
}

TEST(Diamond, EnginesLinksAndMemoriesOverTime) {
  Diamond diamond;
  const Analysis analysis(diamond.run());
  const Activity& activity = analysis.activity;
  EXPECT_EQ(activity.serving[EngineId{0}].points(), steps({{10us, 1}, {13us, 0}}));
  EXPECT_EQ(activity.serving[EngineId{1}].points(), steps({{29us, 1}, {32us, 0}}));
  EXPECT_TRUE(activity.queue[EngineId{0}].points().empty());
  EXPECT_EQ(activity.running[kP0].points(), steps({{0us, 1}, {50us, 0}}));
  EXPECT_TRUE(analysis.traffic.exact);
  // Channels: m0, m1, link>, link<.
  EXPECT_EQ(analysis.traffic.rate[ChannelId{2}].points(),
            steps({{11us, 1'000'000'000}, {13us, 0}}));
  EXPECT_EQ(analysis.traffic.rate[ChannelId{3}].points(),
            steps({{30us, 1'000'000'000}, {32us, 0}}));
  EXPECT_EQ(analysis.traffic.rate[ChannelId{0}].points(),
            steps({{11us, 1'000'000'000}, {13us, 0}, {30us, 1'000'000'000}, {32us, 0}}));
  EXPECT_EQ(analysis.traffic.sent[ChannelId{2}], Bytes{2000});
  EXPECT_EQ(analysis.traffic.sent[ChannelId{0}], Bytes{4000});
  // m0: top until right has ended; right from 10; left from 29; bottom from 40; top, left and right
  // go at 40 and 50, and so does the output when all is over.
  EXPECT_EQ(activity.held[MemoryId{0}].points(),
            steps({{0us, 2000}, {10us, 5000}, {29us, 7000}, {40us, 5100}, {50us, 0}}));
  // m1: top from 10, left and its workspace from 14; top and workspace go at 29, left at 33.
  EXPECT_EQ(activity.held[MemoryId{1}].points(),
            steps({{10us, 2000}, {14us, 4500}, {29us, 2000}, {33us, 0}}));
}

std::string text(const PlanRun& run, const PathStep& step) {
  const std::string what = step.layer ? run.network.layer(*step.layer).name
                           : step.leg ? run.tensor(run.timeline.legs[*step.leg]).name + " sent"
                                      : "nothing";
  return what + " " + std::to_string(step.from / 1us) + "-" + std::to_string(step.until / 1us) +
         " " + std::string(to_string(step.began));
}
std::vector<std::string> texts(const PlanRun& run) {
  std::vector<std::string> all;
  for (const PathStep& step : critical_path(run)) all.push_back(text(run, step));
  return all;
}

std::map<std::string, Time> part_times(const PlanRun& run) {
  std::map<std::string, Time> all;
  for (const PartTime& each : parts_of_path(run, traffic_of(run), critical_path(run))) {
    all[name_of(each.part, run.hardware)] = each.time;
  }
  return all;
}

// right needs top; bottom comes when right is made, long after left has come.
TEST(Diamond, TheCriticalPathStaysOnOneProcessor) {
  Diamond diamond;
  const PlanRun run = diamond.run();
  EXPECT_THAT(texts(run), ElementsAre("top 0-10 start", "right 10-40 input", "bottom 40-50 input"));
  EXPECT_EQ(part_times(run), (std::map<std::string, Time>{{"layers on p0", 50us}}));
}

// With left of 30 us: left 14-44, sent 44-45-47-48, bottom 48-58.
TEST(Diamond, TheCriticalPathCrossesTheLink) {
  Diamond diamond;
  diamond.costs.emplace(test::costs_of({{10us, 10us}, {30us, 30us}, {30us, 30us}, {10us, 10us}}));
  const PlanRun run = diamond.run();
  EXPECT_THAT(texts(run), ElementsAre("top 0-10 start", "top sent 10-14 input", "left 14-44 input",
                                      "left sent 44-48 input", "bottom 48-58 input"));
  EXPECT_EQ(part_times(run), (std::map<std::string, Time>{{"layers on p0", 20us},
                                                          {"layers on p1", 30us},
                                                          {"link link", 4us},
                                                          {"set-up of engine e0", 1us},
                                                          {"set-up of engine e1", 1us},
                                                          {"latency of links and switches", 2us}}));
  // p0 waits for bottom from 40: left is made until 44, then travels until 48.
  EXPECT_EQ(Analysis(run).processors[kP0].waiting,
            waits({{Cause::Input, 4us}, {Cause::Transfer, 4us}}));
}

// Given times halve with their processor. p0: top 0-5, its copy is there at 9, left until 39 and
// there at 43, bottom 43-48; p0 and p1: left 9-24, there at 28, bottom until 33. A link of 2 GB/s
// saves 1 us in each direction, half a set-up 0.5 us, half a latency twice that.
TEST(Diamond, WhatIfsAreWorkedOutByEvaluatingThem) {
  Diamond diamond;
  diamond.costs.emplace(test::costs_of({{10us, 10us}, {30us, 30us}, {30us, 30us}, {10us, 10us}}));
  const PlanRun run = diamond.run();
  const Analysis analysis(run);
  const std::vector<Change> changes = changes_for(run, analysis.parts, 16);
  const Trial trial = [&](const Hardware& hardware, const CostTable& costs) {
    return Evaluator(run.network, hardware, costs).run(run.plan).makespan;
  };
  std::map<std::string, Time> found;
  for (const WhatIf& each : try_changes(run, changes, trial, 16)) {
    found[each.change.what] = each.time;
  }
  EXPECT_EQ(found, (std::map<std::string, Time>{
                       {"2 x faster p0", 48us},
                       // left 14-29, there at 33; bottom waits for right until 40.
                       {"2 x faster p1", 50us},
                       {"2 x faster p0, p1", 33us},
                       {"2 x bandwidth of link link", 56us},
                       {"half the set-up of engine e0", 57us + 500ns},
                       {"half the set-up of engine e1", 57us + 500ns},
                       {"half the set-up of engines e0, e1", 57us},
                       {"half the latency of links and switches", 57us}}));
  const std::vector<WhatIf> best = try_changes(run, changes, trial, 2);
  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].change.what, "2 x faster p0, p1");
  EXPECT_EQ(best[1].change.what, "2 x faster p0");
}

// A faster memory beside the faster processor changes nothing: nobody waits for it.
TEST(Diamond, AChangeThatAddsNothingIsLeftOut) {
  Diamond diamond;
  const PlanRun run = diamond.run();
  const Trial trial = [&](const Hardware& hardware, const CostTable& costs) {
    return Evaluator(run.network, hardware, costs).run(run.plan).makespan;
  };
  const Part p0{PartKind::Compute, 0}, m0{PartKind::Memory, 0};
  const std::vector<WhatIf> found =
      try_changes(run, {{"both", {p0, m0}}, {"p0", {p0}}, {"m0", {m0}}}, trial, 5);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].change.what, "p0");
  EXPECT_EQ(found[0].time, 33us);  // top 5, copied until 9, left until 24, copied until 28
}

TEST(Diamond, AMeasuredTimelineSaysWhatItKnows) {
  Diamond diamond;
  diamond.run();
  // left takes 3 us longer than planned, its copy 2 us longer, and p0 is 1 us late for bottom.
  Timeline& timeline = diamond.timeline;
  timeline.origin = Origin::Measured;
  timeline.layers[LayerId{1}].finish = 32us;
  timeline.legs[1] = {1, 0, EngineId{1}, std::nullopt, 32us, 32us, 33us, 38us};
  timeline.layers[LayerId{3}].start = 41us;
  timeline.layers[LayerId{3}].finish = 51us;
  timeline.makespan = 51us;
  const PlanRun run{timeline, *diamond.network, *diamond.hardware, *diamond.plan, *diamond.costs};
  ASSERT_THAT(violations(timeline, run.network, run.hardware, run.plan), testing::IsEmpty());
  const Analysis analysis(run);
  EXPECT_FALSE(analysis.traffic.exact);
  EXPECT_EQ(analysis.traffic.requests[0].layers[LayerId{1}].unknown, 3us);
  EXPECT_EQ(analysis.traffic.requests[0].legs[1].unknown, 2us);
  // 2000 B in the 4 us from 33 to 37.
  EXPECT_EQ(analysis.traffic.rate[ChannelId{3}].points(), steps({{33us, 500'000'000}, {37us, 0}}));
  EXPECT_THAT(texts(run), ElementsAre("top 0-10 start", "right 10-40 input", "nothing 40-41 input",
                                      "bottom 41-51 later"));
  EXPECT_EQ(analysis.processors[kP0].waiting, waits({{Cause::Unknown, 1us}}));
  EXPECT_EQ(analysis.processors[kP0].total(), 51us);
  EXPECT_EQ(analysis.processors[kP1].total(), 51us);
}

TEST(Diamond, JsonCarriesTheSameNumbers) {
  Diamond diamond;
  const PlanRun run = diamond.run();
  const Analysis analysis(run);
  const json out = json::parse(to_json(run, analysis, signals_of(run.hardware, analysis)));
  EXPECT_EQ(out["makespan_ps"], 50'000'000);
  EXPECT_EQ(out["rates"], "exact");
  EXPECT_EQ(out["processors"][1]["waiting_ps"]["transfer"], 4'000'000);
  EXPECT_EQ(out["engines"][0]["busy_ps"], 3'000'000);
  EXPECT_EQ(out["channels"][2]["name"], "link>");
  EXPECT_EQ(out["channels"][2]["link"], "link");
  EXPECT_DOUBLE_EQ(out["channels"][2]["used_percent"], 4);  // 2 of 50 us
  EXPECT_EQ(out["memories"][0]["peak_bytes"], 7000);
  EXPECT_EQ(out["energy_nj"], 380'000);
  EXPECT_EQ(out["peak_power_mw"], 9000);
  EXPECT_EQ(out["critical_path"][1]["layer"], "right");
  EXPECT_EQ(out["series"][0]["points"], json::parse("[[0, 1], [50000000, 0]]"));
  EXPECT_FALSE(json::parse(to_json(run, analysis)).contains("series"));
}

}  // namespace
}  // namespace partita
