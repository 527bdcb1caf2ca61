#include "partition/bounds/whole_work.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "models/base/random.h"

namespace partita::bounds {
namespace {

// Places with a resource each, and what is left of it.
WholeWork::Kind kind(std::int64_t count, const std::vector<std::int64_t>& amounts) {
  WholeWork::Kind made{{}, count};
  for (std::size_t place = 0; place < amounts.size(); ++place)
    made.options.push_back({place, {{place, amounts[place]}}});
  return made;
}

TEST(WholeWork, FiveEqualLayersOnTwoPlaces) {
  // 5 x 1000 / 2 = 2500 in pieces; in whole layers one place has three.
  const WholeWork work{{kind(5, {1000, 1000})}, 2};
  const std::int64_t bound = whole_work_bound(work, {{1, 1}}, 2'500, 10'000);
  EXPECT_LE(bound, 3'000);
  EXPECT_GE(bound, 2'500 + 2'500 / 8);  // no more is sought than an eighth above
}

TEST(WholeWork, ManyLayersThatAreAlikeTakeFewNodes) {
  // 41 layers of 100 on four equal places: 11 on one of them, 1100; in pieces 1025. Two more kinds take
  // nothing that matters. (There are 4^45 assignments.)
  const WholeWork work{{kind(41, {100, 100, 100, 100}), kind(4, {1, 1, 1, 1})}, 4};
  const std::int64_t bound = whole_work_bound(work, {{1, 1, 1, 1}}, 1'026, 200'000);
  EXPECT_LE(bound, 1'100);
  EXPECT_GE(bound, 1'099);
}

std::int64_t brute_force(const WholeWork& work) {
  std::vector<const WholeWork::Kind*> layers;
  for (const auto& of : work.kinds)
    layers.insert(layers.end(), static_cast<std::size_t>(of.count), &of);
  std::vector<std::int64_t> loads(work.resources, 0);
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  const auto place = [&](auto&& self, std::size_t at) -> void {
    if (at == layers.size()) {
      best = std::min(best, *std::max_element(loads.begin(), loads.end()));
      return;
    }
    for (const auto& option : layers[at]->options) {
      for (const auto& use : option.uses) loads[use.resource] += use.amount;
      self(self, at + 1);
      for (const auto& use : option.uses) loads[use.resource] -= use.amount;
    }
  };
  place(place, 0);
  return best;
}

TEST(WholeWork, IsBruteForce) {
  int alike = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    Random random(seed);
    const std::size_t places = 2 + random.below(3);
    const bool equal = seed % 2 == 0;
    WholeWork work{{}, places + 1};
    for (std::size_t i = 0; i <= random.below(2); ++i) {
      WholeWork::Kind made{{}, static_cast<std::int64_t>(1 + random.below(4))};
      const auto time = static_cast<std::int64_t>(20'000 + random.below(80'000));
      for (std::size_t place = 0; place < places; ++place) {
        const auto own = equal ? time : static_cast<std::int64_t>(20'000 + random.below(80'000));
        made.options.push_back({place, {{place, own}}});
        // One resource is for all.
        if (seed % 3 == 0) made.options.back().uses.push_back({places, own / 4});
        if (!equal && made.options.size() > 1 && random.one_in(4)) made.options.pop_back();
      }
      work.kinds.push_back(made);
    }
    const std::int64_t best = brute_force(work);
    const std::vector<std::int64_t> weights(places + 1, 1);
    const std::int64_t within = best - static_cast<std::int64_t>(random.below(2'000));
    const std::int64_t bound = whole_work_bound(work, {weights}, within, 1'000'000);
    ASSERT_LE(bound, best) << seed;
    ASSERT_GE(bound, best - best / 1'000) << seed;
    alike += equal ? 1 : 0;
    // Without time it is what is known.
    EXPECT_EQ(whole_work_bound(work, {weights}, within, 1), within);
  }
  EXPECT_EQ(alike, 300);
}

}  // namespace
}  // namespace partita::bounds
