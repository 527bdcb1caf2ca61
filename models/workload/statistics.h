// What a workload's record says about latency and throughput.
#pragma once

#include <string>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/timeline/workload.h"

namespace partita {

// Nearest rank: the smallest value that at least so many percent of all do not exceed.
struct Percentiles {
  Time p50{0}, p90{0}, p95{0}, p99{0}, most{0};
};
Percentiles percentiles(std::vector<Time> values);

// How often a request is done once the first ones have filled the machine.
//
// Model: the second half of all finishes; where requests were admitted as others ended, of those
//   finishes that lie before the last admission, since after it the machine runs empty. If they
//   recur exactly, each `requests` finishes after `time` again, over at least two periods more than
//   the first, that is the period (of the fewest requests). Else the mean of their distances.
struct SteadyPeriod {
  Time time{0};
  std::size_t requests = 0;  // done in that time; 0: fewer than two finishes, so there is none
  bool exact = false;

  double per_second() const {
    return requests == 0 ? 0 : static_cast<double>(requests) / seconds(time);
  }
  double seconds_each() const {
    return requests == 0 ? 0 : seconds(time) / static_cast<double>(requests);
  }
};
SteadyPeriod steady_period(const WorkloadTimeline& record);

struct WorkloadStatistics {
  Percentiles latency;    // finish - arrival
  Percentiles waiting;    // start - arrival
  double per_second = 0;  // requests done from the first arrival to the last finish
  SteadyPeriod period;
};
WorkloadStatistics statistics(const WorkloadTimeline& record);

// What a better machine should make less: where somebody always has another request at hand, the
// time from one end to the next, once the machine is filled; else the mean latency.
struct WorkloadGoal {
  std::string what;  // "period" or "mean_latency"
  Time time{0};      // rounded up; Time::max(): it is never over
};
WorkloadGoal goal_of(const WorkloadTimeline& record, const Workload& workload);

// JSON, version 1; see workload_json.cpp for the format. `arrivals`: as the user wrote it.
struct WorkloadNames {
  std::string network, machine, plan, arrivals;
  std::uint64_t seed = 0;
  std::string measurement{};  // JSON that says how a measured one came about, or ""
};
std::string to_json(const WorkloadTimeline& record, const Hardware& hardware,
                    const Workload& workload, const WorkloadNames& names);

}  // namespace partita
