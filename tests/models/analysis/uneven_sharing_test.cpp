#include "models/analysis/uneven_sharing.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Four memories around a switch, the last two of them behind a second one; links of 1 GB/s, engines
// with as many channels as are needed. All send to m0.
class UnevenSharingTest : public testing::Test {
 protected:
  UnevenSharingTest() {
    for (int i = 0; i < 4; ++i) {
      const MemoryId memory = machine_.memory(fmt::format("m{}", i), Bandwidth{100'000'000'000});
      machine_.processor(fmt::format("p{}", i), memory);
      machine_.engine(fmt::format("dma{}", i), memory, Time{0}, Direction::Out);
      machine_.parts.engines[EngineId{static_cast<std::uint32_t>(i)}].channels = 4;
    }
    const SwitchId near = machine_.node("near"), far = machine_.node("far");
    for (std::uint32_t i = 0; i < 4; ++i) {
      machine_.link(fmt::format("port{}", i), MemoryId{i}, i < 2 ? near : far,
                    Bandwidth{1'000'000'000});
    }
    trunk_ = machine_.link("trunk", far, near, Bandwidth{4'000'000'000});
  }

  // `senders`: processors, each of a tensor of 1 MB, that p0 reads.
  std::vector<UnevenSharing> when(const std::vector<int>& senders) {
    test::Graph graph;
    std::vector<TensorId> sent;
    std::vector<std::vector<int>> orders(4);
    for (std::size_t i = 0; i < senders.size(); ++i) {
      sent.push_back(graph.layer(fmt::format("t{}", i), {}, Bytes{1'000'000}));
      orders[static_cast<std::size_t>(senders[i])].push_back(static_cast<int>(i));
    }
    graph.layer("all", sent, Bytes{1});
    orders[0].push_back(static_cast<int>(senders.size()));
    const Network network = graph.build();
    CostTable costs(network.layer_count(), 4);
    for (const LayerId layer : network.layers()) {
      for (const ProcessorId p : ids<ProcessorId>(4)) costs.set(layer, p, LayerCost{});
    }
    hardware_ = machine_.build();
    const Plan plan = test::plan_of(network, *hardware_, orders);
    Evaluator evaluator(network, *hardware_, costs);
    return uneven_sharing(evaluator.run(plan), network, *hardware_, plan);
  }
  const std::string& name(ChannelId id) const { return hardware_->channels()[id].name; }

  test::Machine machine_;
  LinkId trunk_{};
  std::optional<Hardware> hardware_;
};

// By turns the near one has a half of port0 and the two that come by the trunk a half together;
// flow by flow each has a third. So 1/2 - 1/3 of 3 ms, for which all flow.
TEST_F(UnevenSharingTest, OneInputHasMoreFlowsThanTheOther) {
  const std::vector<UnevenSharing> found = when({1, 2, 3});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(name(found[0].channel), "port0<");
  EXPECT_NEAR(seconds(found[0].misplaced), 3e-3 / 6, 1e-8);
  ASSERT_EQ(found[0].inputs.size(), 2u);
  EXPECT_EQ(name(found[0].inputs[0]), "port1>");
  EXPECT_EQ(name(found[0].inputs[1]), "trunk>");
  EXPECT_THAT(found[0].legs, ElementsAre(0, 1, 2));
}

TEST_F(UnevenSharingTest, AsManyFlowsByEachInputAreEven) {
  EXPECT_THAT(when({1, 2}), IsEmpty());
  EXPECT_THAT(when({1, 1, 2, 3}), IsEmpty());
}

// Flows of one memory take turns by themselves.
TEST_F(UnevenSharingTest, OfOneMemoryAllAreEven) { EXPECT_THAT(when({1, 1, 1}), IsEmpty()); }

// Three flows of 1 GB/s: at 3 GB/s nobody waits.
TEST_F(UnevenSharingTest, WhereThereIsRoomForAllNothingIsShared) {
  machine_.parts.links[LinkId{0}].bandwidth = Bandwidth{3'000'000'000};
  EXPECT_THAT(when({1, 2, 3}), IsEmpty());
  machine_.parts.links[LinkId{0}].bandwidth = Bandwidth{2'999'999'999};
  EXPECT_EQ(when({1, 2, 3}).size(), 1u);
}

}  // namespace
}  // namespace partita
