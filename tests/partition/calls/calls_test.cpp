#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "models/base/random.h"
#include "partition/calls/call_search.h"
#include "partition/calls/least_call.h"
#include "partition/calls/path_bound.h"
#include "tests/partition/instances/call_graph.h"

namespace partita::calls {
namespace {

void join(CallModel& model, std::uint32_t from, std::uint32_t to) {
  model.nodes[NodeId(from)].after.push_back(NodeId(to));
  model.nodes[NodeId(to)].before.push_back(NodeId(from));
}

// 0 -> 1 -> 2 -> 3, and 0 -> 3.
CallModel chain() {
  CallModel model{.nodes = {}, .accelerators = 2, .capacity = 20, .ticks = 1};
  for (int i = 0; i < 4; ++i) {
    model.nodes.push_back({.name = "n",
                           .host = 100,
                           .accelerator = 10 + i,
                           .send = 1 + i,
                           .size = 10,
                           .before = {},
                           .after = {}});
  }
  for (std::uint32_t i = 0; i < 3; ++i) join(model, i, i + 1);
  join(model, 0, 3);
  return model;
}

TEST(CallClock, CountsWhatEntersAndLeavesOnce) {
  const CallModel model = chain();
  CallClock clock(model);
  // All on the host: four times 100.
  EXPECT_EQ(clock.latency({kHost, kHost, kHost, kHost}), 400);
  // 0 on the host: 100. Then 1 and 2 in one call: 1 (from 0) + 11 + 12 + 3 (2 leaves) = 27. Then
  // 3: 100.
  EXPECT_EQ(clock.latency({kHost, 0, 0, kHost}), 227);
  // 0 and 1: 10 + 11 + 1 + 2 (both leave) = 24. Then 2 and 3: 1 + 2 (both enter) + 12 + 13 = 28.
  EXPECT_EQ(clock.latency({0, 0, 1, 1}), 52);
  EXPECT_EQ(clock.excess(), 0);
  // All in one: 10 + 11 + 12 + 13; 40 bytes where 20 fit.
  EXPECT_EQ(clock.latency({0, 0, 0, 0}), 46);
  EXPECT_EQ(clock.excess(), 20);
}

TEST(CallClock, NothingStartsThatWaitsForItself) {
  CallModel model = chain();
  CallClock clock(model);
  EXPECT_EQ(clock.latency({0, kHost, kHost, 0}), std::nullopt);  // a path leaves and comes back
  EXPECT_EQ(clock.latency({0, 1, 1, 0}), std::nullopt);
  model.nodes[NodeId(2)].accelerator.reset();
  EXPECT_EQ(CallClock(model).latency({0, 0, 0, 0}), std::nullopt);
  // Two parts that wait for each other, though no path comes back to either: 0 -> 1, 2 -> 3.
  CallModel crossed{.nodes = {}, .accelerators = 2, .capacity = 9, .ticks = 1};
  for (int i = 0; i < 4; ++i)
    crossed.nodes.push_back({.name = "n", .host = 1, .accelerator = 1, .before = {}, .after = {}});
  join(crossed, 0, 1);
  join(crossed, 2, 3);
  EXPECT_EQ(CallClock(crossed).latency({0, 1, 1, 0}), std::nullopt);
}

CallModel random_model(Random& random) {
  CallModel model{.nodes = {},
                  .accelerators = static_cast<std::uint32_t>(1 + random.below(2)),
                  .capacity = static_cast<std::int64_t>(5 + random.below(40)),
                  .ticks = 1};
  const auto count = static_cast<std::uint32_t>(2 + random.below(6));
  for (std::uint32_t i = 0; i < count; ++i) {
    CallModel::Node node{.name = "n",
                         .host = static_cast<std::int64_t>(random.below(60)),
                         .accelerator = std::nullopt,
                         .send = static_cast<std::int64_t>(random.below(12)),
                         .size = static_cast<std::int64_t>(random.below(15)),
                         .before = {},
                         .after = {}};
    if (!random.one_in(6)) node.accelerator = static_cast<std::int64_t>(random.below(12));
    model.nodes.push_back(std::move(node));
    for (std::uint32_t before = 0; before < i; ++before) {
      if (random.one_in(before + 1 == i ? 2 : 4)) join(model, before, i);
    }
  }
  return model;
}

std::int64_t brute_force(const CallModel& model) {
  CallClock clock(model);
  Placement placement(model.nodes.size(), kHost);
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    const auto latency = clock.latency(placement);
    if (latency && clock.excess() == 0) best = std::min(best, *latency);
    std::size_t at = 0;
    for (; at < placement.size(); ++at) {
      std::uint32_t& where = placement[NodeId(at)];
      where = where == kHost ? 0 : where + 1;
      if (where < model.accelerators) break;
      where = kHost;
    }
    if (at == placement.size()) return best;
  }
}

TEST(PathBound, IsNeverAboveBruteForceAndOftenEqual) {
  Random random(1);
  int closed = 0, rounds = 3000;
  for (int round = 0; round < rounds; ++round) {
    const CallModel model = random_model(random);
    const std::int64_t best = brute_force(model);
    const CallBound bound = path_bound(model);
    ASSERT_LE(bound.value, best) << round;
    closed += bound.value == best ? 1 : 0;
  }
  EXPECT_GT(closed, rounds / 3);
}

TEST(LeastCall, IsNeverAboveTheDurationOfACall) {
  Random random(2);
  for (int round = 0; round < 500; ++round) {
    const CallModel model = random_model(random);
    LeastCall least(model);
    const std::size_t count = model.nodes.size();
    // A call alone with everything before it on the host takes its duration after the latest of
    // them.
    CallModel timed = model;
    for (auto& node : timed.nodes) node.host = 0;
    CallClock clock(timed);
    for (std::size_t bits = 1; bits < std::size_t{1} << count; ++bits) {
      Placement placement(count, kHost);
      NodeSet inside = least.none();
      for (std::size_t i = 0; i < count; ++i) {
        if ((bits >> i) & 1) placement[NodeId(i)] = 0, inside.set(i);
      }
      const auto duration = clock.latency(placement);
      if (!duration || clock.excess() > 0) continue;
      const auto bound = least.duration(inside, ~inside);
      ASSERT_TRUE(bound.has_value());
      ASSERT_EQ(*bound, *duration);  // nothing is left to choose
      NodeSet one = least.none();
      one.set(inside.find_first());
      ASSERT_LE(least.duration(one, least.none()).value(), *duration);
    }
  }
}

TEST(SearchCalls, IsNeverBelowBruteForceAndHardlyEverAbove) {
  Random random(3);
  int missed = 0;
  for (int round = 0; round < 100; ++round) {
    const CallModel model = random_model(random);
    const CallSolution found = search_calls(model, {.seed = 1, .steps = 20'000});
    const std::int64_t best = brute_force(model);
    EXPECT_GE(found.value, best) << round;
    missed += found.value > best ? 1 : 0;
    CallClock clock(model);
    EXPECT_EQ(clock.latency(found.placement), found.value);
    EXPECT_EQ(clock.excess(), 0);
  }
  EXPECT_LE(missed, 3);
}

TEST(SearchCalls, SameSeedSamePlacement) {
  Random random(4);
  const CallModel model = random_model(random);
  EXPECT_EQ(search_calls(model, {.seed = 7, .steps = 5'000}).placement,
            search_calls(model, {.seed = 7, .steps = 5'000}).placement);
}

// 24 layers and an embedding do not fit into two memories, so the chain is cut twice: that is all
// there is to the published value, and the bound proves it.
TEST(Published, Bert24IsSolved) {
  const char* data = std::getenv("PARTITA_DATA");
  const std::filesystem::path file =
      (data ? std::filesystem::path(data)
            : std::filesystem::path(PARTITA_SOURCE_DIR) / "../shared/data") /
      "partition/dnn_partitioning/latency/bert24_inference.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  const CallModel model = test::calls_of(test::read_operator_graph(file)).model;
  const CallBound bound = path_bound(model);
  const CallSolution found = search_calls(model, {.seed = 1, .steps = 20'000}, {bound.placement});
  EXPECT_EQ(found.value, bound.value);
  EXPECT_NEAR(static_cast<double>(found.value) / static_cast<double>(model.ticks), 100.2185, 1e-9);
}

}  // namespace
}  // namespace partita::calls
