// Physics of a kind of layers: how long one takes on a device, with few numbers that the datasheet
// does not tell and measurements do.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "partition/learn/boosting.h"
#include "partition/learn/device_features.h"
#include "partition/learn/layer_features.h"

namespace partita::learn {

// Where fits begin, and how far devices are apart: the standard deviation of its logarithm.
struct Parameter {
  std::string_view name;
  double start = 1;
  double spread = 0.3;
  // How alike devices must be to tell it of each other: where Carry::Median, the factor between
  // memory sizes, as a power of e, within which they are.
  double reach = 1;
};

// How a physics' numbers are fitted and carried over.
struct FitHabits {
  double deviation = 0.1;     // of the logarithm of a time
  double device_count = 100;  // rows that all rows of a device count as: neighbours err together
  double pooling = 1;         // times the spreads: while devices are fitted around their mean
  double sharpening = 1;      // times the spreads: while points sharpen a new device
  // From measured devices to another one. Ridge: lines over the logarithm of memory size, peak rate
  // and bandwidth, with this penalty, averaged, within what was measured. Median: weighted by
  // likeness (Parameter::reach).
  enum class Carry { Ridge, Median } carry = Carry::Ridge;
  double ridge = 0.3;
  // What points tell of their neighbours beyond the numbers: a Gaussian process over place().
  double neighbour_deviation = 0.2, neighbour_reach = 2, neighbour_noise = 0.1;
  int turns = 3;  // in which devices and their mean are fitted
  // Each kernel of a device has numbers of its own, fitted around the device's.
  bool by_kernel = false;
};

// Of layers that go over rows, which are alike on devices with memories alike.
const FitHabits& row_habits();

// What the datasheet says, as plain numbers in SI units.
struct Datasheet {
  double rate = 0;  // FLOP/s of the layer's kind and type
  double bandwidth = 0;
  // Where nobody says them: one unit, 1 MiB, 1 GHz. Fitted numbers take up the difference.
  double l2 = 1 << 20, units = 1, clock = 1e9, lanes = 8;

  Datasheet(const DeviceFeatures& device, DataType type, bool product);
  double all_clocks() const { return units * clock; }
};

// Stateless; one for each kind of layers.
class Physics {
 public:
  virtual ~Physics() = default;
  virtual std::string_view name() const = 0;
  virtual const std::vector<Parameter>& parameters() const = 0;
  virtual const FitHabits& habits() const = 0;
  // Of the trees that correct its times.
  virtual BoostingOptions boosting() const {
    return {.rounds = 300,
            .depth = 5,
            .rate = 0.05,
            .least_weight = 20,
            .ridge = 10,
            .row_share = 0.6,
            .column_share = 0.6};
  }
  // What a correction of its times looks at: numbers without unit, so that they mean the same on
  // every device; their names.
  virtual const std::vector<std::string_view>& features() const = 0;

  // Seconds. `values`: one above 0 for each of parameters(). Times rise with each of rows, columns,
  // depth and batch, if not at every step.
  virtual double seconds(std::span<const double> values, const LayerFeatures& layer,
                         const Datasheet& sheet) const = 0;
  // Where a layer is among its like: logarithms of its dimensions, `place_size()` of them.
  virtual std::size_t place_size() const = 0;
  virtual void place(const LayerFeatures& layer, std::span<double> place) const = 0;
  // One number for each of features().
  virtual void describe(std::span<const double> values, const LayerFeatures& layer,
                        const Datasheet& sheet, std::span<double> features) const = 0;
};

// Of the kind of a layer, on a core of a CPU or on another device.
const Physics& physics_of(const LayerFeatures& layer, const DeviceFeatures& device);
const Physics* physics_named(std::string_view name);  // nullptr: there is none

}  // namespace partita::learn
