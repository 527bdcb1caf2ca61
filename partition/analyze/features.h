// What the analyzer says of an input: numbers that have names, units, formulas and sources.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace partita::analyze {

// The order never changes and new features go to the end: models are trained on it.
enum class Feature {
  FileBytes,
  Bytes,
  Elements,
  Height,
  Width,
  Channels,
  SequenceLength,
  Duration,
  Mean,
  Variance,
  Minimum,
  Maximum,
  ZeroShare,
  HoyerSparsity,
  NanCount,
  InfinityCount,
  ByteEntropy,
  ValueEntropy,
  MeanRun,
  LongestRun,
  MeanZeroRun,
  GradientX,
  GradientY,
  Blockiness,
  DistinctTokens,
  TypeTokenRatio,
  TokenEntropy,
  Repetition2,
  Repetition4,
};
inline constexpr std::size_t kFeatureCount = 29;
// A model that was trained on another set of features is refused by this number.
inline constexpr int kFeatureSet = 1;

// What a sample of the input can say of a feature.
enum class SampledAs {
  Known,     // not sampled: follows from the shape, or all of the input is read for it
  Estimate,  // with an error (sampling.h)
  AtMost,    // the true value is at most the sample's
  AtLeast,
};

struct FeatureInfo {
  std::string_view name;  // the unit stands in it
  std::string_view unit;  // "1": a pure number
  std::string_view formula;
  std::string_view source;
  SampledAs sampled;
};

// Symbols: x_i the finite elements, n how many they are; an item is a pixel (all its channels), a
//   frame of sound, a token, or an element of a tensor; p the shares of a histogram.
// NaN and infinities are counted, and left out of everything else but bytes and runs.
inline constexpr std::array<FeatureInfo, kFeatureCount> kFeatures{{
    {"file_bytes", "B", "size of the file", "-", SampledAs::Known},
    {"bytes", "B", "elements x width of one", "-", SampledAs::Known},
    {"elements", "1", "product of the extents", "-", SampledAs::Known},
    {"height", "pixel", "rows of the image", "-", SampledAs::Known},
    {"width", "pixel", "columns of the image", "-", SampledAs::Known},
    {"channels", "1", "of the image or the sound", "-", SampledAs::Known},
    {"sequence_length", "item", "tokens of a sequence, or frames of sound", "-", SampledAs::Known},
    {"duration_s", "s", "frames / sample rate", "-", SampledAs::Known},
    {"mean", "value", "sum x_i / n",
     "blocks merged as in Chan, Golub, LeVeque, The American Statistician 37 (1983), eq. 2.1",
     SampledAs::Estimate},
    {"variance", "value^2", "sum (x_i - mean)^2 / n, of the population",
     "Chan, Golub, LeVeque (1983), eq. 2.1", SampledAs::Estimate},
    {"minimum", "value", "least x_i", "-", SampledAs::AtMost},
    {"maximum", "value", "largest x_i", "-", SampledAs::AtLeast},
    {"zero_share", "1", "share of x_i = 0 (sparsity)",
     "l0 measure: Hurley, Rickard, IEEE Trans. Information Theory 55 (2009), table I",
     SampledAs::Estimate},
    {"hoyer_sparsity", "1",
     "(sqrt n - sum |x_i| / sqrt(sum x_i^2)) / (sqrt n - 1): 0 all alike, 1 a single non-zero",
     "Hoyer, J. Machine Learning Research 5 (2004), section 3.1", SampledAs::Estimate},
    {"nan_count", "1", "elements that are no number", "-", SampledAs::Estimate},
    {"infinity_count", "1", "elements that are infinite", "-", SampledAs::Estimate},
    {"byte_entropy_bits", "bit", "- sum p log2 p over the 256 values of a byte in memory",
     "Shannon, Bell System Technical Journal 27 (1948), section 6", SampledAs::Estimate},
    {"value_entropy_bits", "bit",
     "- sum p log2 p over values; of types wider than 8 bits, over sign, exponent and the first 3 "
     "bits behind the point of the value as float32",
     "Shannon (1948), section 6", SampledAs::Estimate},
    {"mean_run", "item", "items / runs of neighbours (row-major) with equal bits",
     "run lengths: Golomb, IEEE Trans. Information Theory 12 (1966)", SampledAs::Estimate},
    {"longest_run", "item", "items of the longest such run", "-", SampledAs::AtLeast},
    {"mean_zero_run", "item", "items that are 0 in all channels / runs of them; 0 without any",
     "Golomb (1966)", SampledAs::Estimate},
    {"gradient_x", "value", "mean |x - its left neighbour| (in sound: the frame before)",
     "anisotropic total variation: Rudin, Osher, Fatemi, Physica D 60 (1992)", SampledAs::Estimate},
    {"gradient_y", "value", "mean |x - its upper neighbour|", "Rudin, Osher, Fatemi (1992)",
     SampledAs::Estimate},
    {"blockiness", "1",
     "(B - A) / (B + A): B mean step across borders of 8 x 8 blocks, A inside them; 0 no blocks",
     "B and A: Wang, Sheikh, Bovik, Proc. ICIP (2002), eq. 2 and 3 (horizontal and vertical "
     "steps pooled here)",
     SampledAs::Estimate},
    {"distinct_tokens", "1", "tokens that differ", "-", SampledAs::Known},
    {"type_token_ratio", "1", "distinct tokens / tokens",
     "Templin, Certain Language Skills in Children (1957)", SampledAs::Known},
    {"token_entropy_bits", "bit", "- sum p log2 p over token ids", "Shannon (1948), section 6",
     SampledAs::Known},
    {"repetition_2", "1",
     "1 - distinct / all pairs of neighbours (exact to 8192 distinct ones, then within 0.8 %)",
     "seq-rep-n: Welleck et al., ICLR (2020), section 6; counted as distinct_counter.h says",
     SampledAs::Known},
    {"repetition_4", "1", "the same of 4 tokens in a row", "Welleck et al. (2020), section 6",
     SampledAs::Known},
}};

// One number for each feature; NaN where it does not apply (the height of sound).
class InputFeatures {
 public:
  InputFeatures() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }

  double operator[](Feature feature) const { return values_[static_cast<std::size_t>(feature)]; }
  double& operator[](Feature feature) { return values_[static_cast<std::size_t>(feature)]; }
  bool has(Feature feature) const { return !std::isnan((*this)[feature]); }
  const std::array<double, kFeatureCount>& values() const { return values_; }

 private:
  std::array<double, kFeatureCount> values_;
};

constexpr const FeatureInfo& info(Feature feature) {
  return kFeatures[static_cast<std::size_t>(feature)];
}

}  // namespace partita::analyze
