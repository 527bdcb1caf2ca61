#include "exec/exam/time_shares.h"

#include <algorithm>

#include "models/analysis/critical_path.h"

namespace partita::exec {

TimeShares& TimeShares::operator+=(const TimeShares& other) {
  compute += other.compute;
  copies += other.copies;
  overhead += other.overhead;
  waiting += other.waiting;
  return *this;
}

TimeShares operator-(const TimeShares& a, const TimeShares& b) {
  return {a.compute - b.compute, a.copies - b.copies, a.overhead - b.overhead,
          a.waiting - b.waiting};
}

namespace {

bool is_by_engine(const PlanRun& run, const PathStep& step) {
  return step.leg && run.timeline.legs[*step.leg].engine;
}

}  // namespace

TimeShares shares_of(const PlanRun& run) {
  const bool measured = run.timeline.origin == Origin::Measured;
  TimeShares shares;
  const std::vector<PathStep> path = critical_path(run);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const PathStep& step = path[i];
    const double length = seconds(step.until - step.from);
    if (step.layer && !measured) {
      const auto& cost = run.costs(*step.layer, run.span(*step.layer).processor);
      const Time launch = cost ? cost->launch_overhead(run.processor(*step.layer)) : Time{0};
      const double overhead = std::min(seconds(launch), length);
      shares.overhead += overhead;
      shares.compute += length - overhead;
    } else if (step.layer) {
      shares.compute += length;
    } else if (step.leg || (i + 1 < path.size() && is_by_engine(run, path[i + 1]))) {
      shares.copies += length;
    } else {
      const bool before_layer = i + 1 < path.size() && path[i + 1].layer;
      const double most =
          before_layer ? seconds(run.processor(*path[i + 1].layer).launch_overhead) : 0;
      shares.overhead += std::min(most, length);
      shares.waiting += length - std::min(most, length);
    }
  }
  return shares;
}

}  // namespace partita::exec
