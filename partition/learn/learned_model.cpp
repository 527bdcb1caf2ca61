#include "partition/learn/learned_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/diagnostics.h"

namespace partita::learn {
namespace {

Time time_of(double in_seconds) {
  return scaled(Time{1'000'000'000'000}, std::min(in_seconds, 9e6));
}

// FNV-1a (Fowler, Noll, Vo) over the text of every row.
std::string hash_of(const Observations& observations) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](std::string_view text) {
    for (const char c : text) {
      hash ^= static_cast<unsigned char>(c);
      hash *= 1099511628211ULL;
    }
  };
  for (const Observation& row : observations.rows) {
    const LayerFeatures& layer = row.layer;
    add(fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", observations.device(row).name, row.group,
                    layer.op, to_string(layer.type), layer.batch, layer.rows, layer.columns,
                    layer.depth, layer.traffic(), row.seconds));
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace

LearnedModel LearnedModel::learn(const Observations& observations, const BranchOptions& options,
                                 bool with_intervals) {
  if (observations.rows.empty())
    throw ConfigError({"measurements"}, "there are none to learn from");
  LearnedModel model;
  model.data_hash_ = hash_of(observations);
  std::vector<bool> done(observations.rows.size(), false);
  for (std::size_t i = 0; i < observations.rows.size(); ++i) {
    if (done[i]) continue;
    Branch kind;
    const DeviceFeatures& device = observations.device(observations.rows[i]);
    kind.physics = &physics_of(observations.rows[i].layer, device);
    kind.type = observations.rows[i].layer.type;
    Observations own{observations.devices, {}};
    for (std::size_t j = i; j < observations.rows.size(); ++j) {
      const Observation& row = observations.rows[j];
      if (!kind.fits(row.layer, observations.device(row))) continue;
      done[j] = true;
      own.rows.push_back(row);
    }
    model.branches_.push_back(with_intervals ? learn_branch_with_intervals(own, options)
                                             : learn_branch(own, options));
  }
  return model;
}

DeviceModel LearnedModel::on(const DeviceFeatures& device) const {
  DeviceModel on_device;
  on_device.model_ = this;
  for (const Branch& branch : branches_) on_device.branches_.emplace_back(branch, device);
  return on_device;
}

std::optional<Estimate> LearnedModel::predict(const LayerFeatures& layer,
                                              const DeviceFeatures& device) const {
  return on(device).predict(layer);
}

const DeviceFeatures* LearnedModel::device(const std::string& name) const {
  for (const Branch& branch : branches_) {
    if (const DeviceFit* fit = branch.population.find(name)) return &fit->device;
  }
  return nullptr;
}

const BranchOnDevice* DeviceModel::branch_of(const LayerFeatures& layer, std::size_t& index) const {
  for (index = 0; index < branches_.size(); ++index) {
    if (model_->branches()[index].fits(layer, branches_[index].device())) return &branches_[index];
  }
  return nullptr;
}

std::optional<Estimate> DeviceModel::predict(const LayerFeatures& layer) const {
  std::size_t index = 0;
  const BranchOnDevice* branch = branch_of(layer, index);
  if (branch == nullptr) return std::nullopt;
  const auto answer = branch->answer(layer);
  const double width = std::exp(branch->half_width(answer.outside));
  return Estimate{time_of(answer.seconds), time_of(std::max(answer.ideal, answer.seconds / width)),
                  time_of(answer.seconds * width), answer.outside > 0,
                  branch->known() && branch->device().is_core()};
}

std::vector<std::size_t> DeviceModel::points_to_measure(
    const std::vector<LayerFeatures>& candidates, std::size_t count) const {
  // Each kind's own candidates, best first.
  std::vector<std::vector<std::size_t>> wanted;
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    std::vector<std::size_t> places;
    std::vector<LayerFeatures> own;
    for (std::size_t j = 0; j < candidates.size(); ++j) {
      if (!model_->branches()[i].fits(candidates[j], branches_[i].device())) continue;
      places.push_back(j);
      own.push_back(candidates[j]);
    }
    std::vector<std::size_t> order = branches_[i].points_to_measure(own, count);
    for (std::size_t& each : order) each = places[each];
    wanted.push_back(std::move(order));
  }
  std::vector<std::size_t> chosen;
  for (std::size_t turn = 0; turn < count; ++turn) {
    for (const auto& order : wanted) {
      if (turn < order.size() && chosen.size() < count) chosen.push_back(order[turn]);
    }
  }
  return chosen;
}

void DeviceModel::sharpen(const std::vector<Point>& points) {
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    std::vector<FitRow> own;
    for (const Point& point : points) {
      if (model_->branches()[i].fits(point.layer, branches_[i].device())) {
        own.push_back({&point.layer, std::log(seconds(point.time))});
      }
    }
    branches_[i].sharpen(own);
  }
}

std::optional<Explanation> DeviceModel::explain(const LayerFeatures& layer,
                                                std::size_t nearest) const {
  std::size_t index = 0;
  const BranchOnDevice* on_device = branch_of(layer, index);
  if (on_device == nullptr) return std::nullopt;
  const Branch& branch = model_->branches()[index];
  const Physics& physics = *branch.physics;
  Explanation why;
  why.branch = fmt::format("{} {}", physics.name(), to_string(branch.type));
  why.answer = on_device->answer(layer);
  why.half_width = on_device->half_width(why.answer.outside);
  for (std::size_t i = 0; i < physics.parameters().size(); ++i) {
    why.values.push_back({std::string{physics.parameters()[i].name}, on_device->values(layer)[i]});
  }
  const auto& features = on_device->features_of(layer);
  for (std::size_t i = 0; i < features.size(); ++i) {
    why.features.push_back({std::string{physics.features()[i]}, features[i]});
  }
  why.parts = branch.correction.parts(features);
  for (const DeviceFit& fit : branch.population.fits) {
    if (!on_device->known() || fit.device.name == on_device->device().name) {
      why.devices.push_back(fit.device.name);
    }
  }
  why.row_count = branch.row_count;
  std::vector<std::pair<double, const Sample*>> by_distance;
  std::vector<double> here(physics.place_size()), there(physics.place_size());
  physics.place(layer, here);
  for (const Sample& sample : branch.samples) {
    if (on_device->known() && sample.device != on_device->device().name) continue;
    physics.place(sample.layer, there);
    double distance = 0;
    for (std::size_t i = 0; i < here.size(); ++i) {
      distance += (here[i] - there[i]) * (here[i] - there[i]);
    }
    by_distance.emplace_back(distance, &sample);
  }
  std::stable_sort(by_distance.begin(), by_distance.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < std::min(nearest, by_distance.size()); ++i) {
    why.nearest.push_back(*by_distance[i].second);
  }
  return why;
}

}  // namespace partita::learn
