#include "partition/bounds/cut_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "models/base/random.h"
#include "tests/partition/instances/operator_graph.h"
#include "tests/partition/loads/random_models.h"

namespace partita::bounds {
namespace {

using namespace loads;

constexpr DeviceId kP{0}, kQ{1};
constexpr ResourceId kOfP{0}, kOfQ{1}, kWay{2};

// x, y and z in a row; x and z only on p, y there (100) or on q (1), with so much on the way for each
// crossing.
LoadModel there_and_back(std::int64_t way) {
  LoadModel model;
  model.resources = IdVector<ResourceId, std::string>{};
  for (const char* name : {"p", "q", "way"}) model.resources.push_back(name);
  for (const char* name : {"near", "far"}) model.places.push_back({name, {}});
  model.devices.push_back({"p", PlaceId{0}});
  model.devices.push_back({"q", PlaceId{1}});
  model.items.push_back({"x", {{kP, {{kOfP, 10'000}}}}, {}});
  model.items.push_back({"y", {{kP, {{kOfP, 100'000}}}, {kQ, {{kOfQ, 1'000}}}}, {}});
  model.items.push_back({"z", {{kP, {{kOfP, 10'000}}}}, {}});
  Tariff tariff;
  tariff.once.assign(2, {});
  for (int from = 0; from < 2; ++from)
    tariff.each.push_back(IdVector<PlaceId, Uses>(2, Uses{{kWay, way}}));
  model.tariffs.push_back(tariff);
  model.nets.push_back({ItemId{0}, {ItemId{1}}, TariffId{0}});
  model.nets.push_back({ItemId{1}, {ItemId{2}}, TariffId{0}});
  return model;
}

TEST(CutBound, WhatGoesAwayComesBack) {
  // y on q: p 20, q 1, the way 2 x 10; all on p: 120. At 20 nothing is gained by a part of y on p.
  const std::int64_t bound = cut_bound(there_and_back(10'000), PlaceId{0});
  EXPECT_LE(bound, 20'000);
  EXPECT_GE(bound, 19'900);
  // At 40 for each crossing: with a part f of y on p, 20 + 100 f there and 80 (1 - f) on the way, equal at
  // f = 1 / 3: 53.33. In whole items 80.
  const std::int64_t dearer = cut_bound(there_and_back(40'000), PlaceId{0});
  EXPECT_LE(dearer, 53'334);
  EXPECT_GE(dearer, 53'000);
}

TEST(CutBound, IsBelowEveryAssignmentWithItsFees) {
  int close = 0, cases = 0;
  for (int round = 0; round < 600; ++round) {
    const auto seed = static_cast<std::uint64_t>(round);
    const LoadModel model = round % 2 == 0 ? test::random_model(seed, 6)
                                           : test::loads_of(test::random_graph(seed, 6)).model;
    Random random(seed);
    const bool with_fees = round % 3 == 0;
    IdVector<ItemId, std::vector<std::int64_t>> fees(model.items.size());
    for (auto& of_item : fees) {
      for (std::size_t i = 0; i < model.devices.size(); ++i)
        of_item.push_back(static_cast<std::int64_t>(random.below(1'000)));
    }
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    test::for_each_assignment(model, [&](const Assignment& assignment) {
      std::int64_t sum = loads_of(model, assignment).value;
      for (const ItemId item : ids<ItemId>(model.items.size()))
        sum += with_fees ? fees[item][index(assignment[item])] : 0;
      least = std::min(least, sum);
    });
    for (const PlaceId side : ids<PlaceId>(model.places.size())) {
      const std::int64_t bound =
          with_fees
              ? cut_bound(model, side,
                          [&](ItemId item, DeviceId device) { return fees[item][index(device)]; })
              : cut_bound(model, side);
      ASSERT_LE(bound, least) << round;
      close += bound * 10 >= least * 7 ? 1 : 0, ++cases;
    }
  }
  RecordProperty("close", close);
  EXPECT_GT(close * 3, cases);  // 70 % of the optimum
}

}  // namespace
}  // namespace partita::bounds
