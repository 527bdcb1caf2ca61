// The part of a machine that a plan uses, and the plan for it.
#include "exec/runtime/machine_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::ElementsAre;

class MachinePartTest : public testing::Test {
 protected:
  // Every layer on processor 0 or 2, in turns.
  Plan on_first_and_last() const {
    IdVector<LayerId, ProcessorId> processor(network_.layer_count());
    IdVector<LayerId, double> rank(network_.layer_count());
    for (const LayerId layer : network_.layers()) {
      processor[layer] = ProcessorId{index(layer) % 2 == 0 ? 0u : 2u};
      rank[layer] = static_cast<double>(index(layer));
    }
    return std::get<Plan>(make_plan(network_, hardware_, ordered_by(processor, 3, rank), "turns"));
  }

  const Network network_ = branched_cnn();
  const Hardware hardware_ = workers(3, true);
};

TEST_F(MachinePartTest, HasWhoeverHasLayers) {
  const Plan plan = on_first_and_last();
  EXPECT_THAT(processors_with_layers(plan), ElementsAre(ProcessorId{0}, ProcessorId{2}));
  const MachinePart part = part_of(hardware_, processors_with_layers(plan));
  ASSERT_EQ(part.hardware.processors().size(), 2u);
  EXPECT_EQ(part.hardware.processors()[ProcessorId{1}].name, "cpu2");
  EXPECT_THAT(part.in_whole, ElementsAre(ProcessorId{0}, ProcessorId{2}));
  // Whatever plans point to is what it was.
  EXPECT_EQ(part.hardware.memories().size(), hardware_.memories().size());
  EXPECT_EQ(part.hardware.host(), hardware_.host());
}

TEST_F(MachinePartTest, APlanForItHasTheSameOrdersAndTransfers) {
  Plan plan = on_first_and_last();
  // Others than make_plan() gives: the last transfer of the first that has two comes first.
  std::vector<Transfer> wanted = plan.transfers();
  std::reverse(wanted.begin(), wanted.end());
  wanted.front().priority = 3;
  plan = with_transfer_order(network_, plan, wanted);
  const MachinePart part = part_of(hardware_, processors_with_layers(plan));
  const Plan same = plan_for_part(plan, network_, part);
  EXPECT_EQ(same.order(ProcessorId{0}), plan.order(ProcessorId{0}));
  EXPECT_EQ(same.order(ProcessorId{1}), plan.order(ProcessorId{2}));
  EXPECT_EQ(same.transfers(), plan.transfers());
  for (const LayerId layer : network_.layers()) {
    EXPECT_EQ(part.in_whole[index(same.processor(layer))], plan.processor(layer));
  }
}

TEST_F(MachinePartTest, WhatAMachineIsLoadedWithIsNoPartOfIt) {
  HardwareParts parts = hardware_.parts();
  parts.load.push_back({"gone", Lost{ProcessorId{1}}, Time{0}, Time{1}, {}, {}});
  const MachinePart part = part_of(HardwareBuilder::build(std::move(parts)), {ProcessorId{0}});
  EXPECT_TRUE(part.hardware.load().empty());
}

TEST_F(MachinePartTest, PlansAreTheSameWhoeverMadeThem) {
  EXPECT_TRUE(is_same(random_plan(network_, hardware_, 3), random_plan(network_, hardware_, 3)));
  EXPECT_FALSE(is_same(random_plan(network_, hardware_, 3), random_plan(network_, hardware_, 4)));
  const Plan plan = on_first_and_last();
  std::vector<Transfer> wanted = plan.transfers();
  wanted.front().priority = 1;
  EXPECT_FALSE(is_same(plan, with_transfer_order(network_, plan, wanted)));
}

}  // namespace
}  // namespace partita::exec
