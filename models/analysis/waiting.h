// What processors do with their time: work, copy, or wait, and for what.
#pragma once

#include "models/analysis/activity.h"
#include "models/analysis/lineage.h"

namespace partita {

// Of one processor; times of all its streams together. Exactly:
//   busy + copying + sum of waiting = makespan (WorkloadRun::until) x streams.
struct ProcessorTime {
  Time busy{0};     // runs layers
  Time lost{0};     // the part of it that was lost, and done again
  Time slowed{0};   // the part of it that layers would not have taken alone
  Time copying{0};  // copies by itself, which takes all its streams
  std::array<Time, kCauses.size()> waiting{};

  Time waited(Cause cause) const { return waiting[static_cast<std::size_t>(cause)]; }
  Time total() const {
    Time sum = busy + copying;
    for (const Time each : waiting) sum += each;
    return sum;
  }
};

// Model: a free stream waits for the layer that the processor starts next, and at each instant for
//   whatever that layer's last input is going through then (lineage.h), or for the processor's
//   return where it is away. After the start of the last layer, nothing is left to do; where more
//   requests come than are known, it waits for these.
// Left out: inputs that come earlier than the last one, however long they took.
IdVector<ProcessorId, ProcessorTime> waiting_of(const WorkloadRun& run, const Activity& activity,
                                                const Traffic& traffic);

// What requests spend their latency with, of those that are over: from the finish of each back to
// its arrival, what its last result was going through then. Here Cause::Input is that it is
// computed, Cause::Requests that the request waits for room. The sum is exactly their latency.
struct LatencyTime {
  std::size_t requests = 0;
  Time total{0};
  std::array<Time, kCauses.size()> parts{};
};
LatencyTime latency_of(const WorkloadRun& run, const Traffic& traffic);

}  // namespace partita
