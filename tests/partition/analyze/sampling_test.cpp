// The error that a sample states covers the truth as often as it says.
#include "partition/analyze/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "models/base/random.h"
#include "partition/analyze/analyze.h"
#include "tests/partition/analyze/inputs.h"

namespace partita::analyze {
namespace {

constexpr std::int64_t kItems = 400'000;
constexpr std::int64_t kSampled = 20'000;
constexpr int kSeeds = 200;

// What neighbours have to do with each other, from nothing to everything.
enum class Data { Independent, LongRuns, Trend, PeriodOfStrata, Bursts };

std::vector<std::uint8_t> bytes_of(Data data) {
  Random random(11);
  std::vector<std::uint8_t> bytes(kItems);
  std::uint8_t level = 0;
  std::int64_t left = 0;
  for (std::int64_t i = 0; i < kItems; ++i) {
    const auto noise = static_cast<std::uint8_t>(random.below(50));
    std::uint8_t& byte = bytes[static_cast<std::size_t>(i)];
    switch (data) {
      case Data::Independent: byte = static_cast<std::uint8_t>(random.below(200)); break;
      case Data::LongRuns:  // as long as a sample's blocks (156), and longer
        if (left-- == 0) {
          level = random.one_in(2) ? std::uint8_t{0} : static_cast<std::uint8_t>(random.below(250));
          left = static_cast<std::int64_t>(random.below(1000));
        }
        byte = level;
        break;
      case Data::Trend: byte = static_cast<std::uint8_t>(i * 200 / kItems + noise); break;
      case Data::PeriodOfStrata:  // a sample has 128 strata
        byte = static_cast<std::uint8_t>(i / (kItems / 256) % 2 * 100 + noise);
        break;
      case Data::Bursts:  // an eighth of it is busy, in pieces
        byte = i / 5000 % 8 == 3 ? static_cast<std::uint8_t>(100 + noise) : std::uint8_t{0};
        break;
    }
  }
  return bytes;
}

constexpr std::array kJudged{Feature::Mean,      Feature::Variance,    Feature::ZeroShare,
                             Feature::MeanRun,   Feature::ByteEntropy, Feature::HoyerSparsity,
                             Feature::GradientX, Feature::MeanZeroRun};

class SampleError : public testing::TestWithParam<Data> {};

TEST_P(SampleError, CoversTheTruth) {
  const Input input =
      test::make_input(InputKind::Tensor, ElementType::U8, {kItems}, bytes_of(GetParam()));
  const auto truth = analyze(input).features;
  std::array<int, kJudged.size()> covered{}, stated{};
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Analysis sample =
        analyze(input, Sample{.items = kSampled, .seed = static_cast<std::uint64_t>(seed)});
    ASSERT_TRUE(sample.sampled());
    for (std::size_t i = 0; i < kJudged.size(); ++i) {
      const double away = std::abs(sample.features[kJudged[i]] - truth[kJudged[i]]);
      // Runs may be too rare for an error: then none is stated.
      stated[i] += std::isnan(sample.error(kJudged[i])) ? 0 : 1;
      covered[i] += away <= sample.error(kJudged[i]) + 1e-12 ? 1 : 0;
    }
    // What is a bound is one.
    EXPECT_GE(sample.features[Feature::Minimum], truth[Feature::Minimum]);
    EXPECT_LE(sample.features[Feature::Maximum], truth[Feature::Maximum]);
    EXPECT_LE(sample.features[Feature::LongestRun], truth[Feature::LongestRun]);
  }
  int total = 0, of = 0;
  for (std::size_t i = 0; i < kJudged.size(); ++i) {
    const bool of_runs = kJudged[i] == Feature::MeanRun || kJudged[i] == Feature::MeanZeroRun;
    if (!of_runs) {
      EXPECT_EQ(stated[i], kSeeds);
    }
    // 95 % are meant. Where all depends on a few blocks (jumps of long runs), it is less.
    EXPECT_GE(covered[i], stated[i] * 88 / 100)
        << info(kJudged[i]).name << ": covered " << covered[i] << " of " << stated[i];
    total += covered[i];
    of += stated[i];
  }
  EXPECT_GE(total, of * 93 / 100);
}

std::string name_of(Data data) {
  constexpr std::array kNames{"Independent", "LongRuns", "Trend", "PeriodOfStrata", "Bursts"};
  return kNames[static_cast<std::size_t>(data)];
}

INSTANTIATE_TEST_SUITE_P(Data, SampleError,
                         testing::Values(Data::Independent, Data::LongRuns, Data::Trend,
                                         Data::PeriodOfStrata, Data::Bursts),
                         [](const auto& test) { return name_of(test.param); });

TEST(Sample, IsNotFarTooCautious) {
  // Independent bytes 0 .. 199: the mean of 20,000 has a standard error of 57.7 / sqrt(20,000) = 0.41,
  // less 5 % that are read: 0.40; times 2.04. No more than 1.5 times that on average.
  const Input input =
      test::make_input(InputKind::Tensor, ElementType::U8, {kItems}, bytes_of(Data::Independent));
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    sum += analyze(input, Sample{.items = kSampled, .seed = seed}).error(Feature::Mean);
  }
  EXPECT_LT(sum / 50, 1.5 * 0.40 * 2.04);
  EXPECT_GT(sum / 50, 0.7 * 0.40 * 2.04);
}

TEST(Sample, EntropyIsNotBiased) {
  // 200 values, 4,000 of them: what is counted is 199 / (2 x 4,000 x ln 2) = 0.036 bits too little on
  // average (Miller, Madow (1955)).
  const Input input =
      test::make_input(InputKind::Tensor, ElementType::U8, {kItems}, bytes_of(Data::Independent));
  const double truth = analyze(input).features[Feature::ByteEntropy];
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    sum += analyze(input, Sample{.items = 4000, .seed = seed}).features[Feature::ByteEntropy];
  }
  EXPECT_NEAR(sum / 50, truth, 0.01);
}

TEST(Sample, NeighboursAreNotIndependent) {
  // Were 20,000 elements of long runs taken for independent, the error would be several times too
  // small: that is why blocks are what counts.
  const Input input =
      test::make_input(InputKind::Tensor, ElementType::U8, {kItems}, bytes_of(Data::LongRuns));
  const auto truth = analyze(input).features;
  const double naive = 2 * std::sqrt(truth[Feature::Variance] / kSampled);
  const Analysis sample = analyze(input, Sample{.items = kSampled, .seed = 1});
  EXPECT_GT(sample.error(Feature::Mean), 3 * naive);
}

TEST(Sample, OfWhatNoBlockShowsSaysTheRuleOfThree) {
  // One zero in 400,000: hardly any sample finds it. 128 blocks of 156: 3 / 128.
  std::vector<std::uint8_t> bytes(kItems, 7);
  bytes[123'456] = 0;
  const Input input = test::make_input(InputKind::Tensor, ElementType::U8, {kItems}, bytes);
  const Analysis sample = analyze(input, Sample{.items = kSampled, .seed = 1});
  EXPECT_EQ(sample.features[Feature::ZeroShare], 0);
  EXPECT_DOUBLE_EQ(sample.error(Feature::ZeroShare), 3.0 / 128);
}

TEST(Sample, OfARunThatNoBlockSawBeginStatesNoError) {
  const Input input = test::make_input(InputKind::Tensor, ElementType::U8, {kItems},
                                       std::vector<std::uint8_t>(kItems, 7));
  // The first block begins the run where it is drawn; here it is not.
  const Analysis sample = analyze(input, Sample{.items = kSampled, .seed = 3});
  EXPECT_TRUE(std::isnan(sample.error(Feature::MeanRun)));
}

TEST(Sample, OfLittleOrMostIsAllOfIt) {
  EXPECT_TRUE(plan_sample(1000, 10, 1).groups.empty());
  EXPECT_TRUE(plan_sample(100'000, 60'000, 1).groups.empty());
  EXPECT_FALSE(plan_sample(100'000, 40'000, 1).groups.empty());
}

TEST(Sample, BlocksHaveEqualChances) {
  // 1,000 blocks of 16 items, 128 drawn: each 128 of 1,000 times; five standard deviations are 53.
  std::vector<int> drawn(1000);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const SamplePlan plan = plan_sample(16'000, 2048, seed);
    ASSERT_EQ(plan.groups.size(), SamplePlan::kGroups);
    std::int64_t items = 0;
    for (const auto& group : plan.groups) {
      EXPECT_EQ(group.size(), 4u);
      for (const Range& range : group) {
        ++drawn[static_cast<std::size_t>(range.begin / 16)];
        items += range.size();
      }
    }
    ASSERT_EQ(items, plan.items);
  }
  for (const int count : drawn) EXPECT_NEAR(count, 128, 53);
}

TEST(Sample, OfTheSameSeedIsTheSame) {
  const Input input =
      test::make_input(InputKind::Tensor, ElementType::U8, {kItems}, bytes_of(Data::Independent));
  const auto mean = [&](std::uint64_t seed) {
    return analyze(input, Sample{.items = kSampled, .seed = seed}).features[Feature::Mean];
  };
  EXPECT_EQ(mean(1), mean(1));
  EXPECT_NE(mean(1), mean(2));
}

}  // namespace
}  // namespace partita::analyze
