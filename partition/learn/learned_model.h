// How long layers take on devices, learned from measurements: the model that others ask.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/units.h"
#include "partition/learn/branch.h"
#include "partition/learn/observation.h"

namespace partita::learn {

// What models look at: another name, other numbers. A file of another one is refused.
inline constexpr std::string_view kFeatureSet = "tiles-rows-and-cores-2";

struct Estimate {
  Time time{0};
  Time low{0}, high{0};       // the measured time lies within, nine times out of ten
  bool extrapolated = false;  // its work is outside of what was learned from
  bool of_own_core = false;   // learned from measurements of this very core of a CPU
};

// What an estimate consists of.
struct Explanation {
  std::string branch;  // "product f32": its physics and data type
  BranchOnDevice::Answer answer;
  double half_width = 0;  // of the interval of the time's logarithm
  struct Number {
    std::string name;
    double value = 0;
  };
  std::vector<Number> values;        // the fitted numbers of the device
  std::vector<Number> features;      // what the correction looked at
  std::vector<double> parts;         // how much of the correction is due to each; the last: to none
  std::vector<std::string> devices;  // that those numbers are from
  // Of the rows that the model remembers, those most like it, nearest first; of its own device,
  // where that was measured.
  std::vector<Sample> nearest;
  std::size_t row_count = 0;  // that the branch learned from
};

class DeviceModel;

// Valid by construction: learned here, or read from a file that passed every check.
class LearnedModel {
 public:
  // A branch for each kind of layers and data type. Intervals take several times as long as
  // learning: a run of each kind for each device. ConfigError: no rows.
  static LearnedModel learn(const Observations& observations, const BranchOptions& options = {},
                            bool with_intervals = true);

  // JSON. ConfigError with file:line:column: another version, another feature set, trees that lead
  // nowhere.
  static LearnedModel load(const std::filesystem::path& file);
  void save(const std::filesystem::path& file) const;  // whole or not at all
  std::string to_json() const;

  // For one device, as fast as it gets. The model must outlive it.
  DeviceModel on(const DeviceFeatures& device) const;
  // Absent: nothing was learned of such layers.
  std::optional<Estimate> predict(const LayerFeatures& layer, const DeviceFeatures& device) const;

  const std::vector<Branch>& branches() const { return branches_; }
  // Of the rows that it learned from: the same rows, the same hash.
  const std::string& data_hash() const { return data_hash_; }
  // The device as the data named it; nullptr: it was not measured.
  const DeviceFeatures* device(const std::string& name) const;

 private:
  LearnedModel() = default;
  std::vector<Branch> branches_;
  std::string data_hash_;
};

// A learned model on one device. Asking it allocates nothing; not for several threads at once.
class DeviceModel {
 public:
  std::optional<Estimate> predict(const LayerFeatures& layer) const;
  std::optional<Explanation> explain(const LayerFeatures& layer, std::size_t nearest = 3) const;

  // Which of the candidates to measure, most telling first; at most `count`. Kinds of layers take
  // turns. Candidates that nothing was learned of are never chosen.
  std::vector<std::size_t> points_to_measure(const std::vector<LayerFeatures>& candidates,
                                             std::size_t count) const;
  struct Point {
    LayerFeatures layer;
    Time time{0};
  };
  void sharpen(const std::vector<Point>& points);

 private:
  friend class LearnedModel;
  DeviceModel() = default;
  const BranchOnDevice* branch_of(const LayerFeatures& layer, std::size_t& index) const;

  const LearnedModel* model_ = nullptr;
  std::vector<BranchOnDevice> branches_;
};

}  // namespace partita::learn
