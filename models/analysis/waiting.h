// What processors do with their time: work, copy, or wait, and for what.
#pragma once

#include "models/analysis/activity.h"
#include "models/analysis/lineage.h"

namespace partita {

// Of one processor; times of all its streams together. Exactly:
//   busy + copying + sum of waiting = makespan x streams.
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

// Model: a free stream waits for the next layer in the processor's order, and at each instant for
//   whatever that layer's last input is going through then (lineage.h), or for the processor's
//   return where it is away. After the start of the
//   last layer, nothing is left to do.
// Left out: inputs that come earlier than the last one, however long they took.
IdVector<ProcessorId, ProcessorTime> waiting_of(const PlanRun& run, const Activity& activity,
                                                const Traffic& traffic);

}  // namespace partita
