// Nothing is lost on the way from a timeline to its analysis: time, bytes, energy, memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/analysis/critical_path.h"
#include "models/analysis/waiting.h"
#include "models/analysis/what_if.h"
#include "models/evaluate/evaluate.h"
#include "models/evaluate/fluid.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::CaseOptions;

// In one half of the cases others use the machine, too.
CaseOptions options_of(std::uint64_t seed) {
  return {.ties = seed % 2 == 0, .load = seed % 4 >= 2};
}

// Some processors go and never return.
bool never_finishes(std::uint64_t seed) {
  const CaseOptions options = options_of(seed);
  const Network network = test::random_network(seed, options);
  const Hardware hardware = test::random_hardware(seed, options);
  const CostTable costs = test::random_costs(seed, network, hardware, options);
  const Plan plan = test::random_plan(seed, network, hardware);
  return Evaluator(network, hardware, costs).run(plan).unfinished.has_value();
}

// A random plan on a random machine, and what was done with it.
struct Case {
  explicit Case(std::uint64_t seed)
      : options(options_of(seed)),
        network(test::random_network(seed, options)),
        hardware(test::random_hardware(seed, options)),
        costs(test::random_costs(seed, network, hardware, options)),
        plan(test::random_plan(seed, network, hardware)),
        timeline(Evaluator(network, hardware, costs).run(plan)),
        activity(activity_of(run())),
        traffic(traffic_of(run())) {}
  PlanRun run() const { return {timeline, network, hardware, plan, costs}; }

  CaseOptions options;
  Network network;
  Hardware hardware;
  CostTable costs;
  Plan plan;
  Timeline timeline;
  Activity activity;
  Traffic traffic;
};

template <class Check>
void for_random_cases(Check&& check) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    if (never_finishes(seed)) continue;
    check(Case(seed));
    if (testing::Test::HasFailure()) return;
  }
}

// Of processors without a cause that only a real run has.
TEST(Conservation, BusyCopyingAndWaitingAreTheMakespanOfEachStream) {
  for_random_cases([](const Case& one) {
    const auto times = waiting_of(one.run(), one.activity, one.traffic);
    for (const ProcessorId id : ids<ProcessorId>(times.size())) {
      EXPECT_EQ(times[id].total(), one.timeline.makespan * one.hardware.processors()[id].streams);
      EXPECT_EQ(times[id].waited(Cause::Unknown), Time{0});
      for (const Time each : times[id].waiting) EXPECT_GE(each, Time{0});
    }
  });
}

// The rates that were played again end every flow when the timeline says; so what crosses a channel
// is what the plan sends there, and at most what the last picosecond of each flow rounds up.
TEST(Conservation, BytesOverEachLinkAreWhatThePlanSends) {
  for_random_cases([](const Case& one) {
    ASSERT_TRUE(one.traffic.exact);
    IdVector<ChannelId, Bytes> sent(one.hardware.channels().size());
    IdVector<ChannelId, Wide> rounding(one.hardware.channels().size());
    for (const Transfer& transfer : one.plan.transfers()) {
      if (one.network.tensor(transfer.tensor).transfer_time) continue;
      for (const Leg& leg : *one.hardware.route(transfer.src, transfer.dst)) {
        for (const ChannelId channel : leg.channels) {
          sent[channel] += one.network.tensor(transfer.tensor).size;
          rounding[channel] += one.hardware.channels()[channel].capacity.value;
        }
      }
    }
    EXPECT_EQ(one.traffic.sent, sent);
    for (const ChannelId id : ids<ChannelId>(sent.size())) {
      const bool is_memory = [&] {
        for (const MemoryId memory : ids<MemoryId>(one.hardware.memories().size())) {
          if (one.hardware.channel_of(memory) == id) return true;
        }
        return false;
      }();
      const Wide moved = one.traffic.rate[id].integral(Time{0}, one.timeline.makespan);
      EXPECT_TRUE(moved >= picobytes(sent[id]).value);
      // Layers cross memories as well, others may cross anything, and some copies are lost.
      const bool shared = is_memory || !one.hardware.load().empty();
      EXPECT_TRUE(shared || moved <= picobytes(sent[id]).value + rounding[id]);
      EXPECT_LE(one.traffic.rate[id].peak(),
                one.hardware.channels()[id].capacity.value + 64);  // at least 1 B/s for each flow
      if (!shared) {
        EXPECT_EQ(one.traffic.rate[id].at(one.timeline.makespan), 0);
      }
    }
  });
}

TEST(Conservation, EnergyIsTheIntegralOfPower) {
  for_random_cases([](const Case& plain) {
    HardwareParts parts = plain.hardware.parts();
    for (const ProcessorId id : ids<ProcessorId>(parts.processors.size())) {
      parts.processors[id].idle = Power{1000 * (1 + static_cast<int>(index(id)))};
      parts.processors[id].active = Power{7000 * (1 + static_cast<int>(index(id)))};
    }
    const Hardware hardware = HardwareBuilder::build(parts);
    const PlanRun run{plain.timeline, plain.network, hardware, plain.plan, plain.costs};
    const Activity activity = activity_of(run);
    Wide total = 0;
    for (const ProcessorId id : ids<ProcessorId>(parts.processors.size())) {
      // Busy at each instant that a layer or a copy covers, counted instant by instant.
      std::vector<std::pair<Time, Time>> busy;
      for (const LayerId layer : run.network.layers()) {
        if (run.span(layer).processor != id) continue;
        busy.emplace_back(run.span(layer).start, run.span(layer).finish);
      }
      for (const LegSpan& leg : run.timeline.legs) {
        if (leg.copier == id) busy.emplace_back(leg.start, leg.finish);
      }
      for (const Interruption& each : run.timeline.interrupted) {
        if (each.processor == id) busy.emplace_back(each.start, each.lost);
      }
      std::sort(busy.begin(), busy.end());
      Time covered{0}, end{0};
      for (const auto& [start, finish] : busy) {
        covered += std::max(Time{0}, finish - std::max(start, end));
        end = std::max(end, finish);
      }
      const Wide expected =
          static_cast<Wide>(parts.processors[id].idle.value) * run.timeline.makespan.count() +
          static_cast<Wide>((parts.processors[id].active - parts.processors[id].idle).value) *
              covered.count();
      EXPECT_TRUE(activity.power[id].integral(Time{0}, run.timeline.makespan) == expected);
      total += expected;
    }
    EXPECT_TRUE(activity.total_power.integral(Time{0}, run.timeline.makespan) == total);
    EXPECT_EQ(energy(activity.total_power, run.timeline.makespan).value,
              static_cast<std::int64_t>(total / 1'000'000));
  });
}

// Three accounts of memory are kept: the evaluator's, the checker's, and this one over time.
TEST(Conservation, MemoryIsHeldAtMostAsThePeaksSay) {
  for_random_cases([](const Case& one) {
    for (const MemoryId id : ids<MemoryId>(one.hardware.memories().size())) {
      EXPECT_EQ(one.activity.held[id].peak(), one.timeline.memory_peak[id].value);
      for (const Series::Point& point : one.activity.held[id].points()) EXPECT_GE(point.value, 0);
    }
  });
}

TEST(Conservation, EnginesServeAsManyAsTheyCanAndQueuesEmpty) {
  for_random_cases([](const Case& one) {
    for (const EngineId id : ids<EngineId>(one.hardware.engines().size())) {
      const int channels = one.hardware.engines()[id].channels;
      EXPECT_LE(one.activity.serving[id].peak(), channels);
      EXPECT_EQ(one.activity.queue[id].at(one.timeline.makespan), 0);
      // An engine with a queue works.
      for (const Series::Point& point : one.activity.queue[id].points()) {
        EXPECT_TRUE(point.value == 0 || one.activity.serving[id].at(point.at) == channels);
      }
    }
  });
}

TEST(CriticalPath, IsAChainWithoutAGapFromTheStartToTheMakespan) {
  for_random_cases([](const Case& one) {
    const std::vector<PathStep> path = critical_path(one.run());
    ASSERT_FALSE(path.empty());
    EXPECT_EQ(path.front().from, Time{0});
    EXPECT_EQ(path.front().began, Began::AtStart);
    EXPECT_EQ(path.back().until, one.timeline.makespan);
    for (std::size_t i = 0; i < path.size(); ++i) {
      EXPECT_TRUE(path[i].layer || path[i].leg || path[i].away);
      EXPECT_LT(path[i].from, path[i].until);
      if (i == 0) continue;
      EXPECT_EQ(path[i].from, path[i - 1].until);
      EXPECT_THAT(path[i].began,
                  testing::AnyOf(Began::InputCame, Began::ProcessorFreed, Began::EngineFreed));
    }
    Time sum{0};
    for (const PartTime& part : parts_of_path(one.run(), one.traffic, path)) {
      EXPECT_NE(part.part.kind, PartKind::Unknown);
      sum += part.time;
    }
    EXPECT_EQ(sum, one.timeline.makespan);
  });
}

// Whatever a path is made of, the changed machine can be built and runs the same plan.
TEST(WhatIf, EveryChangeOfARandomMachineCanBeTried) {
  std::set<PartKind> kinds;
  std::size_t engines = 0;
  for_random_cases([&](const Case& one) {
    const std::vector<PathStep> path = critical_path(one.run());
    const auto parts = parts_of_path(one.run(), one.traffic, path);
    const Trial trial = [&](const Hardware& hardware, const CostTable& costs) {
      Timeline timeline = Evaluator(one.network, hardware, costs).run(one.plan);
      timeline.memory_peak.clear();
      EXPECT_THAT(violations(timeline, one.network, hardware, one.plan), testing::IsEmpty());
      return timeline.makespan;
    };
    Time before{0};
    const std::vector<Change> changes = changes_for(one.run(), parts, 16);
    for (const Change& change : changes) {
      kinds.insert(change.parts.front().kind);
      if (change.adds_engine) ++engines;
    }
    for (const WhatIf& each : try_changes(one.run(), changes, trial, 100)) {
      EXPECT_LE(before, each.makespan);
      EXPECT_LT(each.makespan, one.timeline.makespan);
      before = each.makespan;
    }
  });
  EXPECT_EQ(kinds.size(), 9u);  // all but given times and the unknown
  EXPECT_GT(engines, 100u);
}

}  // namespace
}  // namespace partita
