// What was measured: layers on devices, and copies over links.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"
#include "partition/learn/device_features.h"
#include "partition/learn/layer_features.h"

namespace partita::learn {

// One layer, measured on one device.
struct Observation {
  LayerFeatures layer;
  std::size_t device = 0;  // into Observations::devices
  std::string group;       // what it was measured for (a model); "": nobody says
  double seconds = 0;
  SourceLoc where;  // the row, and the column of the time
};

struct Observations {
  std::vector<DeviceFeatures> devices;
  std::vector<Observation> rows;

  const DeviceFeatures& device(const Observation& row) const { return devices[row.device]; }
  // The rows that `keep` wants; devices stay as they are.
  template <class Keep>
  Observations where(Keep&& keep) const {
    Observations kept{devices, {}};
    for (const Observation& row : rows) {
      if (keep(row)) kept.rows.push_back(row);
    }
    return kept;
  }
  // Rows of both, devices joined by name.
  void add(const Observations& others);
};

// Errors of predictions in percent.
struct PredictionErrors {
  double mean = 0;             // of |predicted / measured - 1| over all (MAPE)
  double by_power_of_two = 0;  // the mean over powers of two of the measured size ("logbin")
};

// `sizes`: what the powers of two are of (FLOP or bytes). Precondition: as many of each, at least
// one, all above 0.
PredictionErrors prediction_errors(const std::vector<double>& predicted,
                                   const std::vector<double>& measured,
                                   const std::vector<double>& sizes);

}  // namespace partita::learn
