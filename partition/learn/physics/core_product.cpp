// Products and convolutions on one core of a CPU: vector registers full of results, weights that
// come from memory, operands that may still lie in a cache.
#include <cmath>

#include "partition/learn/physics/core.h"
#include "partition/learn/physics/kinds.h"

namespace partita::learn {
namespace {

enum Value : std::size_t {
  kOverhead,
  kRate,
  kWindowRate,
  kDepthwiseRate,
  kWeights,
  kRead,
  kReadFar,
  kWritten,
  kOverlap,
  kColdOverhead
};

bool is_depthwise(const LayerFeatures& layer) { return layer.columns == 1 && layer.batch > 1; }

// Of the lanes that hold a result: the last register is full to some part.
double full_lanes(const LayerFeatures& layer, const Datasheet& sheet) {
  if (is_depthwise(layer)) return 1;
  return layer.columns / (std::ceil(layer.columns / sheet.lanes) * sheet.lanes);
}

struct Terms {
  double computing = 0, weights = 0, operands = 0, overhead = 0, seconds = 0;
};

Terms terms_of(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet) {
  const double share = is_depthwise(layer) ? values[kDepthwiseRate]
                       : layer.taps > 1    ? values[kWindowRate]
                                           : values[kRate];
  Terms terms;
  terms.computing = layer.flops / (full_lanes(layer, sheet) * sheet.rate * share);
  terms.weights = layer.weights / sheet.bandwidth * values[kWeights];
  const Gone parts = gone(layer, sheet);
  terms.operands = (layer.read * (values[kRead] + values[kReadFar] * parts.from_own) +
                    layer.written * values[kWritten]) /
                   sheet.bandwidth;
  terms.overhead = 1e-6 * (values[kOverhead] + values[kColdOverhead] * parts.from_shared);
  // Fetching weights overlaps with computing to some part.
  const double power = values[kOverlap];
  terms.seconds =
      terms.overhead + terms.operands +
      std::pow(std::pow(terms.computing, power) + std::pow(terms.weights, power), 1 / power);
  return terms;
}

class CoreProduct : public Physics {
 public:
  std::string_view name() const override { return "core_product"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{{"overhead_us", 3, 0.7},
                                             {"rate_share", 0.85, 0.3},
                                             {"window_rate_share", 0.9, 0.3},
                                             {"depthwise_rate_share", 0.5, 0.5},
                                             {"weights_factor", 11, 0.4},
                                             {"read_factor", 2, 0.5},
                                             {"far_read_factor", 2, 0.5},
                                             {"written_factor", 2.5, 0.5},
                                             {"overlap", 2, 0.3},
                                             {"cold_overhead_us", 3, 0.7}};
    return kAll;
  }
  const FitHabits& habits() const override {
    static const FitHabits kHabits{
        .deviation = 0.08, .device_count = 1e4, .pooling = 0.7, .by_kernel = true};
    return kHabits;
  }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"log rows",
                                                    "log columns",
                                                    "log depth",
                                                    "log batch",
                                                    "log taps",
                                                    "log time",
                                                    "share computing",
                                                    "share weights",
                                                    "share operands",
                                                    "full lanes",
                                                    "part gone from the own cache"};
    return kAll;
  }

  // overhead + operands and results + the p-norm of computing, with the lanes that hold results,
  // and of fetching the weights.
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    return terms_of(values, layer, sheet).seconds;
  }
  std::size_t place_size() const override { return 4; }
  void place(const LayerFeatures& layer, std::span<double> place) const override {
    place[0] = std::log(layer.batch * layer.rows);
    place[1] = std::log(layer.columns);
    place[2] = std::log(layer.depth);
    place[3] = std::log(layer.taps);
  }
  void describe(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    const Terms terms = terms_of(values, layer, sheet);
    features[0] = std::log(layer.rows);
    features[1] = std::log(layer.columns);
    features[2] = std::log(layer.depth);
    features[3] = std::log(layer.batch);
    features[4] = std::log(layer.taps);
    features[5] = std::log(terms.seconds);
    features[6] = terms.computing / terms.seconds;
    features[7] = terms.weights / terms.seconds;
    features[8] = terms.operands / terms.seconds;
    features[9] = full_lanes(layer, sheet);
    features[10] = gone(layer, sheet).from_own;
  }
};

}  // namespace

const Physics& core_product_physics() {
  static const CoreProduct kCoreProduct;
  return kCoreProduct;
}

}  // namespace partita::learn
