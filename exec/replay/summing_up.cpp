#include "exec/replay/summing_up.h"

#include <fmt/format.h>

#include <algorithm>

namespace partita::exec {
namespace {

// A median that is known no better than by this part of itself is no measurement.
constexpr double kMostHalfWidth = 0.1;

std::vector<Time> makespans(const std::vector<RunResult>& runs, bool only_clean) {
  std::vector<Time> all;
  for (const RunResult& run : runs) {
    if (run.clean || !only_clean) all.push_back(run.timeline.makespan);
  }
  return all;
}

const RunResult& first_disturbed(const std::vector<RunResult>& runs) {
  return *std::find_if(runs.begin(), runs.end(), [](const RunResult& run) { return !run.clean; });
}

// Whether there are enough clean runs and they agree; if not, a warning says so.
bool trustworthy(ReplayResult& result, const RepeatOptions& options,
                 const std::string& disturbance) {
  const std::size_t all = result.clean + result.discarded;
  const bool wanted = result.clean >= static_cast<std::size_t>(options.repetitions);
  if (!wanted && (result.clean < 3 || result.clean * 2 < all)) {
    result.warnings.push_back(
        fmt::format("only {} of {} runs were undisturbed{}", result.clean, all,
                    disturbance.empty() ? "" : " (for example " + disturbance + ")"));
    return false;
  }
  if (!result.interval) return true;
  const double half_width = result.interval->half_width(result.timeline.makespan);
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

}  // namespace

bool is_narrow(const std::vector<RunResult>& runs, double half_width) {
  std::vector<Time> clean = makespans(runs, true);
  const auto interval = median_interval(clean);
  if (!interval) return false;
  std::nth_element(clean.begin(), clean.begin() + (clean.size() - 1) / 2, clean.end());
  return interval->half_width(clean[(clean.size() - 1) / 2]) <= half_width;
}

ReplayResult summed_up(std::vector<RunResult> runs, const RepeatOptions& options) {
  ReplayResult result;
  for (const RunResult& run : runs) {
    ++(run.clean ? result.clean : result.discarded);
    if (run.cause == Disturbance::LostTime) ++result.lost_time;
    if (run.cause == Disturbance::ClockChange) ++result.clock_changes;
  }
  const std::string disturbance = result.discarded > 0 ? first_disturbed(runs).disturbance : "";
  if (result.clean > 0) std::erase_if(runs, [](const RunResult& run) { return !run.clean; });
  result.makespans = makespans(runs, false);
  result.interval = median_interval(result.makespans);
  result.layers.resize(runs.front().timeline.layers.size());
  for (const RunResult& run : runs) {
    result.clock_error = std::max(result.clock_error, run.clock_error);
    for (const LayerId layer : ids<LayerId>(result.layers.size())) {
      const LayerSpan& span = run.timeline.layers[layer];
      result.layers[layer].push_back(span.finish - span.start);
    }
  }
  std::sort(runs.begin(), runs.end(), [](const RunResult& a, const RunResult& b) {
    return a.timeline.makespan < b.timeline.makespan;
  });
  result.timeline = runs[(runs.size() - 1) / 2].timeline;
  result.trustworthy = trustworthy(result, options, disturbance);
  return result;
}

}  // namespace partita::exec
