#include "partition/analyze/block_sums.h"

#include <algorithm>
#include <cmath>

#include "partition/analyze/histogram.h"
#include "partition/analyze/token_statistics.h"

namespace partita::analyze {
namespace {

// A block stays in the first cache (32 KiB) beside the histograms' tables.
constexpr std::size_t kBlockBytes = 8192;

template <class T>
BlockSums sums(std::span<const T> all, const Input& input, const std::vector<Range>& ranges) {
  const Layout layout = layout_of(input);
  const bool image = input.kind == InputKind::Image;
  const std::size_t item_bytes = sizeof(T) * static_cast<std::size_t>(layout.step);
  const auto block = static_cast<std::int64_t>(std::max<std::size_t>(1, kBlockBytes / item_bytes));
  BlockSums found;
  RunCounter runs(sizeof(T), static_cast<std::size_t>(layout.step), kIsFloat<T>);
  ByteCounts bytes;
  ValueCounts values;
  for (const Range& range : ranges) {
    for (std::int64_t begin = range.begin; begin < range.end; begin += block) {
      const Range items{begin, std::min(range.end, begin + block)};
      runs.add(input.data, items);
      if (input.kind == InputKind::Tokens) continue;
      const Range elements{items.begin * layout.step, items.end * layout.step};
      const auto part = all.subspan(static_cast<std::size_t>(elements.begin),
                                    static_cast<std::size_t>(elements.size()));
      found.moments.merge(moments_of(part));
      found.gradients.merge(gradients_of(all, layout, elements, image));
      bytes.add(std::as_bytes(part));
      if constexpr (sizeof(T) > 1) values.add(part);
    }
  }
  found.runs = runs.runs();
  const auto counts = bytes.counts();
  found.bytes.assign(counts.begin(), counts.end());
  if constexpr (sizeof(T) > 1) found.values = values.counts();
  return found;
}

void add_counts(std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& counts) {
  sums.resize(std::max(sums.size(), counts.size()));
  for (std::size_t i = 0; i < counts.size(); ++i) sums[i] += counts[i];
}

double hoyer(const Moments& moments, double elements) {
  const auto n = static_cast<double>(moments.finite);
  const double root_mean_square = std::sqrt(moments.squares / n + moments.mean * moments.mean);
  // Nothing but zeros is as sparse as can be; of one element, nothing can be said.
  if (elements <= 1) return std::numeric_limits<double>::quiet_NaN();
  if (root_mean_square == 0) return 1;
  // sum |x| / sqrt(sum x^2) = sqrt(n) x this ratio of means, which a sample can give.
  const double ratio = moments.magnitudes / n / root_mean_square, root = std::sqrt(elements);
  return std::clamp(root * (1 - ratio) / (root - 1), 0.0, 1.0);
}

void shape_features(const Input& input, InputFeatures& features) {
  features[Feature::FileBytes] = static_cast<double>(input.stored.value);
  features[Feature::Bytes] = static_cast<double>(input.data.size());
  features[Feature::Elements] = static_cast<double>(input.elements());
  const auto extent = [&](std::size_t axis) { return static_cast<double>(input.shape[axis]); };
  switch (input.kind) {
    case InputKind::Image:
      features[Feature::Height] = extent(0);
      features[Feature::Width] = extent(1);
      features[Feature::Channels] = extent(2);
      break;
    case InputKind::Audio:
      features[Feature::SequenceLength] = extent(0);
      features[Feature::Channels] = extent(1);
      features[Feature::Duration] = extent(0) / input.sample_rate;
      break;
    case InputKind::Tokens:
      features[Feature::SequenceLength] = static_cast<double>(input.shape.back());
      break;
    case InputKind::Tensor: break;
  }
}

void token_features(const Input& input, InputFeatures& features) {
  const std::span<const std::int32_t> ids{reinterpret_cast<const std::int32_t*>(input.data.data()),
                                          input.data.size() / sizeof(std::int32_t)};
  const TokenStatistics tokens = token_statistics(ids, input.shape.back());
  features[Feature::DistinctTokens] = static_cast<double>(tokens.distinct);
  features[Feature::TypeTokenRatio] =
      static_cast<double>(tokens.distinct) / static_cast<double>(tokens.tokens);
  features[Feature::TokenEntropy] = tokens.entropy_bits;
  features[Feature::Repetition2] = tokens.repetition2;
  features[Feature::Repetition4] = tokens.repetition4;
}

void value_features(const Input& input, const BlockSums& sums, InputFeatures& features) {
  const Moments& moments = sums.moments;
  const auto all = static_cast<double>(input.elements());
  const auto finite = static_cast<double>(moments.finite);
  const double scale = all / static_cast<double>(moments.elements);
  features[Feature::NanCount] = static_cast<double>(moments.nans) * scale;
  features[Feature::InfinityCount] =
      static_cast<double>(moments.elements - moments.finite - moments.nans) * scale;
  features[Feature::ByteEntropy] = entropy_bits(sums.bytes);
  if (moments.finite > 0) {
    features[Feature::Mean] = moments.mean;
    features[Feature::Variance] = moments.squares / finite;
    features[Feature::Minimum] = moments.least;
    features[Feature::Maximum] = moments.most;
    features[Feature::ZeroShare] = static_cast<double>(moments.zeros) / finite;
    features[Feature::HoyerSparsity] = hoyer(moments, all * finite / moments.elements);
    features[Feature::ValueEntropy] = entropy_bits(sums.values.empty() ? sums.bytes : sums.values);
  }
  const Gradients& gradients = sums.gradients;
  if (gradients.x.pairs > 0) features[Feature::GradientX] = gradients.x.mean();
  if (gradients.y.pairs > 0) features[Feature::GradientY] = gradients.y.mean();
  if (input.kind == InputKind::Image) features[Feature::Blockiness] = gradients.blockiness();
}

}  // namespace

void BlockSums::merge(const BlockSums& other) {
  moments.merge(other.moments);
  runs.merge(other.runs);
  gradients.merge(other.gradients);
  add_counts(bytes, other.bytes);
  add_counts(values, other.values);
}

BlockSums sums_of(const Input& input, const std::vector<Range>& ranges) {
  BlockSums found;
  with_elements(input, [&](auto all) { found = sums(all, input, ranges); });
  return found;
}

InputFeatures features_of(const Input& input, const BlockSums& sums) {
  InputFeatures features;
  shape_features(input, features);
  features[Feature::MeanRun] = sums.runs.mean();
  features[Feature::LongestRun] = static_cast<double>(sums.runs.longest);
  if (input.kind == InputKind::Tokens) {
    token_features(input, features);
  } else {
    features[Feature::MeanZeroRun] = sums.runs.zero_mean();
    value_features(input, sums, features);
  }
  return features;
}

}  // namespace partita::analyze
