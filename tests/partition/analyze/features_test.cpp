// Features of inputs so small that they are computed by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "models/base/random.h"
#include "partition/analyze/analyze.h"
#include "partition/analyze/distinct_counter.h"
#include "partition/analyze/gradients.h"
#include "partition/analyze/moments.h"
#include "partition/analyze/runs.h"
#include "tests/partition/analyze/inputs.h"

namespace partita::analyze {
namespace {

using test::make_input;

Input tensor(std::vector<std::int64_t> shape, std::vector<float> values) {
  return make_input(InputKind::Tensor, ElementType::F32, std::move(shape), std::move(values));
}
Input tokens(std::vector<std::int64_t> shape, std::vector<std::int32_t> ids) {
  return make_input(InputKind::Tokens, ElementType::I32, std::move(shape), std::move(ids));
}
Input grey(std::int64_t height, std::int64_t width, std::vector<std::uint8_t> pixels) {
  return make_input(InputKind::Image, ElementType::U8, {height, width, 1}, std::move(pixels));
}

TEST(Features, HaveNamesOfTheirOwnAndSayWhereTheyComeFrom) {
  std::set<std::string_view> names;
  for (const FeatureInfo& feature : kFeatures) {
    EXPECT_TRUE(names.insert(feature.name).second) << feature.name;
    EXPECT_FALSE(feature.unit.empty() || feature.formula.empty() || feature.source.empty());
  }
  // The table is in the order of the enumeration, whose order models depend on.
  EXPECT_EQ(info(Feature::Mean).name, "mean");
  EXPECT_EQ(info(Feature::Blockiness).name, "blockiness");
  EXPECT_EQ(info(Feature::Repetition4).name, "repetition_4");
  EXPECT_EQ(static_cast<std::size_t>(Feature::Repetition4) + 1, kFeatureCount);
}

TEST(Features, OfATensor) {
  // 0 0 3 -1: mean 0.5; deviations -.5 -.5 2.5 -1.5, squares .25 .25 6.25 2.25, sum 9, / 4 = 2.25.
  const auto found = analyze(tensor({2, 2}, {0, 0, 3, -1})).features;
  EXPECT_EQ(found[Feature::Elements], 4);
  EXPECT_EQ(found[Feature::Bytes], 16);
  EXPECT_EQ(found[Feature::Mean], 0.5);
  EXPECT_EQ(found[Feature::Variance], 2.25);
  EXPECT_EQ(found[Feature::Minimum], -1);
  EXPECT_EQ(found[Feature::Maximum], 3);
  EXPECT_EQ(found[Feature::ZeroShare], 0.5);
  // Hoyer: sum |x| = 4, sum x^2 = 10: (2 - 4 / sqrt 10) / (2 - 1).
  EXPECT_NEAR(found[Feature::HoyerSparsity], 2 - 4 / std::sqrt(10.0), 1e-15);
  // Values 0 (twice), 3, -1: 0.5 x 1 + 2 x 0.25 x 2 = 1.5 bits.
  EXPECT_NEAR(found[Feature::ValueEntropy], 1.5, 1e-15);
  // Bytes: 3.0f is 00 00 40 40, -1.0f 00 00 80 bf: of 16, 12 are 0, 2 are 40, one 80, one bf.
  EXPECT_NEAR(found[Feature::ByteEntropy], -0.75 * std::log2(0.75) + 0.125 * 3 + 2 * 0.0625 * 4,
              1e-15);
  // Runs 00, 3, -1.
  EXPECT_NEAR(found[Feature::MeanRun], 4.0 / 3, 1e-15);
  EXPECT_EQ(found[Feature::LongestRun], 2);
  EXPECT_EQ(found[Feature::MeanZeroRun], 2);
  // Rows (0 0) and (3 -1): steps 0 and 4 to the right, 3 and 1 down.
  EXPECT_EQ(found[Feature::GradientX], 2);
  EXPECT_EQ(found[Feature::GradientY], 2);
  EXPECT_FALSE(found.has(Feature::Blockiness));
  EXPECT_FALSE(found.has(Feature::SequenceLength));
  EXPECT_FALSE(found.has(Feature::TokenEntropy));
}

TEST(Features, PlanesOfATensorDoNotContinueEachOther) {
  // Planes (1 2 / 3 4) and (9 9 / 9 9): down 2 2 0 0; right 1 1 0 0. Not 9 - 4, not 9 - 3.
  const auto found = analyze(tensor({2, 2, 2}, {1, 2, 3, 4, 9, 9, 9, 9})).features;
  EXPECT_EQ(found[Feature::GradientY], 1);
  EXPECT_EQ(found[Feature::GradientX], 0.5);
}

TEST(Features, WhatIsNoNumberIsCountedAndLeftOut) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const auto found = analyze(tensor({7}, {1, nan, 3, inf, -inf, 0, 0})).features;
  EXPECT_EQ(found[Feature::NanCount], 1);
  EXPECT_EQ(found[Feature::InfinityCount], 2);
  EXPECT_EQ(found[Feature::Mean], 1);        // 1 3 0 0
  EXPECT_EQ(found[Feature::Variance], 1.5);  // (0 + 4 + 1 + 1) / 4
  EXPECT_EQ(found[Feature::Minimum], 0);
  EXPECT_EQ(found[Feature::Maximum], 3);
  EXPECT_EQ(found[Feature::ZeroShare], 0.5);
  EXPECT_EQ(found[Feature::ValueEntropy], 1.5);
  EXPECT_EQ(found[Feature::GradientX], 0);  // only 0 0 are two numbers side by side
}

TEST(Features, NothingButNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto found = analyze(tensor({3}, {nan, nan, nan})).features;
  EXPECT_EQ(found[Feature::NanCount], 3);
  EXPECT_FALSE(found.has(Feature::Mean));
  EXPECT_FALSE(found.has(Feature::HoyerSparsity));
  EXPECT_FALSE(found.has(Feature::GradientX));
  EXPECT_EQ(found[Feature::LongestRun], 3);  // equal bits
}

TEST(Features, AScalar) {
  const auto found = analyze(tensor({}, {-2})).features;
  EXPECT_EQ(found[Feature::Mean], -2);
  EXPECT_EQ(found[Feature::Variance], 0);
  EXPECT_FALSE(found.has(Feature::HoyerSparsity));
}

TEST(Features, MinusZeroIsZeroButNoEqualNeighbourOfZero) {
  const auto found = analyze(tensor({4}, {0.0F, -0.0F, -0.0F, 1})).features;
  EXPECT_EQ(found[Feature::ZeroShare], 0.75);
  EXPECT_EQ(found[Feature::MeanZeroRun], 3);
  EXPECT_NEAR(found[Feature::MeanRun], 4.0 / 3, 1e-15);
  EXPECT_NEAR(found[Feature::ValueEntropy], -0.75 * std::log2(0.75) + 0.5, 1e-15);
}

TEST(Features, HalvesAreWhatTheyMean) {
  // 1.5, -2, the least subnormal 2^-24, 65504, infinity, NaN.
  const std::vector<Half> halves{{0x3e00}, {0xc000}, {0x0001}, {0x7bff}, {0x7c00}, {0x7e00}};
  EXPECT_EQ(to_float(halves[0]), 1.5F);
  EXPECT_EQ(to_float(halves[1]), -2.0F);
  EXPECT_EQ(to_float(halves[2]), 0x1p-24F);
  EXPECT_EQ(to_float(halves[3]), 65504.0F);
  EXPECT_EQ(to_float(halves[4]), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(to_float(halves[5])));
  const auto found = analyze(make_input(InputKind::Tensor, ElementType::F16, {6}, halves)).features;
  EXPECT_EQ(found[Feature::Maximum], 65504);
  EXPECT_EQ(found[Feature::Minimum], -2);
  EXPECT_EQ(found[Feature::NanCount], 1);
  EXPECT_EQ(found[Feature::InfinityCount], 1);
}

TEST(Features, AFarMeanCostsNoDigits) {
  // 1e8 + (0 1 2 3) repeated: variance 1.25; sums of squares in doubles would lose it.
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i) values.push_back(1e8 + i % 4);
  const auto found =
      analyze(make_input(InputKind::Tensor, ElementType::F64, {4000}, values)).features;
  EXPECT_NEAR(found[Feature::Variance], 1.25, 1e-9);
}

TEST(Features, PixelsAreItemsOfAllTheirChannels) {
  // Red red black black black blue: runs of 2, 3, 1; the zeros inside of red are no run.
  const auto found = analyze(make_input(InputKind::Image, ElementType::U8, {1, 6, 3},
                                        std::vector<std::uint8_t>{9, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0,
                                                                  0, 0, 0, 0, 0, 0, 5}))
                         .features;
  EXPECT_EQ(found[Feature::MeanRun], 2);
  EXPECT_EQ(found[Feature::LongestRun], 3);
  EXPECT_EQ(found[Feature::MeanZeroRun], 3);
  // Steps of one channel: red 0 9 0 0 0, green none, blue 0 0 0 0 5: 14 / 15.
  EXPECT_NEAR(found[Feature::GradientX], 14.0 / 15, 1e-15);
  EXPECT_FALSE(found.has(Feature::GradientY));
}

TEST(Features, BlocksOfAnImage) {
  // 16 x 16, left half 10, right half 30: each row steps 20 at the border of blocks, nowhere else.
  std::vector<std::uint8_t> halves(256), smooth(256), odd(256);
  for (std::size_t i = 0; i < 256; ++i) {
    halves[i] = i % 16 < 8 ? 10 : 30;
    smooth[i] = static_cast<std::uint8_t>(i % 16);
    odd[i] = i % 16 < 7 ? 10 : 30;
  }
  EXPECT_EQ(analyze(grey(16, 16, halves)).features[Feature::Blockiness], 1);
  // The same step one pixel before the border: B = 0.
  EXPECT_EQ(analyze(grey(16, 16, odd)).features[Feature::Blockiness], -1);
  // Steps of 1 in all 15 places of each row: across borders, 16 of 16 + 16 pairs (those down step 0),
  // B = 16 / 32; inside, 14 x 16 of 14 x 16 + 14 x 16, A = 1 / 2. No blocks.
  EXPECT_EQ(analyze(grey(16, 16, smooth)).features[Feature::Blockiness], 0);
  // No border, no say.
  EXPECT_FALSE(
      analyze(grey(8, 8, std::vector<std::uint8_t>(64))).features.has(Feature::Blockiness));
}

TEST(Features, OfTokens) {
  // 1 2 1 2 1 3: shares 3/6 2/6 1/6. Pairs 12 21 12 21 13: 3 of 5 differ. Fours 1212 2121 1213: all.
  const auto found = analyze(tokens({6}, {1, 2, 1, 2, 1, 3})).features;
  EXPECT_EQ(found[Feature::SequenceLength], 6);
  EXPECT_EQ(found[Feature::DistinctTokens], 3);
  EXPECT_EQ(found[Feature::TypeTokenRatio], 0.5);
  EXPECT_NEAR(found[Feature::TokenEntropy], 0.5 + std::log2(3.0) / 3 + std::log2(6.0) / 6, 1e-12);
  EXPECT_NEAR(found[Feature::Repetition2], 0.4, 1e-12);
  EXPECT_EQ(found[Feature::Repetition4], 0);
  EXPECT_FALSE(found.has(Feature::Mean));
  EXPECT_FALSE(found.has(Feature::ByteEntropy));
}

TEST(Features, SequencesOfABatchAreApart) {
  // 1 2 and 3 1: pairs 12, 31. As one sequence, 23 would be a third.
  const auto found = analyze(tokens({3, 2}, {1, 2, 1, 2, 3, 1})).features;
  EXPECT_EQ(found[Feature::SequenceLength], 2);
  EXPECT_NEAR(found[Feature::Repetition2], 1.0 / 3, 1e-12);  // 12 12 31
  EXPECT_EQ(found[Feature::Repetition4], 0);
}

TEST(Features, FoursOfTokensAreFound) {
  // 1 2 3 4 1 2 3 4: fours 1234 2341 3412 4123 1234: 4 of 5 differ.
  const auto found = analyze(tokens({8}, {1, 2, 3, 4, 1, 2, 3, 4})).features;
  EXPECT_NEAR(found[Feature::Repetition4], 0.2, 1e-12);
  // The same in a longer text, where chunks of the counter meet: period 4, so four different ones.
  std::vector<std::int32_t> text(5000);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::int32_t>(i % 4);
  const auto periodic = analyze(tokens({5000}, text)).features;
  EXPECT_NEAR(periodic[Feature::Repetition2], 1 - 4.0 / 4999, 1e-12);
  EXPECT_NEAR(periodic[Feature::Repetition4], 1 - 4.0 / 4997, 1e-12);
}

// Of any number of tokens: hashes are made of chunks of 512, several at once.
TEST(Features, TokensAreCountedToTheLast) {
  Random random(7);
  for (const std::size_t count : {1u,  2u,   3u,   4u,   5u,   7u,   8u,    9u,    11u,   12u,  13u,
                                  17u, 511u, 512u, 513u, 515u, 516u, 1023u, 1024u, 1025u, 1030u}) {
    std::vector<std::int32_t> ids(count);
    for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random.below(6)) * 2'003;
    std::set<std::vector<std::int32_t>> ones, pairs, fours;
    for (std::size_t i = 0; i < count; ++i) {
      const auto from = ids.begin() + static_cast<std::ptrdiff_t>(i);
      ones.insert({from, from + 1});
      if (i + 2 <= count) pairs.insert({from, from + 2});
      if (i + 4 <= count) fours.insert({from, from + 4});
    }
    const auto repetition = [count](std::size_t distinct, std::size_t length) {
      return count < length
                 ? 0
                 : 1 - static_cast<double>(distinct) / static_cast<double>(count - length + 1);
    };
    const auto found = analyze(tokens({static_cast<std::int64_t>(count)}, ids)).features;
    EXPECT_EQ(found[Feature::DistinctTokens], static_cast<double>(ones.size())) << count;
    EXPECT_EQ(found[Feature::Repetition2], repetition(pairs.size(), 2)) << count;
    EXPECT_EQ(found[Feature::Repetition4], repetition(fours.size(), 4)) << count;
  }
}

// However many come at once: eight are sketched together.
TEST(DistinctCounter, CountsTheSameInPieces) {
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t key = 0; key < 40'000; ++key) hashes.push_back(DistinctCounter::hash(key));
  DistinctCounter whole;
  whole.add(hashes);
  for (const std::size_t piece : {1u, 7u, 8u, 9u, 100u}) {
    DistinctCounter counter;
    for (std::size_t i = 0; i < hashes.size(); i += piece) {
      counter.add({hashes.data() + i, std::min(piece, hashes.size() - i)});
    }
    EXPECT_EQ(counter.count(), whole.count()) << piece;
  }
}

TEST(DistinctCounter, IsExactAndThenCloseEnough) {
  DistinctCounter counter;
  std::uint64_t key = 0;
  const auto add_until = [&](std::uint64_t count) {
    std::vector<std::uint64_t> hashes;
    for (; key < count; ++key) hashes.push_back(DistinctCounter::hash(key));
    counter.add(hashes);
    counter.add(hashes);  // twice is once
    return counter.count();
  };
  EXPECT_EQ(add_until(100), 100);
  EXPECT_EQ(add_until(DistinctCounter::kExact), DistinctCounter::kExact);
  // Three standard errors of 0.8 %.
  for (const double count : {10'000.0, 30'000.0, 60'000.0, 300'000.0, 2'000'000.0}) {
    EXPECT_NEAR(add_until(static_cast<std::uint64_t>(count)) / count, 1, 0.025) << count;
  }
}

// The plain way, for any item.
Runs runs_by_hand(const std::vector<std::uint8_t>& bytes, std::size_t size) {
  Runs runs;
  std::int64_t current = 0;
  bool zero_before = false;
  for (std::size_t i = 0; i < bytes.size(); i += size) {
    bool same = i > 0, zero = true;
    for (std::size_t k = 0; k < size; ++k) {
      same = same && bytes[i + k] == bytes[i - size + k];
      zero = zero && bytes[i + k] == 0;
    }
    current = same ? current + 1 : 1;
    ++runs.items;
    runs.starts += same ? 0 : 1;
    runs.zeros += zero ? 1 : 0;
    runs.zero_starts += zero && !zero_before ? 1 : 0;
    runs.longest = std::max(runs.longest, current);
    zero_before = zero;
  }
  return runs;
}

TEST(Runs, OfItemsOfAnySizeAndAnyRangesAreThoseOfThePlainWay) {
  Random random(7);
  for (int round = 0; round < 400; ++round) {
    const std::size_t size = 1 + random.below(10), items = 1 + random.below(400);
    const std::size_t usual = 1 + random.below(150);  // runs about so long
    std::vector<std::uint8_t> bytes(items * size);
    std::uint8_t value = 0;
    for (std::size_t i = 0; i < items; ++i) {
      if (random.one_in(usual)) value = static_cast<std::uint8_t>(random.below(3));
      for (std::size_t k = 0; k < size; ++k) bytes[i * size + k] = value;
      // Sometimes only the last byte of an item says that it is another.
      if (random.one_in(usual)) bytes[i * size + size - 1] ^= 1;
    }
    const Runs expected = runs_by_hand(bytes, size);
    RunCounter counter(1, size, false);
    for (std::size_t begin = 0; begin < items;) {
      const std::size_t end = std::min(items, begin + 1 + random.below(200));
      counter.add(std::as_bytes(std::span(bytes)),
                  {static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)});
      begin = end;
    }
    const Runs& found = counter.runs();
    ASSERT_EQ(found.items, expected.items) << round;
    ASSERT_EQ(found.starts, expected.starts) << round;
    ASSERT_EQ(found.zeros, expected.zeros) << round;
    ASSERT_EQ(found.zero_starts, expected.zero_starts) << round;
    ASSERT_EQ(found.longest, expected.longest) << round << ": items of " << size;
  }
}

TEST(Moments, OfPartsAreThoseOfTheWhole) {
  Random random(3);
  std::vector<double> values(5000);
  for (double& value : values) value = static_cast<double>(random.below(1000)) - 300;
  const Moments whole = moments_of(std::span<const double>(values));
  Moments parts;
  for (std::size_t i = 0; i < values.size(); i += 77) {
    parts.merge(moments_of(
        std::span<const double>(values).subspan(i, std::min<std::size_t>(77, values.size() - i))));
  }
  EXPECT_EQ(parts.finite, whole.finite);
  EXPECT_EQ(parts.zeros, whole.zeros);
  EXPECT_NEAR(parts.mean, whole.mean, 1e-10);
  EXPECT_NEAR(parts.squares / whole.squares, 1, 1e-12);
  EXPECT_EQ(parts.least, whole.least);
  EXPECT_EQ(parts.most, whole.most);
}

}  // namespace
}  // namespace partita::analyze
