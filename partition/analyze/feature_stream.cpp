#include "partition/analyze/feature_stream.h"

#include <utility>

namespace partita::analyze {
namespace {

template <std::size_t... I>
std::array<ChangeDetector, kFeatureCount> detectors(double run_length,
                                                    std::index_sequence<I...> /*each*/) {
  const ChangeDetector one(run_length * static_cast<double>(kFeatureCount));
  return {((void)I, one)...};
}

}  // namespace

FeatureStream::FeatureStream(double run_length)
    : detectors_(detectors(run_length, std::make_index_sequence<kFeatureCount>{})) {}

std::span<const FeatureStream::Change> FeatureStream::observe(const InputFeatures& features) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const double value = features.values()[i];
    if (!std::isfinite(value)) continue;
    statistics_[i].add(value);
    if (const auto change = detectors_[i].observe(value)) {
      // A detector counts what it has seen, which may be fewer than all inputs.
      changes_[found++] = {.feature = static_cast<Feature>(i),
                           .upwards = change->upwards,
                           .noticed = inputs_,
                           .since = inputs_ - (change->noticed - change->since),
                           .before = change->before};
    }
  }
  ++inputs_;
  return {changes_.data(), found};
}

}  // namespace partita::analyze
