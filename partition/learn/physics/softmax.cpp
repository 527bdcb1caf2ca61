// Softmax over rows: short ones stay in registers, longer ones are read again.
#include <algorithm>
#include <cmath>

#include "partition/learn/physics/kinds.h"

namespace partita::learn {
namespace {

constexpr double kShort = 1024;  // elements that the threads of a warp hold in registers

class Softmax : public Physics {
 public:
  std::string_view name() const override { return "softmax"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{{"overhead_us", 20, 0.3},
                                             {"overhead_long_us", 30, 0.3},
                                             {"traffic_factor", 1.2, 0.15, 0.25},
                                             {"long_factor", 1.3, 0.3},
                                             {"clocks_a_long_row", 1500, 0.4}};
    return kAll;
  }
  const FitHabits& habits() const override { return row_habits(); }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"row length", "row length mod 4", "block",
                                                    "log traffic / bandwidth",
                                                    "log rows under way / L2"};
    return kAll;
  }

  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    const double moving = values[2] * layer.traffic() / sheet.bandwidth;
    if (layer.columns <= kShort) return 1e-6 * values[0] + moving;
    const double computing =
        layer.batch * layer.rows * values[4] * block(layer) / 256 / sheet.all_clocks();
    return 1e-6 * values[1] +
           std::pow(std::pow(moving * values[3], 4) + std::pow(computing, 4), 0.25);
  }
  std::size_t place_size() const override { return 2; }
  void place(const LayerFeatures& layer, std::span<double> place) const override {
    place[0] = std::log(layer.batch * layer.rows);
    place[1] = std::log(layer.columns);
  }
  void describe(std::span<const double>, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    features[0] = layer.columns;
    features[1] = std::fmod(layer.columns, 4);
    features[2] = block(layer);
    features[3] = std::log(layer.traffic() / sheet.bandwidth);
    features[4] = std::log(sheet.units * 4 * layer.columns * info(layer.type).bytes / sheet.l2);
  }

 private:
  // Threads of a long row: the power of two from 32 on that gives each 8 elements.
  static double block(const LayerFeatures& layer) {
    if (layer.columns <= kShort) return 128;
    return std::max(32.0, std::exp2(std::ceil(std::log2(layer.columns / 8))));
  }
};

}  // namespace

const Physics& softmax_physics() {
  static const Softmax kSoftmax;
  return kSoftmax;
}

}  // namespace partita::learn
