#include "models/workload/statistics.h"

#include <algorithm>
#include <optional>

namespace partita {
namespace {

// The fewest requests after which the distances of `finishes` recur.
std::optional<std::size_t> recurrence(const std::vector<Time>& finishes) {
  constexpr std::size_t kLongest = 4096;
  const std::size_t count = finishes.size();
  for (std::size_t k = 1; 3 * k < count && k <= kLongest; ++k) {
    const Time distance = finishes[k] - finishes[0];
    std::size_t i = 1;
    while (i + k < count && finishes[i + k] - finishes[i] == distance) ++i;
    if (i + k == count && distance > Time{0}) return k;
  }
  return std::nullopt;
}

}  // namespace

Percentiles percentiles(std::vector<Time> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto rank = [&](std::size_t percent) {
    return values[(percent * values.size() + 99) / 100 - 1];
  };
  return {rank(50), rank(90), rank(95), rank(99), values.back()};
}

SteadyPeriod steady_period(const WorkloadTimeline& record) {
  std::vector<Time> finishes;
  Time last_admission{0};
  for (const RequestSpan& span : record.requests) {
    finishes.push_back(span.finish);
    last_admission = std::max(last_admission, span.admitted);
  }
  std::sort(finishes.begin(), finishes.end());
  const auto running_empty =
      std::upper_bound(finishes.begin(), finishes.end(), last_admission) - finishes.begin();
  if (2 * static_cast<std::size_t>(running_empty) >= finishes.size()) {
    finishes.resize(static_cast<std::size_t>(running_empty));
  }
  finishes.erase(finishes.begin(),
                 finishes.begin() + static_cast<std::ptrdiff_t>(finishes.size() / 2));
  if (finishes.size() < 2) return {};
  if (const std::optional<std::size_t> k = recurrence(finishes)) {
    return {finishes[*k] - finishes[0], *k, true};
  }
  const Time whole = finishes.back() - finishes.front();
  if (whole == Time{0}) return {};
  return {whole, finishes.size() - 1, false};
}

WorkloadStatistics statistics(const WorkloadTimeline& record) {
  WorkloadStatistics made;
  std::vector<Time> latency, waiting;
  Time first = Time::max();
  for (const RequestSpan& span : record.requests) {
    latency.push_back(span.finish - span.arrival);
    waiting.push_back(span.start - span.arrival);
    first = std::min(first, span.arrival);
  }
  made.latency = percentiles(std::move(latency));
  made.waiting = percentiles(std::move(waiting));
  if (!record.requests.empty()) {
    made.per_second =
        static_cast<double>(record.requests.size()) / seconds(record.makespan - first);
  }
  made.period = steady_period(record);
  return made;
}

WorkloadGoal goal_of(const WorkloadTimeline& record, const Workload& workload) {
  const auto divided = [](Wide sum, std::size_t by) {
    const auto count = static_cast<Wide>(std::max<std::size_t>(1, by));
    return Time{static_cast<std::int64_t>((sum + count - 1) / count)};
  };
  WorkloadGoal made{workload.saturated ? "period" : "mean_latency", Time::max()};
  if (record.unfinished) return made;
  const SteadyPeriod period = steady_period(record);
  if (workload.saturated && period.requests > 0) {
    made.time = divided(period.time.count(), period.requests);
  } else if (workload.saturated) {
    made.time = divided(record.makespan.count(), record.requests.size());
  } else {
    Wide sum = 0;
    for (const RequestSpan& span : record.requests) sum += (span.finish - span.arrival).count();
    made.time = divided(sum, record.requests.size());
  }
  return made;
}

}  // namespace partita
