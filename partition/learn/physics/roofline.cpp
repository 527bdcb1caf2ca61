#include "partition/learn/physics/roofline.h"

#include <cmath>

#include "partition/learn/least_squares.h"

namespace partita::learn {

double FittedRoofline::seconds(const LayerFeatures& layer, const DeviceFeatures& device) const {
  const auto rate = device.rate(layer.type, layer.is_product());
  const double computing = rate ? layer.flops / (compute_share * *rate) : 0;
  const double moving =
      layer.traffic() / (bandwidth_share * static_cast<double>(device.bandwidth.value));
  return overhead + computing + moving;
}

FittedRoofline fit_roofline(const Observations& observations) {
  const auto at = [](const std::vector<double>& x) {
    return FittedRoofline{std::exp(x[0]), std::exp(x[1]), std::exp(x[2])};
  };
  const auto residuals = [&](const std::vector<double>& x, std::vector<double>& out) {
    const FittedRoofline roofline = at(x);
    out.resize(observations.rows.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const Observation& row = observations.rows[i];
      out[i] = std::log(roofline.seconds(row.layer, observations.device(row)) / row.seconds);
    }
  };
  return at(fit_parameters(residuals, {std::log(2e-5), std::log(0.7), std::log(0.7)},
                           {std::log(1e-8), std::log(0.01), std::log(0.01)},
                           {std::log(1e-2), std::log(4.0), std::log(4.0)}, {.scale = 0.05}));
}

}  // namespace partita::learn
