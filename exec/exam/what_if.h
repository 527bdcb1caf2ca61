// Changes of a real machine that can really be made: predicted without new measurements, then made
// and measured.
#pragma once

#include <string>
#include <vector>

#include "exec/replay/replay.h"
#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"

namespace partita::exec {

struct WhatIf {
  std::string name;         // "links_slower"
  std::string change;       // for people: "copies at a quarter of their bandwidth"
  HardwareParts predicted;  // the calibrated machine, changed
  // How to make it true: what executes each processor, and what it waits for (ReplayerOptions).
  HardwareParts real;
  IdVector<ProcessorId, Handicap> handicaps;
};

// Of a machine of CPU workers: each processor as strong as each of the others; the weakest one
// weaker than any that was profiled; copies at a sixteenth of the bandwidth; each processor half as
// fast. Of one with GPUs that are parts of a GPU: the largest with half of its multiprocessors. Those
// that this machine allows.
// Left out: a core that somebody else computes on, too. The kernel gives time in slices of
// milliseconds there, which is no slowdown but a wait, of who comes just too late.
std::vector<WhatIf> what_ifs(const Hardware& before, const Hardware& calibrated);

// What layers cost on the changed machine, from `costs` of the machine before.
//
// Model: a processor with the instruction-set cap, or multiprocessors, of another one takes that
//   one's times. Of one that nobody profiled: time = a + b / rate (Amdahl, AFIPS 1967), layer by
//   layer, through the two known processors of its kind whose rates are nearest; where one is known
//   only, all of the time scales. Rates are the measured peaks; that of a cap nobody profiled follows
//   from the nearest known one by lanes and fused operations, or multiprocessors.
CostTable what_if_costs(const Network& network, const Hardware& before, const CostTable& costs,
                        const WhatIf& what_if);

}  // namespace partita::exec
