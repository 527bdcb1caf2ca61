// The fitted numbers of physics: those of measured devices, and what they say of one that was not.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "partition/learn/observation.h"
#include "partition/learn/physics/physics.h"

namespace partita::learn {

// Logarithms of a Physics' parameters().
using LogValues = std::vector<double>;

std::vector<double> values_of(const LogValues& logs);

// One measured layer of one device, as fits see it.
struct FitRow {
  const LayerFeatures* layer = nullptr;
  double log_seconds = 0;
};

// The maximum a posteriori of the parameters: normal around `prior` with `spreads` times the
// parameters' spread; residuals of log times with the habits' deviation and heavy tails. However
// many rows there are, they count as at most `most_count` of them.
LogValues fit_device(const Physics& physics, const DeviceFeatures& device,
                     const std::vector<FitRow>& rows, const LogValues& prior, double spreads,
                     double most_count);

// The numbers of a device, and those of its kernels where FitHabits::by_kernel.
struct FittedLogs {
  LogValues general;
  std::map<std::string, LogValues> kernels;  // by LayerFeatures::kernel

  // A kernel that was not measured goes by what all have in common.
  const LogValues& of(const LayerFeatures& layer) const;
};

struct DeviceFit {
  DeviceFeatures device;
  FittedLogs logs;
  std::size_t rows = 0;
};

// Devices of a kind are alike: each one's numbers are fitted around the mean of all, in turns
// (empirical Bayes; Gelman et al., "Bayesian Data Analysis", chapter 5). So are the kernels of one.
struct Population {
  std::vector<DeviceFit> fits;
  LogValues mean;

  // The fit of a device by its name; nullptr: not measured.
  const DeviceFit* find(const std::string& name) const;
  // For a device that was not measured, as FitHabits::carry says.
  FittedLogs expected(const Physics& physics, const DeviceFeatures& device) const;
};

Population fit_population(const Physics& physics, const Observations& observations);

}  // namespace partita::learn
