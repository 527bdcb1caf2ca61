// The model of one kind of layers: physics, a correction of its times, and how wrong both are.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "partition/learn/device_fits.h"
#include "partition/learn/forest.h"
#include "partition/learn/neighbours.h"
#include "partition/learn/observation.h"
#include "partition/learn/physics/physics.h"

namespace partita::learn {

// How many measurements of a new device errors were tried with.
constexpr std::array<std::size_t, 3> kPointCounts{0, 5, 20};

// Half widths of intervals of the logarithm of a time, at a coverage of 90 %.
struct Intervals {
  double known = 0;                                  // devices and sizes as they were measured
  std::array<double, kPointCounts.size()> unseen{};  // other devices, by points measured of them
  double larger = 0;                                 // sizes beyond the measured ones
};

// From where to where the work of measured layers goes, as logarithms.
struct WorkRange {
  double low_flops = 0, high_flops = 0, low_traffic = 0, high_traffic = 0;

  // How far the work of a layer lies outside, in powers of e; 0: inside.
  double outside(const LayerFeatures& layer) const;
};

// A measured layer that a model remembers, so that it can say what it learned from.
struct Sample {
  std::string device;
  LayerFeatures layer;
  double seconds = 0;
};

struct BranchOptions {
  std::uint64_t seed = 1;
  bool correct = true;  // false: physics alone
};

struct Branch {
  const Physics* physics = nullptr;
  DataType type = DataType::F32;
  bool product = true;
  Population population;
  Forest correction;
  WorkRange range;
  // How much of the correction holds for layers that were not measured, on devices that were: what
  // was best for shapes that were left out.
  double known_share = 1;
  // The same on devices that were not measured, by points measured of them: what was best on
  // measured devices that were left out.
  std::array<double, kPointCounts.size()> unseen_share{};
  Intervals intervals;
  std::vector<Sample> samples;  // some of the rows, evenly spread
  std::size_t row_count = 0;    // of all rows

  // Whether it is about such layers on such devices.
  bool fits(const LayerFeatures& layer, const DeviceFeatures& device) const {
    return layer.type == type && &physics_of(layer, device) == physics;
  }
};

// A branch that has learned the rows, all of which it fits(); without intervals.
Branch learn_branch(const Observations& observations, const BranchOptions& options);

// A branch asked for one device; nothing is allocated to ask it.
class BranchOnDevice {
 public:
  BranchOnDevice(const Branch& branch, const DeviceFeatures& device);

  // What the answer for a layer is made of.
  struct Answer {
    double seconds = 0;
    double physics = 0;     // seconds
    double correction = 0;  // of the logarithm, as the trees say it
    double faded = 0;       // what was left of it
    double neighbours = 0;  // of the logarithm: what points measured nearby add
    double ideal = 0;       // seconds; where `seconds` ended below, it was raised to this
    double outside = 0;     // WorkRange::outside()
  };
  Answer answer(const LayerFeatures& layer) const;
  // Half width of the interval of the logarithm.
  double half_width(double outside) const;

  // Measurements of the device sharpen its numbers.
  void sharpen(const std::vector<FitRow>& points);
  // At most `count` candidates that stand for all of them (representatives()), ascending.
  std::vector<std::size_t> points_to_measure(const std::vector<LayerFeatures>& candidates,
                                             std::size_t count) const;

  // The fitted numbers of such layers.
  const std::vector<double>& values(const LayerFeatures& layer) const;
  const std::vector<double>& features_of(const LayerFeatures& layer) const;
  bool known() const { return known_; }
  const DeviceFeatures& device() const { return device_; }
  std::size_t points() const { return points_; }
  // Index into kPointCounts: the most that `points()` reaches.
  std::size_t step() const;

 private:
  const Branch* branch_;
  DeviceFeatures device_;
  Datasheet sheet_;
  bool known_ = false;  // was measured in training
  std::size_t points_ = 0;
  void set_logs(FittedLogs logs);

  FittedLogs logs_;
  std::vector<double> values_;                          // of logs_.general
  std::map<std::string, std::vector<double>> kernels_;  // of logs_.kernels
  Neighbours neighbours_;
  mutable std::vector<double> features_, place_;
};

// The same with intervals: how wrong such branches are about devices, sizes and shapes that they
// have not seen, each in turn (split-conformal).
Branch learn_branch_with_intervals(const Observations& observations, const BranchOptions& options);

}  // namespace partita::learn
