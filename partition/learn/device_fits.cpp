#include "partition/learn/device_fits.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "partition/learn/least_squares.h"

namespace partita::learn {
namespace {

constexpr double kDeviation = 0.1;        // of the logarithm of a time
constexpr double kCountOfDevice = 100;    // rows that a device's counts as
constexpr std::size_t kMostRows = 700;    // that a fit looks at; evenly spread
constexpr int kTurns = 4;
constexpr double kAlike = 0.5;            // devices that far apart (a factor of 1.6) are half alike

// How far devices are apart.
double distance(const DeviceFeatures& a, const DeviceFeatures& b) {
  const bool known = a.memory && b.memory;
  const auto size = [&](const DeviceFeatures& device) {
    return std::log(static_cast<double>(known ? device.memory->value : device.bandwidth.value));
  };
  return std::abs(size(a) - size(b));
}

}  // namespace

std::vector<double> values_of(const LogValues& logs) {
  std::vector<double> values;
  for (const double each : logs) values.push_back(std::exp(each));
  return values;
}

LogValues fit_device(const Physics& physics, const DeviceFeatures& device,
                     const std::vector<FitRow>& rows, const LogValues& prior, double most_count) {
  if (rows.empty()) return prior;
  const std::size_t step = (rows.size() + kMostRows - 1) / kMostRows;
  std::vector<FitRow> used;
  for (std::size_t i = 0; i < rows.size(); i += step) used.push_back(rows[i]);
  const double count = std::min(static_cast<double>(rows.size()), most_count);
  const double weight = std::sqrt(count / static_cast<double>(used.size())) / kDeviation;
  const LayerFeatures& first = *rows.front().layer;
  const Datasheet sheet(device, first.type, first.is_product());
  const auto& parameters = physics.parameters();
  std::vector<double> values;
  const auto residuals = [&](const LogValues& logs, std::vector<double>& out) {
    values = values_of(logs);
    out.resize(used.size() + logs.size());
    for (std::size_t i = 0; i < used.size(); ++i) {
      const double predicted = std::log(physics.seconds(values, *used[i].layer, sheet));
      out[i] = weight * (predicted - used[i].log_seconds);
    }
    for (std::size_t i = 0; i < logs.size(); ++i) {
      out[used.size() + i] = (logs[i] - prior[i]) / parameters[i].spread;
    }
  };
  LogValues low, high;
  for (std::size_t i = 0; i < prior.size(); ++i) {
    low.push_back(prior[i] - 10 * parameters[i].spread);
    high.push_back(prior[i] + 10 * parameters[i].spread);
  }
  return fit_parameters(residuals, prior, low, high, {.scale = 1, .most_steps = 30});
}

const DeviceFit* Population::find(const std::string& name) const {
  const auto found = std::find_if(fits.begin(), fits.end(), [&](const DeviceFit& fit) {
    return fit.device.name == name;
  });
  return found == fits.end() ? nullptr : &*found;
}

LogValues Population::expected(const DeviceFeatures& device) const {
  if (fits.empty()) return mean;
  std::vector<double> weights;
  double nearest = distance(fits.front().device, device);
  for (const DeviceFit& fit : fits) nearest = std::min(nearest, distance(fit.device, device));
  for (const DeviceFit& fit : fits) {
    const double d = distance(fit.device, device);
    weights.push_back(std::exp(-0.5 * (d * d - nearest * nearest) / (kAlike * kAlike)));
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  LogValues expected(mean.size());
  for (std::size_t i = 0; i < fits.size(); ++i) {
    for (std::size_t j = 0; j < mean.size(); ++j) {
      expected[j] += weights[i] / total * fits[i].logs[j];
    }
  }
  return expected;
}

Population fit_population(const Physics& physics, const Observations& observations) {
  Population population;
  for (const Parameter& each : physics.parameters()) {
    population.mean.push_back(std::log(each.start));
  }
  std::vector<std::vector<FitRow>> rows;
  for (std::size_t device = 0; device < observations.devices.size(); ++device) {
    std::vector<FitRow> own;
    for (const Observation& row : observations.rows) {
      if (row.device == device) own.push_back({&row.layer, std::log(row.seconds)});
    }
    if (own.empty()) continue;
    population.fits.push_back({observations.devices[device], population.mean, own.size()});
    rows.push_back(std::move(own));
  }
  for (int turn = 0; turn < kTurns; ++turn) {
    LogValues mean(population.mean.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      DeviceFit& fit = population.fits[i];
      fit.logs = fit_device(physics, fit.device, rows[i], population.mean, kCountOfDevice);
      for (std::size_t j = 0; j < mean.size(); ++j) {
        mean[j] += fit.logs[j] / static_cast<double>(rows.size());
      }
    }
    population.mean = mean;
  }
  return population;
}

}  // namespace partita::learn
