// Normalisation over rows: a row is read once for its mean and variance and once more to scale it.
#include <cmath>

#include "partition/learn/physics/kinds.h"

namespace partita::learn {
namespace {

class Norm : public Physics {
 public:
  std::string_view name() const override { return "norm"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{{"overhead_us", 40, 0.2},
                                             {"traffic_factor", 1.2, 0.15, 0.25},
                                             {"cache_share", 1, 0.3},
                                             {"clocks_a_row", 200, 0.4},
                                             {"clocks_a_step", 150, 0.4}};
    return kAll;
  }
  const FitHabits& habits() const override { return row_habits(); }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"row length", "row length mod 4", "steps",
                                                    "log traffic / bandwidth",
                                                    "log rows under way / L2"};
    return kAll;
  }

  // overhead + 4-norm of what memory and units take. The second reading of a row misses the cache
  // where the rows under way (16 blocks a unit) do not fit in it; a row takes a unit some clocks,
  // and some for each step of 512 elements.
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    const double under_way = rows_under_way(layer, sheet) / values[2];
    const double missed = 1 / (1 + 1 / (under_way * under_way));
    const double again = 0.5 * missed;
    const double moving = values[1] * layer.traffic() / sheet.bandwidth * (1 + again);
    const double computing =
        layer.batch * layer.rows * (values[3] + values[4] * steps(layer)) / sheet.all_clocks();
    return 1e-6 * values[0] + std::pow(std::pow(moving, 4) + std::pow(computing, 4), 0.25);
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
    features[2] = steps(layer);
    features[3] = std::log(layer.traffic() / sheet.bandwidth);
    features[4] = std::log(rows_under_way(layer, sheet));
  }

 private:
  static double steps(const LayerFeatures& layer) { return std::ceil(layer.columns / 512); }
  static double rows_under_way(const LayerFeatures& layer, const Datasheet& sheet) {
    return sheet.units * 16 * layer.columns * info(layer.type).bytes / sheet.l2;
  }
};

}  // namespace

const Physics& norm_physics() {
  static const Norm kNorm;
  return kNorm;
}

}  // namespace partita::learn
