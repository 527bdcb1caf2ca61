// Nothing is lost on the way from a timeline to its analysis: time, bytes, energy, memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "models/analysis/critical_path.h"
#include "models/analysis/energy.h"
#include "models/analysis/waiting.h"
#include "models/analysis/what_if.h"
#include "models/evaluate/evaluate.h"
#include "models/evaluate/fluid.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::CaseOptions;

// In one half of the cases others use the machine, too; in another links pack, err and so on.
CaseOptions options_of(std::uint64_t seed) {
  return {.ties = seed % 2 == 0, .details = seed % 8 >= 4, .load = seed % 4 >= 2};
}

// Some processors go and never return.
bool never_finishes(std::uint64_t seed) {
  const CaseOptions options = options_of(seed);
  const Network network = test::random_network(seed, options);
  const Hardware hardware = test::random_hardware(seed, options);
  const CostTable costs = test::random_costs(seed, network, hardware, options);
  const Plan plan = test::random_plan(seed, network, hardware, options);
  return Evaluator(network, hardware, costs).run(plan).unfinished.has_value();
}

// A random plan on a random machine, and what was done with it.
struct Case {
  explicit Case(std::uint64_t seed)
      : options(options_of(seed)),
        network(test::random_network(seed, options)),
        hardware(test::random_hardware(seed, options)),
        costs(test::random_costs(seed, network, hardware, options)),
        plan(test::random_plan(seed, network, hardware, options)),
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

// What of a tensor crosses a channel: less than all on links that pack.
Bytes packed(const Case& one, ChannelId channel, const Tensor& tensor) {
  for (const LinkId id : ids<LinkId>(one.hardware.links().size())) {
    const auto& [forwards, backwards] = one.hardware.channels_of(id);
    const auto& compression = one.hardware.links()[id].compression;
    if ((channel != forwards && channel != backwards) || !compression) continue;
    const double ratio = compression->ratio[static_cast<std::size_t>(content_of(tensor))];
    return {static_cast<std::int64_t>(std::ceil(static_cast<double>(tensor.size.value) / ratio))};
  }
  return tensor.size;
}

// The rates that were played again end every flow when the timeline says; so what crosses a channel
// is what the plan sends there, and at most what the last picosecond of each flow rounds up.
TEST(Conservation, BytesOverEachLinkAreWhatThePlanSends) {
  std::size_t multicast = 0;
  for_random_cases([&](const Case& one) {
    ASSERT_TRUE(one.traffic.exact);
    IdVector<ChannelId, Bytes> sent(one.hardware.channels().size());
    IdVector<ChannelId, Wide> rounding(one.hardware.channels().size());
    const auto count = [&](const Leg& leg, const Tensor& tensor) {
      for (const ChannelId channel : leg.channels) {
        sent[channel] += packed(one, channel, tensor);
        // What is packed is a part in 2^16 of the whole, rounded up to 1 B/s.
        const bool packs = packed(one, channel, tensor) != tensor.size;
        const Wide more = picobytes(tensor.size).value / kWholeUse + one.timeline.makespan.count();
        rounding[channel] += one.hardware.channels()[channel].capacity.value + (packs ? more : 0);
      }
    };
    // What switches send on counts once.
    const Multicasts multicasts(one.network, one.hardware, one.plan);
    multicast += multicasts.all().size();
    for (std::uint32_t i = 0; i < one.plan.transfers().size(); ++i) {
      const Transfer& transfer = one.plan.transfers()[i];
      const Tensor& tensor = one.network.tensor(transfer.tensor);
      if (tensor.transfer_time || multicasts.of(i) != nullptr) continue;
      for (const Leg& leg : *one.hardware.route(transfer.src, transfer.dst)) count(leg, tensor);
    }
    for (const Multicast& all : multicasts.all()) {
      count(all.way, one.network.tensor(one.plan.transfers()[all.first()].tensor));
    }
    // What is read in place crosses all but the reader's memory, of a part of the flow's rate that
    // is rounded up to 1 / kWholeUse.
    for (const LayerId layer : one.network.layers()) {
      const MemoryId here = one.hardware.processors()[one.plan.processor(layer)].memory;
      const std::vector<TensorId>& inputs = one.network.layer(layer).inputs;
      const Bytes all =
          one.costs(layer, one.plan.processor(layer))->traffic + Bytes{3 * 40'000 + 40'000};
      for (const TensorId input : std::set<TensorId>(inputs.begin(), inputs.end())) {
        const MemoryId from = one.plan.read_from(input, here);
        if (from == here) continue;
        const Leg& leg = one.hardware.route(from, here)->front();
        for (std::size_t i = 0; i < leg.channels.size(); ++i) {
          const ChannelId channel = leg.channels[i];
          const bool is_end = i > 0 && channel == one.hardware.channel_of(here);
          if (is_end) continue;
          sent[channel] += packed(one, channel, one.network.tensor(input));
          rounding[channel] += one.hardware.channels()[channel].capacity.value +
                               one.timeline.makespan.count() + picobytes(all).value / kWholeUse +
                               picobytes(Bytes{1}).value;
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
      // Sizes of what is packed are rounded up to whole bytes.
      const auto legs =
          static_cast<std::int64_t>(one.timeline.legs.size() + 4 * one.network.layer_count());
      EXPECT_TRUE(moved + picobytes(Bytes{legs}).value >= picobytes(sent[id]).value);
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
  EXPECT_GT(multicast, 20u);
}

// Busy while a layer or a copy covers an instant; what is left is idle, and sleeps once it has
// lasted.
Wide energy_of(const PlanRun& run, ProcessorId id) {
  const ProcessorSpec& spec = run.hardware.processors()[id];
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
  busy.emplace_back(run.timeline.makespan, run.timeline.makespan);
  std::sort(busy.begin(), busy.end());
  Wide sum = 0;
  Time end{0};
  for (const auto& [start, finish] : busy) {
    const Time gap = std::max(Time{0}, start - end);
    const Time asleep = spec.sleep ? std::max(Time{0}, gap - spec.sleep->after) : Time{0};
    sum += static_cast<Wide>(spec.idle.value) * (gap - asleep).count();
    if (spec.sleep) sum += static_cast<Wide>(spec.sleep->power.value) * asleep.count();
    sum += static_cast<Wide>(spec.active.value) *
           std::max(Time{0}, finish - std::max(start, end)).count();
    end = std::max(end, finish);
  }
  return sum;
}

struct Gap {
  Wide integral = 0, energy = 0, allowed = 0;
  void add(const Consumed& part, Time makespan, Wide rounding) {
    integral += part.power.integral(Time{0}, makespan);
    energy += part.energy;
    allowed += rounding;
    const Wide apart = part.power.integral(Time{0}, makespan) - part.energy;
    EXPECT_TRUE(apart <= rounding && -apart <= rounding)
        << static_cast<double>(apart) << " of " << static_cast<double>(part.energy);
  }
};

TEST(Conservation, EnergyIsTheIntegralOfPower) {
  Gap all;
  for_random_cases([&](const Case& plain) {
    const Hardware hardware = test::with_power(plain.hardware);
    const Timeline timeline = Evaluator(plain.network, hardware, plain.costs).run(plain.plan);
    if (timeline.unfinished) return;  // who had to wake came too late
    const PlanRun run{timeline, plain.network, hardware, plain.plan, plain.costs};
    const Traffic traffic = traffic_of(run);
    ASSERT_TRUE(traffic.exact);
    const Consumption used = consumption_of(run, activity_of(run), traffic);
    const Time makespan = timeline.makespan;
    Gap one;
    for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
      EXPECT_TRUE(used.processors[id].energy == energy_of(run, id));
      one.add(used.processors[id], makespan, 0);
    }
    // Of each flow over a channel: a byte where lost work is counted, a byte of its last picosecond
    // (its rate is below 1 TB/s), and 1 B/s.
    const auto rounding = [&](EnergyPerByte energy, int channels) {
      const auto flows = static_cast<Wide>(run.network.layer_count() + timeline.legs.size() +
                                           timeline.interrupted.size());
      const Wide bytes = channels * flows * (2 + makespan.count() / std::pico::den);
      return makespan.count() + bytes * energy.value;  // less than 1 mW is rounded away
    };
    for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
      const EnergyPerByte energy = hardware.memories()[id].energy;
      one.add(used.memories[id], makespan, rounding(energy, 1));
    }
    for (const LinkId id : ids<LinkId>(hardware.links().size())) {
      one.add(used.links[id], makespan, rounding(hardware.links()[id].energy, 2));
    }
    for (const Consumed& each : used.switches) one.add(each, makespan, 0);
    EXPECT_TRUE(used.total.energy == one.energy);
    EXPECT_TRUE(used.total.power.integral(Time{0}, makespan) == one.integral);
    all.integral += one.integral;
    all.energy += one.energy;
    all.allowed += one.allowed;
  });
  EXPECT_TRUE(all.allowed < all.energy / 1000);  // so the bounds say something
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
      if (change.how == Change::How::AddEngine) ++engines;
    }
    for (const WhatIf& each : try_changes(one.run(), changes, trial, 100)) {
      EXPECT_LE(before, each.time);
      EXPECT_LT(each.time, one.timeline.makespan);
      before = each.time;
    }
  });
  EXPECT_EQ(kinds.size(), 10u);  // all but given times and the unknown
  EXPECT_GT(engines, 100u);
}

}  // namespace
}  // namespace partita
