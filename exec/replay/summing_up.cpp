#include "exec/replay/summing_up.h"

#include <fmt/format.h>

#include <algorithm>

namespace partita::exec {
namespace {

// A median that is known no better than by this part of itself is no measurement.
constexpr double kMostHalfWidth = 0.1;

// Whether there are enough clean runs and they agree; if not, a warning says so.
bool trustworthy(Repeated& result, const RepeatOptions& options, const std::string& disturbance) {
  const std::size_t all = result.clean + result.discarded;
  const bool wanted = result.clean >= static_cast<std::size_t>(options.repetitions);
  // What is left of many must tell how well it does: three that happen to agree do not.
  if (!wanted && (!result.interval || result.clean * 2 < all)) {
    result.warnings.push_back(
        fmt::format("only {} of {} runs were undisturbed{}", result.clean, all,
                    disturbance.empty() ? "" : " (for example " + disturbance + ")"));
    return false;
  }
  if (!result.interval) {
    result.warnings.push_back(
        fmt::format("of {} runs it is not known how near their median is to the true one (of 6 or "
                    "more it is, at a confidence of 95 %)",
                    result.clean));
    return true;
  }
  const double half_width = result.interval->half_width(result.median);
  const std::string known = fmt::format("the median is known to +-{:.1f} %", 100 * half_width);
  if (half_width > kMostHalfWidth) {
    result.warnings.push_back(known + " only, though nobody disturbed these runs");
    return false;
  }
  if (options.half_width > 0 && half_width > options.half_width) {
    result.warnings.push_back(
        fmt::format("{}, not +-{:.1f} %: the time was over", known, 100 * options.half_width));
  }
  return true;
}

Time lower_median(std::vector<Time> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

// Leaves those that count: the clean ones, or all where none is.
template <class Run>
Repeated repeated(std::vector<Run>& runs, const RepeatOptions& options) {
  Repeated result;
  std::string disturbance;
  for (const Run& run : runs) {
    ++(run.clean ? result.clean : result.discarded);
    if (run.cause == Disturbance::LostTime) ++result.lost_time;
    if (run.cause == Disturbance::ClockChange) ++result.clock_changes;
    if (disturbance.empty()) disturbance = run.disturbance;
  }
  if (result.clean > 0) std::erase_if(runs, [](const Run& run) { return !run.clean; });
  for (const Run& run : runs) {
    result.clock_error = std::max(result.clock_error, run.clock_error);
    result.makespans.push_back(makespan(run));
  }
  result.median = lower_median(result.makespans);
  if (result.clean > 0) result.interval = median_interval(result.makespans);
  result.trustworthy = trustworthy(result, options, disturbance);
  return result;
}

template <class Run>
Run& run_that_took(std::vector<Run>& runs, Time time) {
  return *std::find_if(runs.begin(), runs.end(),
                       [time](const Run& run) { return makespan(run) == time; });
}

}  // namespace

bool is_narrow(std::vector<Time> clean_makespans, double half_width) {
  const auto interval = median_interval(clean_makespans);
  return interval && interval->half_width(lower_median(clean_makespans)) <= half_width;
}

ReplayResult summed_up(std::vector<RunResult> runs, const RepeatOptions& options) {
  ReplayResult result{repeated(runs, options), {}, {}};
  result.layers.resize(runs.front().timeline.layers.size());
  for (const RunResult& run : runs) {
    for (const LayerId layer : ids<LayerId>(result.layers.size())) {
      const LayerSpan& span = run.timeline.layers[layer];
      result.layers[layer].push_back(span.finish - span.start);
    }
  }
  result.timeline = std::move(run_that_took(runs, result.median).timeline);
  return result;
}

WorkloadResult summed_up(std::vector<StreamResult> runs, const RepeatOptions& options) {
  WorkloadResult result{repeated(runs, options), {}};
  result.stream = std::move(run_that_took(runs, result.median));
  return result;
}

}  // namespace partita::exec
