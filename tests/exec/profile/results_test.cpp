// How samples become rows, and which of two measurements stands.
#include "exec/profile/results.h"

#include <gtest/gtest.h>

namespace partita::exec {
namespace {

const std::map<std::string, Source> kSources{{"cpu0", {"e1", "host", true}},
                                             {"gpu0", {"e2", "device", false}}};

ProfileRow about(const std::string& kind, const std::string& signature,
                 const std::string& processor = "cpu0") {
  ProfileRow row;
  row.kind = kind;
  row.signature = signature;
  row.processor = processor;
  return row;
}

void add(Results& results, const ProfileRow& row, const std::vector<Time>& times) {
  for (const Time time : times) results.add({row, time, true});
}

TEST(Results, SamplesOfAllTurnsArePutTogether) {
  Results results(Profile(), kSources);
  add(results, about("layer", "Relu"), {1us, 5us});
  results.update(std::nullopt);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->samples, 2);
  add(results, about("layer", "Relu"), {3us});
  results.add({about("layer", "Relu"), 90us, false});
  results.update(std::nullopt);
  const ProfileRow& row = *results.profile().layer("Relu", "cpu0");
  EXPECT_EQ(row.samples, 3);
  EXPECT_EQ(row.discarded, 1);
  EXPECT_EQ(row.median, 3us);
  EXPECT_EQ(row.environment, "e1");
  EXPECT_EQ(row.clock, "host");
  EXPECT_EQ(row.energy_pj, std::nullopt);
  EXPECT_EQ(results.rows(), 1u);
  EXPECT_EQ(results.clean(), 3u);
  EXPECT_EQ(results.discarded(), 1u);
}

TEST(Results, WhatWasThereStandsUntilMoreSamplesAreMade) {
  Profile before;
  ProfileRow old = about("layer", "Relu");
  old.samples = 2;
  old.min = old.p10 = old.median = old.p90 = 70us;
  before.add(old);
  Results results(before, kSources);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->median, 70us);
  add(results, about("layer", "Relu"), {1us});
  results.update(std::nullopt);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->median, 70us);
  add(results, about("layer", "Relu"), {1us});
  results.update(std::nullopt);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->median, 1us);
}

// Whatever comes first, layer or interference.
TEST(Results, RowsAtHigherLevelsSayWhatIsTrueAlone) {
  Results results(Profile(), kSources);
  ProfileRow beside = about("interference", "Relu");
  beside.level = 2;
  beside.with = "gpu0";
  ProfileRow copies = about("copies", "a>b");
  copies.level = 2;
  copies.size = Bytes{64};
  add(results, beside, {6us});
  add(results, copies, {9us});
  results.update(std::nullopt);
  EXPECT_EQ(results.profile().same(beside)->alone, std::nullopt);
  ProfileRow other_size = about("copy", "a>b"), same_size = other_size;
  other_size.size = Bytes{65};
  same_size.size = Bytes{64};
  add(results, about("layer", "Relu"), {4us});
  add(results, about("layer", "Relu", "gpu0"), {1us});
  add(results, other_size, {2us});
  add(results, same_size, {3us});
  results.update(std::nullopt);
  EXPECT_EQ(results.profile().same(beside)->alone, 4us);
  EXPECT_EQ(results.profile().same(copies)->alone, 3us);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->alone, std::nullopt);
}

// 30 W for 2 us are 60 uJ = 60,000,000 pJ. Devices count their own.
TEST(Results, EnergyIsPowerTimesTime) {
  Results results(Profile(), kSources);
  add(results, about("layer", "Relu"), {2us});
  add(results, about("layer", "Relu", "gpu0"), {2us});
  results.update(30.0);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->energy_pj, 60'000'000);
  EXPECT_EQ(results.profile().layer("Relu", "gpu0")->energy_pj, std::nullopt);
  // 200 W for 2 us, of a device whose own counter was read.
  add(results, about("layer", "Relu", "gpu0"), {2us});
  results.update(30.0, {{"gpu0", 200.0}});
  EXPECT_EQ(results.profile().layer("Relu", "gpu0")->energy_pj, 400'000'000);
  EXPECT_EQ(results.profile().layer("Relu", "cpu0")->energy_pj, 60'000'000);
}

}  // namespace
}  // namespace partita::exec
