// The features of inputs that come one after another.
#pragma once

#include <array>
#include <span>

#include "partition/analyze/change_detector.h"
#include "partition/analyze/features.h"
#include "partition/analyze/stream_statistics.h"

namespace partita::analyze {

// One detector and running statistics for each feature. Every detector's run length is kFeatureCount
// times the one asked for, so that false alarms of all of them together come no more often than asked
// (Bonferroni). Inputs to which a feature does not apply are not seen by its detector.
class FeatureStream {
 public:
  struct Change {
    Feature feature = Feature::FileBytes;
    bool upwards = true;
    std::int64_t noticed = 0, since = 0;  // inputs, from 0
    double before = 0;                    // the feature's mean before
  };

  // `run_length`: inputs between false alarms, on average; see ChangeDetector.
  explicit FeatureStream(double run_length);

  // The changes that this input makes evident, in the order of features; valid until the next call.
  std::span<const Change> observe(const InputFeatures& features);

  const RunningStatistics& statistics(Feature feature) const {
    return statistics_[static_cast<std::size_t>(feature)];
  }

 private:
  std::array<ChangeDetector, kFeatureCount> detectors_;
  std::array<RunningStatistics, kFeatureCount> statistics_;
  std::array<Change, kFeatureCount> changes_;
  std::int64_t inputs_ = 0;
};

}  // namespace partita::analyze
