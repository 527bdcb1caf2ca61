// From replays back to a machine file whose simulation matches them.
#pragma once

#include <string>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/timeline/timeline.h"

namespace partita::exec {

// A plan and what was measured when it ran.
struct Observation {
  const Plan& plan;
  const Timeline& measured;
};

// One number of the machine, before and after.
struct Change {
  std::string parameter;  // "processors.cpu0.launch_overhead"
  std::string before, after;
};

struct Calibration {
  Hardware hardware;
  CostTable costs;  // those on the fitted machine
  std::vector<Change> changes;
};

// Model: what the measured spans say, each fitted robustly (least_deviations.h):
//   copies   set-up + size / bandwidth = measured time of a leg;
//            one set-up a processor or engine, one bandwidth a link
//   layers   overhead + time * (scale + (slowdown - 1) * overlap) = from when the layer could start
//            to its end; one overhead and one time scale a processor, one slowdown a package;
//            overlap: the fraction of it during which another processor of the package ran a layer
//   then the time scale of each processor, the slowdown of each package and the bandwidth of the
//   shared memory are moved, one at a time, as long as that brings the predicted makespans of the
//   fitted plans closer to the measured ones.
// Parameters that no observation touches stay as they are. Left out: efficiencies and peaks
// (measured costs do not depend on them), latencies (a set-up takes them in).
// `costs` are those on `before`, here and below.
Calibration calibrate(const Network& network, const Hardware& before, const CostTable& costs,
                      const std::vector<Observation>& fitted);

// Mean over the observations of |predicted - measured| / measured, of makespans. 0 without
// observations.
double makespan_error(const Network& network, const Hardware& hardware, const CostTable& costs,
                      const std::vector<Observation>& observations);

}  // namespace partita::exec
