#include "partition/runtime/policies/interference.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/machine.h"

namespace partita {
namespace {

// a and b share a memory of 1 GB/s; b and c a package, in which two that are busy take 1.2 x as long.
class InterferenceTest : public testing::Test {
 protected:
  InterferenceTest() {
    test::Machine machine;
    const MemoryId shared = machine.memory("shared", Bandwidth{1'000'000'000});
    const MemoryId own = machine.memory("own", Bandwidth{2'000'000'000});
    machine.processor("a", shared);
    machine.processor("b", shared);
    machine.processor("c", own);
    machine.package(1.2, {kB, kC});
    hardware_.emplace(machine.build());
  }
  // Of run 1, from 0 to 100 us.
  static LayerReading reading(ProcessorId processor, Time start = Time{0}, Time measured = 100us,
                              std::uint32_t run = 1) {
    return {LayerId{0}, processor, 0, measured, start, run};
  }

  static constexpr ProcessorId kA{0}, kB{1}, kC{2};
  std::optional<Hardware> hardware_;
};

TEST_F(InterferenceTest, NeighboursShareAPackageOrAMemory) {
  const auto neighbours = neighbours_of(*hardware_);
  ASSERT_EQ(neighbours[0].size(), 1u);
  EXPECT_EQ(neighbours[0][0].processor, kB);
  EXPECT_TRUE(neighbours[0][0].one_memory);
  EXPECT_EQ(neighbours[0][0].slowdown, 0);
  ASSERT_EQ(neighbours[1].size(), 2u);
  EXPECT_EQ(neighbours[1][1].processor, kC);
  EXPECT_FALSE(neighbours[1][1].one_memory);
  EXPECT_NEAR(neighbours[1][1].slowdown, 0.2, 1e-12);
}

TEST_F(InterferenceTest, NothingIsLostWhereTheMemoryIsEnoughForBoth) {
  const Neighbour neighbour = neighbours_of(*hardware_)[0][0];
  EXPECT_EQ(neighbour.loss(0.5, 0.4), 0);
  EXPECT_NEAR(neighbour.loss(0.8, 0.5), 0.3, 1e-12);
}

// 50 kB in 100 us are half of 1 GB/s; more than all of it cannot be asked for.
TEST_F(InterferenceTest, DemandIsAPartOfTheMemorysBandwidth) {
  EXPECT_NEAR(memory_demand({100us, Bytes{50'000}}, kA, *hardware_), 0.5, 1e-12);
  EXPECT_NEAR(memory_demand({100us, Bytes{50'000}}, kC, *hardware_), 0.25, 1e-12);
  EXPECT_EQ(memory_demand({100us, Bytes{500'000}}, kA, *hardware_), 1);
}

// For 60 of its 100 us, one that asks for 0.5 runs beside one that asks for 0.8: 0.3 x 60 us.
TEST_F(InterferenceTest, CompanyInTheMemoryStretchesWhatItOverlaps) {
  Company company(*hardware_, 4, 2);
  ASSERT_TRUE(company.matters());
  company.note(reading(kB, 40us, 200us, 2), 0.5);
  EXPECT_NEAR(company.stretch(reading(kA), 0.8), 1.18, 1e-9);
  EXPECT_NEAR(company.stretch(reading(kA), 0.5), 1, 1e-9);         // both fit
  EXPECT_NEAR(company.stretch(reading(kA, 240us), 0.8), 1, 1e-9);  // it was over
}

TEST_F(InterferenceTest, APackageCountsOnceAndOthersOnlyWhereTheyAreBusy) {
  Company company(*hardware_, 4, 3);
  company.note(reading(kB, 0us, 50us, 2), 0);
  EXPECT_NEAR(company.stretch(reading(kC), 0), 1.1, 1e-9);
  company.note(reading(kB, 0us, 100us, 3),
               0);  // as two runs' layers overlap where there are streams
  EXPECT_NEAR(company.stretch(reading(kC), 0), 1.2, 1e-9);
}

TEST_F(InterferenceTest, TheSameRunIsNoCompanyAndNorIsOneThatNobodyTimed) {
  Company company(*hardware_, 4, 2);
  company.note(reading(kB, 0us, 100us, 1), 1);
  LayerReading untimed = reading(kB, 0us, 100us, 2);
  untimed.start = Time{-1};
  company.note(untimed, 1);
  EXPECT_EQ(company.stretch(reading(kA), 1), 1);
  company.note(reading(kB, 0us, 100us, 2), 1);
  EXPECT_NEAR(company.stretch(reading(kA), 1), 2, 1e-9);
  untimed.processor = kA;
  EXPECT_EQ(company.stretch(untimed, 1), 1);
}

TEST_F(InterferenceTest, OneAtATimeHasNoCompany) {
  EXPECT_FALSE(Company(*hardware_, 4, 1).matters());
  test::Machine apart;
  apart.processor("a", apart.memory("ma", Bandwidth{1'000'000'000}));
  apart.processor("b", apart.memory("mb", Bandwidth{1'000'000'000}));
  EXPECT_FALSE(Company(apart.build(), 4, 2).matters());
}

}  // namespace
}  // namespace partita
