// What a better part of the machine would save, each tried.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/analysis/critical_path.h"

namespace partita {

// One change of a machine.
struct Change {
  std::string what;          // "2 x bandwidth of link pcie0"
  std::vector<Part> parts;   // each twice as good
  bool adds_engine = false;  // instead: a DMA engine beside each processor of `parts`
};

// A change, and what the same plan takes on the changed machine.
struct WhatIf {
  Change change;
  Time makespan{0};
};

// The makespan of the plan on a machine with the same processors, memories and links. Models have
// two: the plain evaluator and the simulator.
using Trial = std::function<Time(const Hardware&, const CostTable&)>;

// Changes of what the critical path spends time with: of the `most` largest parts, and of all
// links, or all equal processors, of one kind together where several are on it. Also a DMA engine
// for each processor that copied by itself.
std::vector<Change> changes_for(const PlanRun& run, const std::vector<PartTime>& parts,
                                std::size_t most);

// Model: rates double; overheads, set-ups and latencies halve, and so does what the neighbours in a
//   package cost. Layer times that were estimated follow the roofline; measured and given ones
//   halve with their processor and ignore the memory.
struct ChangedMachine {
  Hardware hardware;
  CostTable costs;
};
ChangedMachine changed(const PlanRun& run, const Change& change);

// Those that shorten the run, the best first, at most `most`; ties in the order of changes. One
// that saves no more than another which it includes is left out.
std::vector<WhatIf> try_changes(const PlanRun& run, const std::vector<Change>& changes,
                                const Trial& trial, std::size_t most);

}  // namespace partita
