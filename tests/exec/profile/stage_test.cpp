// Networks made for measurements: what they copy, and who waits for whom.
#include "exec/profile/stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/cost/cost_table.h"
#include "models/evaluate/evaluate.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::ElementsAre;

class StageTest : public testing::Test {
 protected:
  Plan seated(const Stage& stage, const std::vector<ProcessorId>& processors) const {
    return std::get<Plan>(
        make_plan(stage.network, hardware_, stage.seated(processors, hardware_), "test"));
  }
  std::vector<std::int64_t> copied(const Stage& stage, const Plan& plan,
                                   const std::string& from) const {
    std::vector<std::int64_t> sizes;
    for (const Transfer& transfer : plan.transfers()) {
      if (hardware_.memories()[transfer.src].name != from) continue;
      sizes.push_back(stage.network.tensor(transfer.tensor).size.value);
    }
    return sizes;
  }
  // In a simulation: which legs overlap which of other processors.
  Timeline simulated(const Stage& stage, const Plan& plan) const {
    const CostTable costs = estimated_costs(stage.network, hardware_);
    return Evaluator(stage.network, hardware_, costs).run(plan);
  }
  static bool overlap(const LegSpan& a, const LegSpan& b) {
    return a.start < b.finish && b.start < a.finish;
  }

  const Hardware hardware_ = workers(3);
  const ProcessorId a_{0}, b_{1}, c_{2};
};

TEST_F(StageTest, CopyAfterCopyHasNoTwoAtOnce) {
  const Stage stage = copy_after_copy({Bytes{4096}, Bytes{65536}, Bytes{16384}});
  const Plan plan = seated(stage, {b_, a_});
  EXPECT_THAT(copied(stage, plan, "mem1"), ElementsAre(4096, 65536, 16384));
  // The elements that the next ones are made from.
  EXPECT_THAT(copied(stage, plan, "mem0"), ElementsAre(4, 4));
  const Timeline timeline = simulated(stage, plan);
  for (const LegSpan& one : timeline.legs) {
    for (const LegSpan& other : timeline.legs) {
      EXPECT_TRUE(&one == &other || !overlap(one, other));
    }
  }
}

TEST_F(StageTest, CopiesAtOnceMeetOthersOfTheirSize) {
  const Stage stage = copies_at_once(3, {Bytes{1 << 20}, Bytes{3 << 20}});
  const Plan plan = seated(stage, {a_, b_, c_});
  // 1 MiB is no multiple of 12: 4 B less.
  for (const char* memory : {"mem0", "mem1", "mem2"}) {
    std::vector<std::int64_t> sizes = copied(stage, plan, memory);
    std::sort(sizes.begin(), sizes.end());
    EXPECT_THAT(sizes, ElementsAre(4, 4, (1 << 20) - 4, 3 << 20)) << memory;
  }
  // Large copies that leave together go on together, from three memories.
  const Timeline timeline = simulated(stage, plan);
  for (const std::int64_t size : {(1 << 20) - 4, 3 << 20}) {
    std::vector<const LegSpan*> first;
    for (const LegSpan& leg : timeline.legs) {
      const TensorId tensor = plan.transfers()[leg.transfer].tensor;
      if (leg.leg == 0 && stage.network.tensor(tensor).size.value == size) first.push_back(&leg);
    }
    ASSERT_EQ(first.size(), 3u);
    for (const LegSpan* one : first) {
      for (const LegSpan* other : first) EXPECT_TRUE(overlap(*one, *other));
    }
  }
}

TEST_F(StageTest, SideBySideIsTheNetworkTwiceWithNothingBetween) {
  const Network network = branched_cnn();
  IdVector<LayerId, double> order(network.layer_count());
  for (const LayerId layer : network.layers()) order[layer] = static_cast<double>(index(layer));
  std::swap(order[LayerId{4}], order[LayerId{7}]);
  const Stage stage = side_by_side(network, order, 2);
  const Plan plan = seated(stage, {c_, a_});
  EXPECT_TRUE(plan.transfers().empty());
  ASSERT_EQ(stage.network.layer_count(), 2 * network.layer_count());
  ASSERT_EQ(plan.order(c_).size(), network.layer_count());
  for (std::size_t copy = 0; copy < 2; ++copy) {
    const std::vector<LayerId>& run = plan.order(copy == 0 ? c_ : a_);
    for (std::size_t i = 0; i < run.size(); ++i) {
      const std::size_t expected = i == 4 ? 7 : i == 7 ? 4 : i;
      EXPECT_EQ(index(run[i]), copy * network.layer_count() + expected);
      EXPECT_EQ(stage.network.signature(run[i]), network.signature(static_cast<LayerId>(expected)));
    }
  }
}

TEST_F(StageTest, TinyLayersFollowEachOther) {
  const Stage stage = tiny_layers(3);
  ASSERT_EQ(stage.network.layer_count(), 3u);
  EXPECT_EQ(stage.network.predecessors(LayerId{2}), std::vector{LayerId{1}});
  EXPECT_EQ(stage.network.layer(LayerId{2}).work.flops.value, 1);
}

}  // namespace
}  // namespace partita::exec
