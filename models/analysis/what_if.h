// What a better part of the machine would save, each tried.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/analysis/critical_path.h"

namespace partita {

// One change of a machine.
struct Change {
  enum class How : std::uint8_t {
    Better,      // each part is twice as good
    AddEngine,   // a DMA engine beside each processor of `parts`
    AddChannel,  // one channel more for each engine of `parts`
  };
  std::string what;  // "2 x bandwidth of link pcie0"
  std::vector<Part> parts;
  How how = How::Better;
};

// A change, and what the same plans take on the changed machine.
struct WhatIf {
  Change change;
  Time time{0};  // as the trial says
};

// How long the plan takes on a machine with the same processors, memories and links: its makespan;
// of several requests whatever should get less. Models have two: the plain evaluator and the
// simulator.
using Trial = std::function<Time(const Hardware&, const CostTable&)>;

// Calls its second argument with 0, 1, ... up to as many as the first says, and returns what it
// returned, in that order: one after another, or several at once.
using RunAll =
    std::function<std::vector<Time>(std::size_t, const std::function<Time(std::size_t)>&)>;
std::vector<Time> one_after_another(std::size_t count,
                                    const std::function<Time(std::size_t)>& task);

// Changes of what the critical path spends time with: of the `most` largest parts, and of all
// links, or all equal processors, of one kind together where several are on it. Also a DMA engine
// for each processor that copied by itself, and a channel more for each engine where copies waited.
std::vector<Change> changes_for(const WorkloadRun& run, const std::vector<PartTime>& parts,
                                std::size_t most);

// Model: rates double; overheads, set-ups and latencies halve, and so does what the neighbours in a
//   package cost. Layer times that were estimated follow the roofline; measured and given ones
//   halve with their processor and ignore the memory.
struct ChangedMachine {
  Hardware hardware;
  CostTable costs;
};
ChangedMachine changed(const WorkloadRun& run, const Change& change);

// Those that take less than `now`, the best first, at most `most`; ties in the order of changes.
// One that saves no more than another which it includes is left out.
std::vector<WhatIf> try_changes(const WorkloadRun& run, const std::vector<Change>& changes,
                                const Trial& trial, std::size_t most, Time now,
                                const RunAll& run_all = one_after_another);
// The makespan of one inference.
inline std::vector<WhatIf> try_changes(const PlanRun& run, const std::vector<Change>& changes,
                                       const Trial& trial, std::size_t most) {
  return try_changes(run, changes, trial, most, run.timeline.makespan);
}

}  // namespace partita
