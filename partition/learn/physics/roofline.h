// The simplest physics: what a device asks of any layer, fitted with three numbers.
#pragma once

#include "partition/learn/observation.h"

namespace partita::learn {

// Model: time = overhead + flops / (compute_share peak) + traffic / (bandwidth_share bandwidth).
//   The sum instead of the longer of the two: few kernels overlap both to the end.
struct FittedRoofline {
  double overhead = 0;  // seconds
  double compute_share = 1, bandwidth_share = 1;

  double seconds(const LayerFeatures& layer, const DeviceFeatures& device) const;
};

// By least squares on the logarithm of times (fit_parameters()). Shares between 0.01 and 4 (caches),
// overheads between 10 ns and 10 ms. Precondition: at least one row.
FittedRoofline fit_roofline(const Observations& observations);

}  // namespace partita::learn
