// SimGrid's own simulation of a plan, to race against. No SimGrid header here.
#pragma once

#include <memory>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/timeline/timeline.h"

namespace partita::race {

// Model: an activity for each layer (on a host for each processor) and each leg (between a host for
// each memory, over a link for each channel); edges for data, for the order of each processor, and
// for the order in which each engine served, taken from a timeline of ours, since SimGrid's graphs
// know no queues. Its CM02 model without cross traffic and TCP windows is max-min fairness. One
// Engine and one machine a process, used again and again.
// Left out: set-up times, so that there is one activity a leg; traffic of layers; more than one leg
// a transfer; the peak of memories. SimGrid pays a latency before the data, and holds the engine.
class SimGridMachine {
 public:
  // Precondition: routes have one leg, and all their links the same latency.
  explicit SimGridMachine(const Hardware& hardware);
  ~SimGridMachine();

  // The makespan.
  Time run(const Network& network, const CostTable& costs, const Plan& plan,
           const std::vector<std::vector<std::uint32_t>>& served);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Transfers of each engine in the order in which it served them.
std::vector<std::vector<std::uint32_t>> served_by_engines(const Timeline& timeline,
                                                          const Hardware& hardware);

}  // namespace partita::race
