#include "partition/bounds/packing_bound.h"

#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include "models/base/random.h"
#include "partition/bounds/best_set.h"
#include "partition/bounds/item_order.h"
#include "tests/partition/instances/operator_graph.h"
#include "tests/partition/loads/random_models.h"

namespace partita::bounds {
namespace {

using namespace loads;

// Machines where anything may take anything, and accelerators that are all alike, in turn.
LoadModel some_model(int round, std::size_t most_items) {
  const auto seed = static_cast<std::uint64_t>(round);
  return round % 2 == 0 ? test::random_model(seed, most_items)
                        : test::loads_of(test::random_graph(seed, most_items)).model;
}

std::int64_t brute_force(const LoadModel& model) {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  test::for_each_assignment(model, [&](const Assignment& assignment) {
    best = std::min(best, loads_of(model, assignment).value);
  });
  return best;
}

IdVector<ItemId, char> members_of(std::size_t bits, std::size_t count) {
  IdVector<ItemId, char> members(count, 0);
  for (std::size_t i = 0; i < count; ++i) members[ItemId(i)] = (bits >> i) & 1;
  return members;
}

// What a device's items ask of a resource is never more than what the whole assignment puts on it.
TEST(SetLoad, IsNeverAboveTheLoadOfAnyAssignment) {
  int equal = 0, compared = 0;
  for (int round = 0; round < 2000; ++round) {
    const LoadModel model = some_model(round, 6);
    const Assignment assignment = test::random_assignment(static_cast<std::uint64_t>(round), model);
    const Loads loads = loads_of(model, assignment);
    for (const DeviceId device : ids<DeviceId>(model.devices.size())) {
      IdVector<ItemId, char> members(model.items.size(), 0);
      for (const ItemId item : ids<ItemId>(model.items.size()))
        members[item] = assignment[item] == device ? 1 : 0;
      for (const ResourceId resource : ids<ResourceId>(model.resources.size())) {
        const std::int64_t least = set_load(model, device, resource).of(members);
        ASSERT_LE(least, loads.of[resource]) << round;
        if (round % 2 == 1 && index(resource) == index(device)) {
          ++compared;
          equal += least == loads.of[resource] ? 1 : 0;
        }
      }
    }
  }
  EXPECT_EQ(equal, compared);  // where both ends pay by themselves
}

SetLoad some_set_load(int round, std::size_t most_items) {
  const LoadModel model = some_model(round, most_items);
  return set_load(model, DeviceId(0), busiest_resource(model, DeviceId(0)));
}

std::int64_t some_capacity(const SetLoad& load, Random& random) {
  std::int64_t work = 1;
  for (const auto& some : load.work) work += some.value_or(0);
  return static_cast<std::int64_t>(random.below(static_cast<std::size_t>(work)));
}

std::int64_t best_by_brute_force(const SetLoad& load, const Prizes& prize, std::int64_t capacity) {
  std::int64_t best = 0;
  for (std::size_t bits = 0; bits < std::size_t{1} << prize.size(); ++bits) {
    const auto members = members_of(bits, prize.size());
    std::int64_t sum = 0;
    for (const ItemId item : ids<ItemId>(prize.size())) sum += members[item] ? prize[item] : 0;
    const auto cannot = [&](ItemId item) { return members[item] && !load.work[item]; };
    const auto all = ids<ItemId>(prize.size());
    bool can = true;
    for (const ItemId item : all) can = can && !cannot(item);
    if (can && sum > best && load.of(members) <= capacity) best = sum;
  }
  return best;
}

TEST(BestSet, EqualsBruteForce) {
  Random random(2);
  for (int round = 0; round < 2000; ++round) {
    const SetLoad load = some_set_load(round, 9);
    const std::size_t count = load.work.size();
    Prizes prize(count);
    // Small numbers, and the largest that the arithmetic holds.
    const std::int64_t unit =
        round % 4 < 2 ? 1 : BestSet::kMostPrize / 2000 / static_cast<std::int64_t>(count);
    for (auto& value : prize) value = unit * (static_cast<std::int64_t>(random.below(2001)) - 500);
    const std::int64_t capacity = some_capacity(load, random);
    const auto answer = BestSet(load).best(prize, capacity, {});
    ASSERT_EQ(answer.at_most, best_by_brute_force(load, prize, capacity)) << round;
    IdVector<ItemId, char> members(count, 0);
    std::int64_t sum = 0;
    for (const ItemId item : answer.set) members[item] = 1, sum += prize[item];
    ASSERT_EQ(sum, answer.at_most);
    ASSERT_LE(load.of(members), capacity);
  }
}

TEST(BestSet, LeastLoadsEqualBruteForce) {
  for (int round = 0; round < 1000; ++round) {
    const SetLoad load = some_set_load(round, 8);
    const std::size_t count = load.work.size();
    IdVector<ItemId, std::int64_t> least(count, BestSet::kNever);
    for (std::size_t bits = 0; bits < std::size_t{1} << count; ++bits) {
      const auto members = members_of(bits, count);
      bool can = true;
      for (const ItemId item : ids<ItemId>(count)) can = can && (!members[item] || load.work[item]);
      if (!can) continue;
      for (const ItemId item : ids<ItemId>(count)) {
        if (members[item]) least[item] = std::min(least[item], load.of(members));
      }
    }
    ASSERT_EQ(BestSet(load).least_loads(), least) << round;
  }
}

// With slack, and with so few labels that most become one, the answer is still no less than the
// best.
TEST(BestSet, IsAtMostTooHigh) {
  Random random(3);
  int higher = 0;
  for (int round = 0; round < 1000; ++round) {
    const SetLoad load = some_set_load(round, 10);
    const std::size_t count = load.work.size();
    Prizes prize(count);
    for (auto& value : prize) value = static_cast<std::int64_t>(random.below(1000));
    const std::int64_t capacity = some_capacity(load, random);
    const std::int64_t best = best_by_brute_force(load, prize, capacity);
    const std::int64_t at_most =
        BestSet(load).best(prize, capacity, {.slack = round % 3, .labels = 1}).at_most;
    ASSERT_GE(at_most, best) << round;
    higher += at_most > best + 2 ? 1 : 0;
  }
  EXPECT_GT(higher, 0);  // or the labels never became one
}

// Nets reach less far where too many items would wait, and then loads are lower for every set.
TEST(ItemOrder, KeepsTheWidthByCuttingNets) {
  int cut = 0;
  for (int round = 0; round < 500; ++round) {
    const SetLoad load = some_set_load(round, 8);
    const std::size_t count = load.work.size();
    const ItemOrder order = item_order(load, 2);
    SetLoad narrow{.work = load.work, .nets = order.nets};
    cut += order.nets != load.nets ? 1 : 0;
    EXPECT_EQ(order.items.size(), count);
    for (std::size_t bits = 0; bits < std::size_t{1} << count; ++bits) {
      auto members = members_of(bits, count);
      for (const ItemId item : ids<ItemId>(count)) members[item] &= load.work[item] ? 1 : 0;
      ASSERT_LE(narrow.of(members), load.of(members));
    }
  }
  EXPECT_GT(cut, 50);
}

TEST(PackingBound, IsNeverAboveBruteForceAndOftenEqual) {
  int closed = 0, rounds = 3000;
  for (int round = 0; round < rounds; ++round) {
    const LoadModel model = some_model(round, 6);
    const std::int64_t best = brute_force(model);
    const std::int64_t bound = packing_bound(model, best);
    ASSERT_LE(bound, best) << round;
    closed += bound == best ? 1 : 0;
    // The same from any reachable load.
    ASSERT_LE(packing_bound(model, best + 7), best) << round;
  }
  EXPECT_GT(closed, rounds / 2);
}

// Three like items on two devices: one has two of them, whatever fractions of work would allow
// (15).
TEST(PackingBound, KnowsThatItemsAreWhole) {
  LoadModel model;
  for (int device = 0; device < 2; ++device) {
    model.resources.push_back("r");
    model.places.push_back({"p", std::nullopt});
    model.devices.push_back({"d", PlaceId(device)});
  }
  for (int item = 0; item < 3; ++item) {
    model.items.push_back(
        {"i", {{DeviceId(0), {{ResourceId(0), 10}}}, {DeviceId(1), {{ResourceId(1), 10}}}}, {}});
  }
  EXPECT_EQ(packing_bound(model, 20), 20);
  EXPECT_EQ(packing_bound(model, 30), 20);
}

TEST(PackingBound, StopsWhenToldAndIsABoundThen) {
  const LoadModel model = some_model(1, 8);
  const std::int64_t best = brute_force(model);
  for (int allowed = 0; allowed < 30; ++allowed) {
    int left = allowed;
    EXPECT_LE(packing_bound(model, best + 5, [&] { return left-- > 0; }), best);
  }
}

// Published graphs whose gap it closes: the value is that of the best known placement.
class Published : public testing::TestWithParam<std::pair<const char*, double>> {};

TEST_P(Published, GapIsClosed) {
  const char* data = std::getenv("PARTITA_DATA");
  const std::filesystem::path file =
      (data ? std::filesystem::path(data)
            : std::filesystem::path(PARTITA_SOURCE_DIR) / "../shared/data") /
      "partition/dnn_partitioning/throughput" / GetParam().first;
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  const auto loads = test::loads_of(test::read_operator_graph(file));
  const auto best =
      static_cast<std::int64_t>(GetParam().second * static_cast<double>(loads.model.ticks));
  // To the fifth digit that the reference has, one part in ten thousand of a bound.
  const std::int64_t bound = packing_bound(loads.model, best + loads.model.ticks / 10'000);
  EXPECT_GE(static_cast<double>(bound), static_cast<double>(best) * (1 - 2e-4));
  EXPECT_LE(static_cast<double>(bound), static_cast<double>(best) * (1 + 1e-6));
}

INSTANTIATE_TEST_SUITE_P(PackingBound, Published,
                         testing::Values(std::pair{"bert24_inference.json", 17.71472},
                                         std::pair{"bert24_training.json", 39.78954}));

}  // namespace
}  // namespace partita::bounds
