#include "exec/devices/cuda/multiprocessor_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exec/device/plugin_device.h"

namespace partita::exec::cuda {
namespace {

using testing::ElementsAre;

// An H100 of 132 multiprocessors gives 16 groups of 8.
TEST(MultiprocessorSets, OnlyMultiplesOfAGroupCanBeHad) {
  EXPECT_EQ(groups_for(8, 8, 16), 1u);
  EXPECT_EQ(groups_for(64, 8, 16), 8u);
  EXPECT_EQ(groups_for(128, 8, 16), 16u);
  for (const int wrong : {0, 4, 7, 9, 132, 136}) {
    EXPECT_THROW(groups_for(wrong, 8, 16), DeviceError) << wrong;
  }
}

TEST(MultiprocessorSets, TheMessageSaysWhatCanBeHad) {
  try {
    groups_for(12, 8, 16);
    FAIL() << "12 is no multiple of 8";
  } catch (const DeviceError& e) {
    EXPECT_STREQ(e.what(),
                 "a set of 12 multiprocessors cannot be had: this GPU gives multiples of 8, up to "
                 "128");
    EXPECT_EQ(e.status(), PARTITA_INVALID);
  }
}

TEST(MultiprocessorSets, SetsDoNotOverlapAndComeBack) {
  TakenGroups gpu(4);
  EXPECT_THAT(gpu.take(1), ElementsAre(0));
  const std::vector<std::size_t> two = gpu.take(2);
  EXPECT_THAT(two, ElementsAre(1, 2));
  EXPECT_THROW(gpu.take(2), DeviceError);  // one is left
  gpu.give_back(two);
  EXPECT_THAT(gpu.take(3), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace partita::exec::cuda
