#include "models/evaluate/fluid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "models/base/random.h"

namespace partita {
namespace {

using testing::ElementsAre;

IdVector<ChannelId, Channel> channels(std::initializer_list<std::int64_t> capacities) {
  IdVector<ChannelId, Channel> all;
  for (const std::int64_t capacity : capacities) all.push_back({"", Bandwidth{capacity}});
  return all;
}

struct FlowSpec {
  std::vector<ChannelId> channels;
  std::int64_t cap = kNoCap;
  std::vector<std::uint32_t> uses{};
  std::int32_t priority = 0;

  FlowTraits traits() const { return {uses, priority}; }
};

FlowSpec over(std::initializer_list<int> channels, std::int64_t cap = kNoCap) {
  FlowSpec flow{{}, cap};
  for (const int channel : channels) flow.channels.push_back(static_cast<ChannelId>(channel));
  return flow;
}

FlowId flow(std::size_t number) { return static_cast<FlowId>(number); }

std::vector<std::int64_t> rates(const IdVector<ChannelId, Channel>& channels,
                                const std::vector<FlowSpec>& flows) {
  FluidNetwork fluid(channels, flows.size());
  for (std::size_t i = 0; i < flows.size(); ++i) {
    fluid.start(flow(i), flows[i].channels, picobytes(Bytes{1'000'000}), flows[i].cap,
                flows[i].traits());
  }
  fluid.settle(Time{0}, [](FlowId, Time) {});
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < flows.size(); ++i) found.push_back(fluid.rate(flow(i)));
  return found;
}

TEST(Fluid, AFlowAloneTakesItsNarrowestChannelOrItsCap) {
  EXPECT_THAT(rates(channels({100, 40}), {over({0, 1})}), ElementsAre(40));
  EXPECT_THAT(rates(channels({100, 40}), {over({0, 1}, 7)}), ElementsAre(7));
}

TEST(Fluid, WhatACappedFlowLeavesIsShared) {
  // 100 among three, one of which wants 10: 10, then (100 - 10) / 2.
  EXPECT_THAT(rates(channels({100}), {over({0}), over({0}, 10), over({0})}),
              ElementsAre(45, 10, 45));
}

TEST(Fluid, AFlowStoppedElsewhereLeavesItsShareToOthers) {
  // Bertsekas and Gallager's example shape: channel 1 (30) is full first, at 15 each; channel 0 has
  // 100 - 15 left.
  EXPECT_THAT(rates(channels({100, 30}), {over({0}), over({0, 1}), over({1})}),
              ElementsAre(85, 15, 15));
}

TEST(Fluid, SharesAreRoundedDownButNeverToNothing) {
  EXPECT_THAT(rates(channels({10}), {over({0}), over({0}), over({0})}), ElementsAre(3, 3, 3));
  EXPECT_THAT(rates(channels({2}), {over({0}), over({0}), over({0})}), ElementsAre(1, 1, 1));
}

TEST(Fluid, CapsThatJustFillAChannelAreAllReached) {
  // floor(5 / 2) = 2 is the smaller cap; the larger one must not be stopped there.
  EXPECT_THAT(rates(channels({5}), {over({0}, 2), over({0}, 3)}), ElementsAre(2, 3));
}

TEST(Fluid, AChannelNamedTwiceCarriesTwiceTheRate) {
  EXPECT_THAT(rates(channels({90}), {over({0, 0}), over({0})}), ElementsAre(30, 30));
}

TEST(Fluid, AFlowWithoutChannelsRunsAtItsCap) {
  EXPECT_THAT(rates(channels({1}), {over({}, 500), over({0})}), ElementsAre(500, 1));
}

FlowSpec urgent(FlowSpec flow, std::int32_t priority) {
  flow.priority = priority;
  return flow;
}
FlowSpec compressed(FlowSpec flow, std::vector<std::uint32_t> uses) {
  flow.uses = std::move(uses);
  return flow;
}
constexpr auto kWhole = static_cast<std::uint32_t>(kWholeUse);

// 100 B/s: the urgent one takes the 70 that it can, the others share 30; what is less than nothing
// is 1 B/s.
TEST(Fluid, AHigherPriorityIsServedFirst) {
  EXPECT_THAT(rates(channels({100}), {over({0}), urgent(over({0}, 70), 1), over({0})}),
              ElementsAre(15, 70, 15));
  EXPECT_THAT(rates(channels({100}), {over({0}), urgent(over({0}), 2), urgent(over({0}), -1)}),
              ElementsAre(1, 100, 1));
}

// The urgent flow is stopped at 20 elsewhere, so 80 are left of channel 0.
TEST(Fluid, WhatAHigherPriorityCannotUseIsLeftToOthers) {
  EXPECT_THAT(rates(channels({100, 20}), {urgent(over({0, 1}), 1), over({0})}),
              ElementsAre(20, 80));
}

// Half the bytes cross channel 1: 60 B/s there carry 120; alone the flow is as fast as channel 0.
TEST(Fluid, WhatIsCompressedTakesAPartOfTheChannel) {
  EXPECT_THAT(rates(channels({100, 60}), {compressed(over({0, 1}), {kWhole, kWhole / 2})}),
              ElementsAre(100));
  EXPECT_THAT(rates(channels({500, 60}), {compressed(over({0, 1}), {kWhole, kWhole / 2})}),
              ElementsAre(120));
}

// x + x / 2 = 60.
TEST(Fluid, WhoIsCompressedGetsTheSameRateOfItsOwnBytes) {
  EXPECT_THAT(rates(channels({60}), {over({0}), compressed(over({0}), {kWhole / 2})}),
              ElementsAre(40, 40));
}

// 1000 B at 300 B/s: 3.333.. s, rounded up to a whole picosecond.
TEST(Fluid, TheFinishIsRoundedUp) {
  FluidNetwork fluid(channels({300}), 1);
  const std::vector<ChannelId> crossed{ChannelId{0}};
  fluid.start(flow(0), crossed, picobytes(Bytes{1000}), kNoCap);
  Time finish{0};
  fluid.settle(Time{5}, [&](FlowId, Time at) { finish = at; });
  EXPECT_EQ(finish, Time{5 + 3'333'333'333'334});
}

TEST(Fluid, AFinishBeyondTheEndOfTimeIsTheEndOfTime) {
  FluidNetwork fluid(channels({1}), 1);
  const std::vector<ChannelId> crossed{ChannelId{0}};
  fluid.start(flow(0), crossed, picobytes(Bytes{1'000'000'000}), kNoCap);
  Time finish{0};
  fluid.settle(Time{1}, [&](FlowId, Time at) { finish = at; });
  EXPECT_EQ(finish, Time::max());
}

// The second flow comes at 1 s: the first has 700 of 1000 B left, and 150 B/s: 700 / 150 = 4.67 s.
TEST(Fluid, ANewFlowDelaysTheOthers) {
  FluidNetwork fluid(channels({300}), 2);
  const std::vector<ChannelId> crossed{ChannelId{0}};
  std::map<FlowId, Time> finish;
  const auto note = [&](FlowId id, Time at) { finish[id] = at; };
  const Time second{1'000'000'000'000};
  fluid.start(flow(0), crossed, picobytes(Bytes{1000}), kNoCap);
  fluid.settle(Time{0}, note);
  fluid.start(flow(1), crossed, picobytes(Bytes{300}), kNoCap);
  fluid.settle(second, note);
  EXPECT_EQ(finish[flow(0)], second + Time{4'666'666'666'667});
  EXPECT_EQ(finish[flow(1)], second * 3);
  // At 3 s it has gone; 400 B are left for 300 B/s.
  fluid.stop(flow(1));
  fluid.settle(second * 3, note);
  EXPECT_EQ(finish[flow(0)], second * 3 + Time{1'333'333'333'334});
}

TEST(LayerDemand, UndisturbedALayerTakesItsDuration) {
  // 1000 B in 3 us: 333,333,333.3 B/s; in whole B/s, but work / cap is exactly the duration.
  const LayerDemand demand = layer_demand(3us, Bytes{1000}, Bandwidth{1'000'000'000'000});
  EXPECT_EQ(demand.cap, 333'333'333);
  EXPECT_EQ(static_cast<std::int64_t>(demand.work().value / demand.cap), Time{3us}.count());
  EXPECT_TRUE(demand.contends);
}

TEST(LayerDemand, IsAtMostTheMemorysBandwidth) {
  EXPECT_EQ(layer_demand(1us, Bytes{1'000'000}, Bandwidth{5}).cap, 5);
}

TEST(LayerDemand, WithoutTrafficNothingIsContended) {
  EXPECT_FALSE(layer_demand(1us, Bytes{0}, Bandwidth{5}).contends);
}

TEST(Disturbed, LowersTheCapByTheOthersSlowdown) {
  EXPECT_EQ(disturbance_ppm(1.5), 500'000);
  EXPECT_EQ(disturbed(900, 0, 500'000), 900);
  EXPECT_EQ(disturbed(900, 1, 500'000), 600);  // 900 / 1.5
  EXPECT_EQ(disturbed(900, 2, 500'000), 450);  // 900 / 2
  EXPECT_EQ(disturbed(1, 2, 500'000), 1);
}

// Two layers that ask for half each fit; two thirds each are 4/3 together.
TEST(Crowded, LowersTheCapToTheShareThatIsLeft) {
  EXPECT_EQ(share_ppm(1), 1'000'000);
  EXPECT_EQ(share_ppm(1e-9), 1);
  EXPECT_EQ(crowded(900, 1, 1'000'000), 900);
  EXPECT_EQ(crowded(900, 2, 1'000'000), 450);
  EXPECT_EQ(crowded(900, 2, 500'000), 900);
  EXPECT_EQ(crowded(900, 2, 500'001), 899);
  EXPECT_EQ(crowded(800, 2, 666'667), 599);  // 800 / 1.333334
  EXPECT_EQ(crowded(1, 3, 1'000'000), 1);
}

// Max-min fairness by its definition, in no hurry: of one priority after the other, raise all rates
// by 1 B/s while channels and caps allow.
std::vector<std::int64_t> slowly_filled(const IdVector<ChannelId, Channel>& channels,
                                        const std::vector<FlowSpec>& flows) {
  std::vector<std::int64_t> rate(flows.size(), 0);
  std::vector<bool> fixed(flows.size(), false), grows(flows.size(), false);
  const auto use = [&](std::size_t i, ChannelId channel) {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < flows[i].channels.size(); ++k) {
      if (flows[i].channels[k] == channel)
        sum += flows[i].uses.empty() ? kWholeUse : flows[i].uses[k];
    }
    return sum;
  };
  // What those whose rates are known take, each rounded up, and what the others would at `level`.
  const auto fits = [&](ChannelId channel, std::int64_t level) {
    std::int64_t known = 0, growing = 0;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (fixed[i]) known += (rate[i] * use(i, channel) + kWholeUse - 1) / kWholeUse;
      if (grows[i]) growing += use(i, channel);
    }
    const std::int64_t left = std::max<std::int64_t>(0, channels[channel].capacity.value - known);
    return growing == 0 || growing * level <= left * kWholeUse;
  };
  for (std::int32_t priority = 2; priority >= -1; --priority) {
    for (std::size_t i = 0; i < flows.size(); ++i) grows[i] = flows[i].priority == priority;
    for (std::int64_t level = 0; std::count(grows.begin(), grows.end(), true) > 0; ++level) {
      for (std::size_t i = 0; i < flows.size(); ++i) {
        if (grows[i] && level == flows[i].cap) rate[i] = level, fixed[i] = true, grows[i] = false;
      }
      // Channels that cannot give everybody one more stop all that cross them.
      std::vector<bool> stop(flows.size(), false);
      for (const ChannelId channel : ids<ChannelId>(channels.size())) {
        if (fits(channel, level + 1)) continue;
        for (std::size_t i = 0; i < flows.size(); ++i) {
          stop[i] = stop[i] || (grows[i] && use(i, channel) > 0);
        }
      }
      for (std::size_t i = 0; i < flows.size(); ++i) {
        if (stop[i]) rate[i] = std::max<std::int64_t>(1, level), fixed[i] = true, grows[i] = false;
      }
    }
  }
  return rate;
}

struct RandomFlows {
  IdVector<ChannelId, Channel> shared;
  std::vector<FlowSpec> flows;

  explicit RandomFlows(std::uint64_t seed, bool with_traits) {
    Random random(seed);
    const std::size_t count = 1 + random.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      shared.push_back({"", Bandwidth{static_cast<std::int64_t>(10 + random.below(90))}});
    }
    const std::size_t flow_count = 1 + random.below(7);
    for (std::size_t i = 0; i < flow_count; ++i) {
      FlowSpec spec;
      spec.cap = static_cast<std::int64_t>(1 + random.below(random.one_in(2) ? 10 : 60));
      for (const ChannelId channel : ids<ChannelId>(count)) {
        if (random.one_in(2)) spec.channels.push_back(channel);
      }
      if (with_traits && random.one_in(2)) {
        for (std::size_t k = 0; k < spec.channels.size(); ++k) {
          spec.uses.push_back(static_cast<std::uint32_t>(kWholeUse / 4 * (1 + random.below(4))));
        }
      }
      if (with_traits) spec.priority = static_cast<std::int32_t>(random.below(4)) - 1;
      flows.push_back(std::move(spec));
    }
  }
};

TEST(Fluid, EqualsTheDefinitionOnRandomCases) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const RandomFlows random(seed, seed % 2 == 0);
    EXPECT_EQ(rates(random.shared, random.flows), slowly_filled(random.shared, random.flows))
        << "seed " << seed;
  }
}

// Flows come, change and go in different orders, with settling in between or not: rates and
// finishes are the same.
TEST(Fluid, DependsNeitherOnTheOrderNorOnHowOftenItIsSettled) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const RandomFlows random(seed, seed % 2 == 0);
    const std::size_t count = random.flows.size();
    std::map<FlowId, Time> once, often;
    FluidNetwork a(random.shared, count), b(random.shared, count);
    const auto note = [](std::map<FlowId, Time>& finish) {
      return [&finish](FlowId id, Time at) { finish[id] = at; };
    };
    const auto start = [&](FluidNetwork& fluid, std::size_t i) {
      fluid.start(flow(i), random.flows[i].channels, picobytes(Bytes{1000}), random.flows[i].cap,
                  random.flows[i].traits());
    };
    for (std::size_t i = 0; i < count; ++i) start(a, i);
    a.settle(Time{0}, note(once));
    for (std::size_t i = count; i-- > 0;) {
      start(b, i);
      b.settle(Time{0}, note(often));
    }
    EXPECT_EQ(once, often) << "seed " << seed;

    const Time later = 700ms;
    a.limit(flow(0), 1);
    if (count > 1) a.stop(flow(1));
    a.settle(later, note(once));
    for (const Time step : {Time{100ms}, Time{333ms}, Time{later}}) {
      if (step == later && count > 1) b.stop(flow(1));
      if (step == later) b.limit(flow(0), 1);
      b.settle(step, note(often));
    }
    EXPECT_EQ(once, often) << "seed " << seed;
  }
}

}  // namespace
}  // namespace partita
