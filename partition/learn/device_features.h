// A processor as the learned models see it: what its datasheet says.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/base/data_type.h"
#include "models/base/document.h"
#include "models/base/units.h"
#include "models/hardware/hardware.h"
#include "models/network/operator.h"

namespace partita::learn {

struct DeviceFeatures {
  std::string name;
  std::array<std::optional<FlopRate>, kDataTypes.size()> peak{};
  // Of layers that are no products, where that is another one (matrix units).
  std::array<std::optional<FlopRate>, kDataTypes.size()> vector_peak{};
  Bandwidth bandwidth;          // of the memory
  std::optional<Bytes> memory;  // its capacity
  std::optional<Bytes> l2;      // cache that all units share
  std::optional<int> units;     // streaming multiprocessors, compute units, cores
  std::optional<double> clock;  // Hz
  // f32 numbers in a vector register of a CPU core. Absent: it is no core that runs layers by itself.
  std::optional<int> lanes;

  // What layers of that kind could reach, in FLOP/s; absent: the datasheet says nothing.
  std::optional<double> rate(DataType type, bool product) const;
  bool is_core() const { return lanes.has_value(); }
  friend bool operator==(const DeviceFeatures&, const DeviceFeatures&) = default;
};

// Of a processor of a machine file: its peaks and its memory's bandwidth; where that is a part of
// another memory, what the processor can draw of it (its bandwidth_efficiency).
DeviceFeatures device_features(const Hardware& hardware, ProcessorId processor);

// Of our own form, as device files and learned models have it.
DeviceFeatures read_device(const ValueReader& value);

// One device a file: .yaml as experiments/predict/README.md describes it, or .json as NeuSight has
// them (Mem_Bw in GB/s, Num_Sm, Freq in MHz, SingleFLOPs or SingleFLOPsMM and SingleFLOPsVEC in
// GFLOP/s, L2Cache in MB). ConfigError lists what is wrong in any file.
class DeviceCatalogue {
 public:
  DeviceCatalogue() = default;
  static DeviceCatalogue load(const std::vector<std::filesystem::path>& folders);

  // nullptr: not there. Of several files with one device, the one that is called as the device is
  // ("_" for blanks).
  const DeviceFeatures* find(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  struct Entry {
    DeviceFeatures device;
    bool named_so = false;
  };
  std::vector<Entry> entries_;
};

// The best time that the datasheet allows, in seconds: the longer of operations at the peak and
// bytes at the memory's bandwidth (Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009).
// Operands and results that fit into the shared cache may come from there: then only operations
// count.
struct LayerFeatures;
double ideal_time(const LayerFeatures& layer, const DeviceFeatures& device);

}  // namespace partita::learn
