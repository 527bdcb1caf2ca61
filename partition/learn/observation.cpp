#include "partition/learn/observation.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/base/assert.h"

namespace partita::learn {

void Observations::add(const Observations& others) {
  std::vector<std::size_t> now_at;
  for (const DeviceFeatures& device : others.devices) {
    const auto found =
        std::find_if(devices.begin(), devices.end(),
                     [&](const DeviceFeatures& each) { return each.name == device.name; });
    now_at.push_back(static_cast<std::size_t>(found - devices.begin()));
    if (found == devices.end()) devices.push_back(device);
  }
  for (Observation row : others.rows) {
    row.device = now_at[row.device];
    rows.push_back(std::move(row));
  }
}

PredictionErrors prediction_errors(const std::vector<double>& predicted,
                                   const std::vector<double>& measured,
                                   const std::vector<double>& sizes) {
  PARTITA_ASSERT(
      !measured.empty() && predicted.size() == measured.size() && sizes.size() == measured.size(),
      "a prediction and a size for each measurement");
  struct Bin {
    double sum = 0;
    double count = 0;
  };
  std::map<int, Bin> bins;
  PredictionErrors errors;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const double error = 100 * std::abs(predicted[i] / measured[i] - 1);
    errors.mean += error / static_cast<double>(measured.size());
    Bin& bin = bins[std::ilogb(sizes[i])];
    bin.sum += error;
    bin.count += 1;
  }
  for (const auto& [power, bin] : bins) {
    errors.by_power_of_two += bin.sum / bin.count / static_cast<double>(bins.size());
  }
  return errors;
}

}  // namespace partita::learn
