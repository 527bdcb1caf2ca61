// What a run takes of power: over time, and as energy, of each part of the machine.
#pragma once

#include "models/analysis/activity.h"
#include "models/analysis/traffic.h"

namespace partita {

struct Consumed {
  Series power;     // mW, until the makespan
  Wide energy = 0;  // fJ, which is mW x ps
};

// Until what is known of the run ends, here called its makespan.
//
// Model: a processor takes `active` while it runs a layer or copies, and `idle` otherwise; but once
//   an idle stretch has lasted `sleep->after`, the power of its sleep until the next work or the
//   makespan. The first stretch begins at 0. Whoever is away (load) is idle for this run.
//   Memories, links and switches take `idle` always, memories and links the energy of each byte as
//   well: bytes over a link, both ways, after compression; bytes that layers and copies read from
//   or write to a memory, or read across links in place; of a memory's parts too (once where a copy stays within it). What work had moved
//   before it was lost counts.
//   energy of bytes = bytes x energy of a byte: whole femtojoules
//   power of bytes  = rate x energy of a byte, rounded down to a whole milliwatt
//   So the integral of a power is its energy, but for what is rounded away: less than 1 mW in each
//   part, 1 B/s in the rate of each flow, and 1 / kWholeUse of what a link packs.
// Left out: engines; what others do on the machine; what lost work had moved where rates are
//   averages.
struct Consumption {
  IdVector<ProcessorId, Consumed> processors;
  IdVector<MemoryId, Consumed> memories;
  IdVector<LinkId, Consumed> links;
  IdVector<SwitchId, Consumed> switches;
  Consumed total;
};

Consumption consumption_of(const WorkloadRun& run, const Activity& activity,
                           const Traffic& traffic);

// Rounded down.
Energy energy(const Consumed& consumed);
template <class Id>
Energy energy(const IdVector<Id, Consumed>& parts) {
  Consumed sum;
  for (const Consumed& each : parts) sum.energy += each.energy;
  return energy(sum);
}
// Over the makespan, rounded down; 0 where that is 0.
Power average_power(const Consumed& consumed, Time makespan);

}  // namespace partita
