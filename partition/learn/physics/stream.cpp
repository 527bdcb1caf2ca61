// Elementwise layers: bytes at some share of the bandwidth.
#include <cmath>

#include "partition/learn/physics/kinds.h"

namespace partita::learn {
namespace {

class Stream : public Physics {
 public:
  std::string_view name() const override { return "stream"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{{"overhead_us", 20, 0.3, 1},
                                             {"traffic_factor", 1.2, 0.15, 0.25}};
    return kAll;
  }
  const FitHabits& habits() const override { return row_habits(); }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"log traffic / L2", "log bytes an element"};
    return kAll;
  }

  // overhead + traffic_factor traffic / bandwidth
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    return 1e-6 * values[0] + values[1] * layer.traffic() / sheet.bandwidth;
  }
  // Powers take many instructions an element, so they stand apart.
  std::size_t place_size() const override { return 4; }
  void place(const LayerFeatures& layer, std::span<double> place) const override {
    place[0] = std::log(layer.batch * layer.rows);
    place[1] = std::log(layer.columns);
    place[2] = layer.read > 1.5 * layer.written ? 1 : 0;
    place[3] = layer.op.rfind("pow", 0) == 0 || layer.op == "Pow" ? 1 : 0;
  }
  void describe(std::span<const double>, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    features[0] = std::log(layer.traffic() / sheet.l2);
    features[1] = std::log(layer.traffic() / (layer.rows * layer.columns * layer.batch));
  }
};

}  // namespace

const Physics& stream_physics() {
  static const Stream kStream;
  return kStream;
}

}  // namespace partita::learn
