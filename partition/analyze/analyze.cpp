#include "partition/analyze/analyze.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "partition/analyze/block_sums.h"
#include "partition/analyze/histogram.h"
#include "partition/analyze/sampling.h"

namespace partita::analyze {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Shares: 0 .. 1, whatever the input.
constexpr std::array kShares{Feature::ZeroShare, Feature::HoyerSparsity};
// Counts of elements: shares of them, scaled.
constexpr std::array kCounts{Feature::NanCount, Feature::InfinityCount};
// Of a small sample, histograms show fewer different values than there are, and the entropy is too
// small: the one bias that matters, and the jackknife takes it away.
constexpr std::array kBiased{Feature::ByteEntropy, Feature::ValueEntropy};

template <class List>
bool is_in(const List& list, std::size_t feature) {
  return std::find(list.begin(), list.end(), static_cast<Feature>(feature)) != list.end();
}

// The sums of all groups but one, for each: those before it and those behind it.
std::vector<BlockSums> without_each(const std::vector<BlockSums>& groups) {
  std::vector<BlockSums> behind(groups.size());
  for (std::size_t g = groups.size() - 1; g > 0; --g) {
    behind[g - 1] = behind[g];
    behind[g - 1].merge(groups[g]);
  }
  BlockSums before;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    behind[g].merge(before);
    before.merge(groups[g]);
  }
  return behind;
}

// See sampling.h.
struct Jackknife {
  double mean = 0, standard_error = 0;
};
Jackknife jackknife(const std::vector<InputFeatures>& without, std::size_t feature, double read) {
  const auto groups = static_cast<double>(without.size());
  double sum = 0, squares = 0;
  for (const InputFeatures& features : without) sum += features.values()[feature];
  const double mean = sum / groups;
  for (const InputFeatures& features : without) {
    const double away = features.values()[feature] - mean;
    squares += away * away;
  }
  return {mean, std::sqrt((1 - read) * (groups - 1) / groups * squares)};
}

// A mean run is 1 + (items that continue one) / (items that begin one): of either, a sample must have
// seen some.
bool can_judge(const Runs& runs, Feature feature) {
  constexpr std::int64_t kSome = 100;
  if (feature == Feature::MeanRun) {
    return std::min(runs.starts, runs.items - runs.starts) >= kSome;
  }
  if (feature == Feature::MeanZeroRun) {
    return std::min(runs.zero_starts, runs.zeros - runs.zero_starts) >= kSome;
  }
  return true;
}

// All bins of the histogram alike, in bits.
double most_entropy(const Input& input, Feature feature) {
  const bool bytes = feature == Feature::ByteEntropy || width_of(input.type) == 1;
  return std::log2(static_cast<double>(bytes ? ByteCounts::kBins : ValueCounts::kBins));
}

Analysis of_sample(const Input& input, const SamplePlan& plan) {
  const auto items = static_cast<double>(layout_of(input).items());
  std::vector<BlockSums> groups;
  std::size_t blocks = 0;
  for (const auto& ranges : plan.groups) {
    groups.push_back(sums_of(input, ranges));
    blocks += ranges.size();
  }
  BlockSums whole;
  for (const BlockSums& group : groups) whole.merge(group);
  Analysis found;
  found.features = features_of(input, whole);
  found.read_share = static_cast<double>(plan.items) / items;
  found.errors.fill(kNone);
  std::vector<InputFeatures> without;
  for (const BlockSums& sums : without_each(groups)) without.push_back(features_of(input, sums));
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const auto feature = static_cast<Feature>(i);
    if (info(feature).sampled != SampledAs::Estimate || !found.features.has(feature)) continue;
    if (!can_judge(whole.runs, feature)) continue;
    const auto [mean, standard_error] = jackknife(without, i, found.read_share);
    if (is_in(kBiased, i)) {
      const double count = static_cast<double>(without.size());
      const double corrected = count * found.features[feature] - (count - 1) * mean;
      const double plain = found.features[feature];
      found.features[feature] = std::max(plain, std::min(corrected, most_entropy(input, feature)));
      // Where the entropy is largest it has no slope, and all of the error is in what was corrected.
      found.errors[i] = std::abs(corrected - plain);
    } else {
      found.errors[i] = 0;
    }
    found.errors[i] += SamplePlan::kQuantile * standard_error;
    if (standard_error == 0) {
      const double rule_of_three = 3.0 / static_cast<double>(blocks);
      if (is_in(kShares, i)) found.errors[i] = rule_of_three;
      if (is_in(kCounts, i)) {
        found.errors[i] = rule_of_three * static_cast<double>(input.elements());
      }
    }
  }
  return found;
}

}  // namespace

Analysis analyze(const Input& input, std::optional<Sample> sample) {
  const std::int64_t items = layout_of(input).items();
  // How many different tokens there are, no sample can tell: the estimate from r of n may be off by
  // sqrt(n / r), whatever the estimator (Charikar et al., PODS 2000, theorem 1).
  if (sample && input.kind != InputKind::Tokens) {
    const SamplePlan plan = plan_sample(items, sample->items, sample->seed);
    if (!plan.groups.empty()) return of_sample(input, plan);
  }
  Analysis found;
  found.features = features_of(input, sums_of(input, {{0, items}}));
  found.errors.fill(kNone);
  return found;
}

}  // namespace partita::analyze
