// Whatever is no product, on one core of a CPU: bytes from wherever they are, and operations.
#include <cmath>

#include "partition/learn/physics/core.h"
#include "partition/learn/physics/kinds.h"

namespace partita::learn {
namespace {

enum Value : std::size_t {
  kOverhead,
  kRate,
  kRead,
  kReadFar,
  kReadOld,
  kWeights,
  kWritten,
  kColdOverhead
};

struct Terms {
  double computing = 0, moving = 0, overhead = 0;
  double seconds() const { return computing + moving + overhead; }
};

Terms terms_of(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet) {
  const Gone parts = gone(layer, sheet);
  Terms terms;
  terms.computing = layer.flops / (sheet.rate * values[kRate]);
  terms.moving = (layer.read * (values[kRead] + values[kReadFar] * parts.from_own +
                                values[kReadOld] * parts.from_shared) +
                  layer.weights * values[kWeights] +
                  (layer.over_operand ? 0 : layer.written) * values[kWritten]) /
                 sheet.bandwidth;
  terms.overhead = 1e-6 * (values[kOverhead] + values[kColdOverhead] * parts.from_shared);
  return terms;
}

class CoreStream : public Physics {
 public:
  std::string_view name() const override { return "core_stream"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{
        {"overhead_us", 3, 0.7},       {"rate_share", 0.3, 0.7},    {"read_factor", 3, 0.6},
        {"far_read_factor", 1.8, 0.8}, {"old_read_factor", 6, 0.8}, {"weights_factor", 8, 0.5},
        {"written_factor", 3, 0.7},    {"cold_overhead_us", 3, 0.7}};
    return kAll;
  }
  const FitHabits& habits() const override {
    static const FitHabits kHabits{
        .deviation = 0.1, .device_count = 1e4, .pooling = 0.7, .by_kernel = true};
    return kHabits;
  }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"log traffic",
                                                    "log rows",
                                                    "log columns",
                                                    "log time",
                                                    "share computing",
                                                    "share moving",
                                                    "part gone from the own cache"};
    return kAll;
  }

  // overhead + operations / rate + bytes by where they lie / bandwidth
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    return terms_of(values, layer, sheet).seconds();
  }
  std::size_t place_size() const override { return 3; }
  void place(const LayerFeatures& layer, std::span<double> place) const override {
    place[0] = std::log(layer.batch * layer.rows);
    place[1] = std::log(layer.columns);
    place[2] = std::log(1 + layer.read) - std::log(1 + layer.written);
  }
  void describe(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    const Terms terms = terms_of(values, layer, sheet);
    features[0] = std::log(layer.traffic());
    features[1] = std::log(layer.rows);
    features[2] = std::log(layer.columns);
    features[3] = std::log(terms.seconds());
    features[4] = terms.computing / terms.seconds();
    features[5] = terms.moving / terms.seconds();
    features[6] = gone(layer, sheet).from_own;
  }
};

}  // namespace

const Physics& core_stream_physics() {
  static const CoreStream kCoreStream;
  return kCoreStream;
}

}  // namespace partita::learn
