// From replays back to a machine file whose simulation matches them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exec/calibrate/observation.h"

namespace partita::exec {

struct CalibrateOptions {
  // Fits to as many plans drawn from the observed ones (with replacement, network by network), which
  // say how certain each number is. None: certain() and ambiguous stay empty.
  int resamples = 0;
  std::uint64_t seed = 1;
};

// One number of the machine, before and after.
struct Change {
  std::string parameter;  // "processors.cpu0.launch_overhead"
  std::string before, after;
  std::string low, high;  // nine of ten resampled fits lie between; "" without resamples
};

// Two numbers that these runs cannot tell apart: where one is fitted higher, the other is lower, or
// higher, too, in proportion.
struct Ambiguity {
  std::string first, second;
  double correlation = 0;  // over the resampled fits
};

struct Calibration {
  Hardware hardware;  // says itself where its numbers come from (Hardware::calibrated)
  std::vector<Change> changes;
  std::vector<Ambiguity> ambiguous;
  std::vector<std::string> untold;  // numbers that no run says anything about: they stay
};

// Model: what measured spans say about copies (leg_fit.h) and layers (layer_fit.h), then whole plans
//   (makespan_fit.h). One machine for all networks. Certainty by the bootstrap over plans (Efron,
//   Annals of Statistics 7(1), 1979).
// Left out: efficiencies and peaks (measured costs do not depend on them), latencies (a set-up takes
// them in).
// `costs` of the subjects are those on `before`; those on the calibrated machine are
// rescaled(costs, before, hardware).
Calibration calibrate(const Hardware& before, const std::vector<Subject>& subjects,
                      const CalibrateOptions& options = {});

}  // namespace partita::exec
