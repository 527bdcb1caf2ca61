#include "partition/learn/device_fits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "partition/learn/least_squares.h"

namespace partita::learn {
namespace {

constexpr std::size_t kMostRows = 600;  // that a fit looks at; evenly spread
constexpr double kBeyond = 0.1;  // how far a number may leave the measured ones, in its logarithm

// Logarithms of the datasheet that numbers go with: of the memory's size, the peak rate, and the
// memory's bandwidth. The size is known by the generation of the memory.
std::array<double, 3> standing(const DeviceFeatures& device) {
  const auto log = [](double value) { return std::log(value); };
  double rate = 1;
  for (const auto& peak : device.peak) {
    if (peak) {
      rate = static_cast<double>(peak->value);
      break;
    }
  }
  const auto bandwidth = static_cast<double>(device.bandwidth.value);
  // Where nobody says the size: in proportion to the bandwidth, as by and large it is.
  const double size = device.memory ? static_cast<double>(device.memory->value) : 0.03 * bandwidth;
  return {log(size), log(rate), log(bandwidth)};
}

// On a line through the devices' numbers over one of their features; a ridge keeps it level.
double on_ridge(const std::vector<double>& at, const std::vector<double>& numbers, double asked,
                double penalty) {
  const auto n = static_cast<double>(at.size());
  const double middle = std::accumulate(at.begin(), at.end(), 0.0) / n;
  const double mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / n;
  double product = 0, square = penalty;
  for (std::size_t i = 0; i < at.size(); ++i) {
    product += (at[i] - middle) * (numbers[i] - mean);
    square += (at[i] - middle) * (at[i] - middle);
  }
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return std::clamp(mean + (asked - middle) * product / square, *low - kBeyond, *high + kBeyond);
}

// Between the two values around half of the weight.
double weighted_median(const std::vector<double>& numbers, const std::vector<double>& weights) {
  std::vector<std::pair<double, double>> sorted;
  for (std::size_t i = 0; i < numbers.size(); ++i) sorted.emplace_back(numbers[i], weights[i]);
  std::sort(sorted.begin(), sorted.end());
  const double half = 0.5 * std::accumulate(weights.begin(), weights.end(), 0.0);
  double before = 0, last_centre = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double centre = before + 0.5 * sorted[i].second;
    if (centre >= half) {
      if (i == 0) return sorted[0].first;
      const double part = (half - last_centre) / (centre - last_centre);
      return sorted[i - 1].first + part * (sorted[i].first - sorted[i - 1].first);
    }
    before += sorted[i].second;
    last_centre = centre;
  }
  return sorted.back().first;
}

// The numbers of a device that was not measured, from those of devices that were.
LogValues carried(const Physics& physics, const std::vector<const DeviceFeatures*>& devices,
                  const std::vector<LogValues>& logs, const DeviceFeatures& device) {
  if (logs.size() == 1) return logs.front();
  const auto asked = standing(device);
  std::vector<std::array<double, 3>> at;
  for (const DeviceFeatures* each : devices) at.push_back(standing(*each));
  LogValues expected(logs.front().size());
  for (std::size_t j = 0; j < expected.size(); ++j) {
    std::vector<double> numbers;
    for (const LogValues& each : logs) numbers.push_back(each[j]);
    if (physics.habits().carry == FitHabits::Carry::Ridge) {
      for (std::size_t k = 0; k < asked.size(); ++k) {
        std::vector<double> along;
        for (const auto& each : at) along.push_back(each[k]);
        expected[j] += on_ridge(along, numbers, asked[k], physics.habits().ridge) / 3;
      }
      continue;
    }
    const double reach = physics.parameters()[j].reach;
    double nearest = std::abs(at.front()[0] - asked[0]);
    for (const auto& each : at) nearest = std::min(nearest, std::abs(each[0] - asked[0]));
    std::vector<double> weights;
    for (const auto& each : at) {
      const double apart = each[0] - asked[0];
      weights.push_back(std::exp(-0.5 * (apart * apart - nearest * nearest) / (reach * reach)));
    }
    expected[j] = weighted_median(numbers, weights);
  }
  return expected;
}

// The kernels of a device in one turn: each around what they have in common, which is their mean
// and, so that few kernels say little, that of all devices.
void fit_kernels(const Physics& physics, const std::vector<FitRow>& rows, const LogValues& mean,
                 DeviceFit& fit) {
  std::map<std::string, std::vector<FitRow>> by_kernel;
  for (const FitRow& row : rows) by_kernel[row.layer->kernel].push_back(row);
  LogValues sum = mean;
  for (const auto& [name, own] : by_kernel) {
    LogValues& logs = fit.logs.kernels[name];
    logs = fit_device(physics, fit.device, own, fit.logs.general, physics.habits().pooling,
                      physics.habits().device_count);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += logs[j];
  }
  for (double& each : sum) each /= static_cast<double>(by_kernel.size() + 1);
  fit.logs.general = sum;
}

}  // namespace

std::vector<double> values_of(const LogValues& logs) {
  std::vector<double> values;
  for (const double each : logs) values.push_back(std::exp(each));
  return values;
}

LogValues fit_device(const Physics& physics, const DeviceFeatures& device,
                     const std::vector<FitRow>& rows, const LogValues& prior, double spreads,
                     double most_count) {
  if (rows.empty()) return prior;
  const std::size_t step = (rows.size() + kMostRows - 1) / kMostRows;
  std::vector<FitRow> used;
  for (std::size_t i = 0; i < rows.size(); i += step) used.push_back(rows[i]);
  const double count = std::min(static_cast<double>(rows.size()), most_count);
  const double weight =
      std::sqrt(count / static_cast<double>(used.size())) / physics.habits().deviation;
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
      out[used.size() + i] = (logs[i] - prior[i]) / (spreads * parameters[i].spread);
    }
  };
  LogValues low, high;
  for (std::size_t i = 0; i < prior.size(); ++i) {
    low.push_back(prior[i] - 10 * spreads * parameters[i].spread);
    high.push_back(prior[i] + 10 * spreads * parameters[i].spread);
  }
  return fit_parameters(residuals, prior, low, high, {.scale = 1, .most_steps = 30});
}

const DeviceFit* Population::find(const std::string& name) const {
  const auto found = std::find_if(fits.begin(), fits.end(),
                                  [&](const DeviceFit& fit) { return fit.device.name == name; });
  return found == fits.end() ? nullptr : &*found;
}

const LogValues& FittedLogs::of(const LayerFeatures& layer) const {
  const auto found = kernels.find(layer.kernel);
  return found == kernels.end() ? general : found->second;
}

FittedLogs Population::expected(const Physics& physics, const DeviceFeatures& device) const {
  if (fits.empty()) return {mean, {}};
  if (fits.size() == 1) return fits.front().logs;
  FittedLogs expected;
  const auto carry = [&](const auto& logs_of) {
    std::vector<const DeviceFeatures*> devices;
    std::vector<LogValues> logs;
    for (const DeviceFit& fit : fits) {
      if (const LogValues* own = logs_of(fit)) devices.push_back(&fit.device), logs.push_back(*own);
    }
    return carried(physics, devices, logs, device);
  };
  expected.general = carry([](const DeviceFit& fit) { return &fit.logs.general; });
  for (const DeviceFit& measured : fits) {
    for (const auto& [name, logs] : measured.logs.kernels) {
      if (expected.kernels.count(name) != 0) continue;
      expected.kernels[name] = carry([&name](const DeviceFit& fit) {
        const auto found = fit.logs.kernels.find(name);
        return found == fit.logs.kernels.end() ? nullptr : &found->second;
      });
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
    population.fits.push_back({observations.devices[device], {population.mean, {}}, own.size()});
    rows.push_back(std::move(own));
  }
  for (int turn = 0; turn < physics.habits().turns; ++turn) {
    LogValues mean(population.mean.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      DeviceFit& fit = population.fits[i];
      if (physics.habits().by_kernel) {
        fit_kernels(physics, rows[i], population.mean, fit);
      } else {
        fit.logs.general = fit_device(physics, fit.device, rows[i], population.mean,
                                      physics.habits().pooling, physics.habits().device_count);
      }
      for (std::size_t j = 0; j < mean.size(); ++j) {
        mean[j] += fit.logs.general[j] / static_cast<double>(rows.size());
      }
    }
    population.mean = mean;
  }
  return population;
}

}  // namespace partita::learn
