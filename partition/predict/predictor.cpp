#include "partition/predict/predictor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "partition/predict/interpolation.h"

namespace partita {
namespace {

using Ratios = std::array<std::vector<double>, kOpFamilies.size()>;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::size_t family_of(const Network& network, LayerId layer) {
  return static_cast<std::size_t>(info(network.layer(layer).kind).family);
}

class Column {
 public:
  // `features` of the network, where there is a learned model to ask.
  Column(const Network& network, const Hardware& hardware, const Profile& profile,
         const IdVector<LayerId, std::string>& signatures, ProcessorId processor,
         const learn::LearnedModel* learned, const learn::NetworkFeatures* features)
      : network_(network),
        features_(features),
        profile_(profile),
        signatures_(signatures),
        spec_(hardware.processors()[processor]),
        interpolation_(profile, spec_.name) {
    if (learned != nullptr) learned_ = learned_on(network, hardware, processor, profile, *learned);
  }

  // What was measured of a layer; a machine file that takes a family away from a processor
  // overrules old profiles.
  const ProfileRow* measured(LayerId layer) const {
    if (!spec_.supports[family_of(network_, layer)]) return nullptr;
    return profile_.layer(signatures_[layer], spec_.name);
  }

  // A signature counts once: a network that repeats one layer fifty times has still measured it
  // once.
  void learn(LayerId layer, const LayerCost& roofline) {
    const ProfileRow* row = measured(layer);
    if (row == nullptr || !seen_.insert(signatures_[layer]).second) return;
    if (learn::may_rename(network_.layer(layer).kind)) {
      renames_.push_back(static_cast<double>(row->median.count()));
      return;
    }
    ratios_[family_of(network_, layer)].push_back(static_cast<double>(on(row->median).count()) /
                                                  static_cast<double>(roofline.time.count()));
  }

  std::optional<Interpolation::Between> interpolated(LayerId layer) const {
    if (!spec_.supports[family_of(network_, layer)]) return std::nullopt;
    return interpolation_.at(signatures_[layer]);
  }

  std::optional<learn::Estimate> learned(LayerId layer) const {
    if (!learned_ || !spec_.supports[family_of(network_, layer)] ||
        learn::may_rename(network_.layer(layer).kind)) {
      return std::nullopt;
    }
    return learned_->predict(features_->of(layer));
  }

  // `time` on the processor as the machine file has it.
  Time on(Time time) const {
    return spec_.time_scale == 1 ? time : std::max(1_ps, scaled(time, spec_.time_scale));
  }

  static LayerCost::Spread spread(const ProfileRow& row) {
    const auto median = static_cast<double>(row.median.count());
    return {static_cast<double>(row.p10.count()) / median,
            static_cast<double>(row.p90.count()) / median};
  }

  // The roofline, as far as measurements correct it; what only renames takes as long as others that
  // do, whatever its size.
  Time corrected(LayerId layer, Time roofline) const {
    if (learn::may_rename(network_.layer(layer).kind) && !renames_.empty()) {
      return on(std::max(1_ps, Time{std::llround(median(renames_))}));
    }
    return std::max(1_ps, scaled(roofline, correction(layer)));
  }

 private:
  double correction(LayerId layer) const {
    const std::vector<double>& known = ratios_[family_of(network_, layer)];
    return known.empty() ? 1.0 : median(known);
  }

  const Network& network_;
  const learn::NetworkFeatures* features_;
  const Profile& profile_;
  const IdVector<LayerId, std::string>& signatures_;
  const ProcessorSpec& spec_;
  Interpolation interpolation_;
  std::optional<learn::DeviceModel> learned_;
  Ratios ratios_;
  std::vector<double> renames_;  // ps
  std::set<std::string> seen_;
};

}  // namespace

learn::DeviceModel learned_on(const Network& network, const Hardware& hardware,
                              ProcessorId processor, const Profile& profile,
                              const learn::LearnedModel& learned) {
  const learn::DeviceFeatures features = learn::device_features(hardware, processor);
  learn::DeviceModel on = learned.on(features);
  const learn::DeviceFeatures* measured = learned.device(features.name);
  if (measured != nullptr && *measured == features) return on;

  const ProcessorSpec& spec = hardware.processors()[processor];
  const learn::NetworkFeatures features_in(network);
  std::vector<learn::LayerFeatures> layers;
  std::vector<Time> times;
  std::set<std::string> known;
  for (const LayerId layer : network.layers()) {
    if (!spec.supports[family_of(network, layer)] || learn::may_rename(network.layer(layer).kind)) {
      continue;
    }
    const std::string signature = network.signature(layer);
    const ProfileRow* row = profile.layer(signature, spec.name);
    if (row == nullptr || !known.insert(signature).second) continue;
    layers.push_back(features_in.of(layer));
    times.push_back(row->median);
  }
  std::vector<learn::DeviceModel::Point> points;
  for (const std::size_t i : on.points_to_measure(layers, kLearnedPoints)) {
    points.push_back({layers[i], times[i]});
  }
  if (!points.empty()) on.sharpen(points);
  return on;
}

CostTable predicted_costs(const Network& network, const Hardware& hardware, const Profile& profile,
                          const learn::LearnedModel* learned) {
  CostTable costs = estimated_costs(network, hardware);
  if (network.given_times()) return costs;
  IdVector<LayerId, std::string> signatures(network.layer_count());
  for (const LayerId layer : network.layers()) signatures[layer] = network.signature(layer);

  std::optional<learn::NetworkFeatures> features;
  if (learned != nullptr) features.emplace(network);
  for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
    Column column(network, hardware, profile, signatures, processor, learned,
                  features ? &*features : nullptr);
    for (const LayerId layer : network.layers()) {
      if (const auto& roofline = costs(layer, processor)) column.learn(layer, *roofline);
    }
    for (const LayerId layer : network.layers()) {
      const std::optional<LayerCost> roofline = costs(layer, processor);
      const auto known = [&](Time time, CostSource source, LayerCost::Spread spread) {
        const Bytes traffic = roofline ? roofline->traffic : network.layer(layer).work.traffic();
        costs.set(
            layer, processor,
            LayerCost{
                .time = column.on(time), .traffic = traffic, .source = source, .spread = spread});
      };
      if (const ProfileRow* row = column.measured(layer)) {
        known(row->median, CostSource::Measured, Column::spread(*row));
        continue;
      }
      const auto between = column.interpolated(layer);
      const auto estimate = column.learned(layer);
      if (between && !(estimate && estimate->of_own_core)) {
        known(between->time, CostSource::Interpolated, between->spread);
      } else if (estimate) {
        known(std::max(1_ps, estimate->time), CostSource::Learned,
              {seconds(estimate->low) / seconds(estimate->time),
               seconds(estimate->high) / seconds(estimate->time)});
      } else if (roofline) {
        LayerCost scaled_cost = *roofline;
        scaled_cost.time = column.corrected(layer, roofline->time);
        costs.set(layer, processor, scaled_cost);
      }
    }
  }
  return costs;
}

}  // namespace partita
