// What a method solves.
#pragma once

#include <string>

#include "models/cost/cost_table.h"
#include "partition/problem/constraints.h"
#include "partition/problem/objective.h"
#include "partition/problem/uncertainty.h"

namespace partita {

// A network, a machine, what each layer costs on each processor (absent: it may not run there), what
// is minimised, and what must be kept to. Keeps references.
struct Problem {
  const Network& network;
  const Hardware& hardware;
  const CostTable& costs;
  Objective objective{};
  Constraints constraints{};
  // Absent: layers take exactly as long as `costs` says. Else values are statistics over its samples.
  const Uncertainty* uncertainty = nullptr;
};

// Launch overhead and time together: what a layer holds a stream for when nothing disturbs it.
inline Time duration(const Problem& problem, LayerId layer, ProcessorId processor) {
  const LayerCost& cost = *problem.costs(layer, processor);
  return cost.launch_overhead(problem.hardware.processors()[processor]) + cost.time;
}

// No plan exists, and why: a true answer about the input, not a failure of the search.
struct Infeasible {
  std::string reason;  // names the layer that no processor can run, or the memory and the bytes
                       // missing
};

}  // namespace partita
