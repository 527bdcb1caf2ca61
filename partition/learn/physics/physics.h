// Physics of a kind of layers: how long one takes on a device, with few numbers that the datasheet
// does not tell and measurements do.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "partition/learn/device_features.h"
#include "partition/learn/layer_features.h"

namespace partita::learn {

// Where fits begin, and how far devices are apart: the standard deviation of its logarithm.
struct Parameter {
  std::string_view name;
  double start = 1;
  double spread = 0.3;
};

// What the datasheet says, as plain numbers in SI units.
struct Datasheet {
  double rate = 0;  // FLOP/s of the layer's kind and type
  double bandwidth = 0;
  // Where nobody says them: one unit, 1 MiB, 1 GHz. Fitted numbers take up the difference.
  double l2 = 1 << 20, units = 1, clock = 1e9;

  Datasheet(const DeviceFeatures& device, DataType type, bool product);
  double all_clocks() const { return units * clock; }
};

// Stateless; one for each kind of layers.
class Physics {
 public:
  virtual ~Physics() = default;
  virtual std::string_view name() const = 0;
  virtual const std::vector<Parameter>& parameters() const = 0;
  // What a correction of its times looks at: numbers without unit, so that they mean the same on
  // every device; their names.
  virtual const std::vector<std::string_view>& features() const = 0;

  // Seconds. `values`: one above 0 for each of parameters(). Times rise with each of rows, columns,
  // depth and batch, if not at every step.
  virtual double seconds(std::span<const double> values, const LayerFeatures& layer,
                         const Datasheet& sheet) const = 0;
  // One number for each of features().
  virtual void describe(std::span<const double> values, const LayerFeatures& layer,
                        const Datasheet& sheet, std::span<double> features) const = 0;
};

// Of the layers of a family; of recurrent ones and pooling, those of their main work.
const Physics& physics_of(OpFamily family);

}  // namespace partita::learn
