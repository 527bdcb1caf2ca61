#include "partition/learn/branch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "partition/learn/boosting.h"
#include "partition/learn/conformal.h"

namespace partita::learn {
namespace {

constexpr double kFade = 4;  // powers of e beyond the range that halve a correction
constexpr std::array kShares{0.0, 0.5, 1.0};  // of a correction, to choose from
constexpr double kCoverage = 0.9;
constexpr std::size_t kMostCalibrationRows = 12000;
constexpr std::size_t kMostSamples = 1000;

// Layers that only move data have no operations.
double log_of(double work) { return std::log(std::max(1.0, work)); }

WorkRange range_of(const Observations& observations) {
  WorkRange range{1e300, -1e300, 1e300, -1e300};
  for (const Observation& row : observations.rows) {
    const double flops = log_of(row.layer.flops), traffic = log_of(row.layer.traffic());
    range.low_flops = std::min(range.low_flops, flops);
    range.high_flops = std::max(range.high_flops, flops);
    range.low_traffic = std::min(range.low_traffic, traffic);
    range.high_traffic = std::max(range.high_traffic, traffic);
  }
  return range;
}

// Every n-th row, so that at most `most` are left.
Observations thinned(const Observations& all, std::size_t most) {
  const std::size_t step = std::max<std::size_t>(1, (all.rows.size() + most - 1) / most);
  Observations fewer{all.devices, {}};
  for (std::size_t i = 0; i < all.rows.size(); i += step) fewer.rows.push_back(all.rows[i]);
  return fewer;
}

std::vector<double> scores_of(const BranchOnDevice& model, const std::vector<FitRow>& rows) {
  std::vector<double> scores;
  for (const FitRow& row : rows) {
    scores.push_back(std::abs(std::log(model.answer(*row.layer).seconds) - row.log_seconds));
  }
  return scores;
}

std::vector<FitRow> rows_of(const Observations& observations, std::size_t device) {
  std::vector<FitRow> rows;
  for (const Observation& row : observations.rows) {
    if (row.device == device) rows.push_back({&row.layer, std::log(row.seconds)});
  }
  return rows;
}

// The half width that holds nine times of ten. So few scores promise nothing: then at least what
// nobody knows anything of gets, a factor of two.
double width_of(const std::vector<std::vector<double>>& scores) {
  constexpr std::size_t kLeastScores = 9;  // of which the largest is the 90 % quantile
  const double kUnknown = std::log(2.0);
  std::size_t count = 0;
  for (const auto& group : scores) count += group.size();
  const double width = conformal_quantile(scores, kCoverage);
  return count < kLeastScores ? std::max(kUnknown, width) : width;
}

double mean_of(const std::vector<std::vector<double>>& groups) {
  double sum = 0;
  for (const auto& group : groups) {
    for (const double each : group) {
      sum += each / static_cast<double>(group.size() * groups.size());
    }
  }
  return sum;
}

// The share of a correction with which models were least wrong.
std::size_t best_of(const std::array<std::vector<std::vector<double>>, kShares.size()>& scores) {
  std::size_t best = 0;
  for (std::size_t share = 1; share < kShares.size(); ++share) {
    if (!scores[share].empty() && mean_of(scores[share]) < mean_of(scores[best])) best = share;
  }
  return best;
}

// Each device in turn is left out, and judges, with some points of it.
void calibrate_unseen(const Observations& all, const BranchOptions& options, Branch& result) {
  using Scores = std::vector<std::vector<double>>;
  std::array<std::array<Scores, kShares.size()>, kPointCounts.size()> scores;
  for (std::size_t device = 0; device < all.devices.size(); ++device) {
    const std::vector<FitRow> own = rows_of(all, device);
    const Observations others =
        all.where([&](const Observation& row) { return row.device != device; });
    if (own.empty() || others.rows.empty()) continue;
    Branch branch = learn_branch(others, options);
    std::vector<LayerFeatures> candidates;
    for (const FitRow& row : own) candidates.push_back(*row.layer);
    for (std::size_t i = 0; i < kPointCounts.size(); ++i) {
      const std::vector<std::size_t> chosen = BranchOnDevice(branch, all.devices[device])
                                                  .points_to_measure(candidates, kPointCounts[i]);
      // What it is told does not judge it.
      std::vector<FitRow> points, judges;
      for (std::size_t row = 0; row < own.size(); ++row) {
        const bool told = std::find(chosen.begin(), chosen.end(), row) != chosen.end();
        (told ? points : judges).push_back(own[row]);
      }
      for (std::size_t share = 0; share < kShares.size(); ++share) {
        if (share > 0 && branch.correction.trees() == 0) continue;
        branch.unseen_share.fill(kShares[share]);
        BranchOnDevice model(branch, all.devices[device]);
        model.sharpen(points);
        if (!judges.empty()) scores[i][share].push_back(scores_of(model, judges));
      }
    }
  }
  for (std::size_t i = 0; i < kPointCounts.size(); ++i) {
    const std::size_t best = best_of(scores[i]);
    result.unseen_share[i] = kShares[best];
    result.intervals.unseen[i] = width_of(scores[i][best]);
  }
}

// How the logarithm of a layer's time moves with each of the numbers, in their spreads.
std::vector<double> slopes_of(const Branch& branch, const LayerFeatures& layer,
                              const Datasheet& sheet, const std::vector<double>& values) {
  constexpr double kStep = 0.05;
  const double at = std::log(branch.physics->seconds(values, layer, sheet));
  std::vector<double> slopes;
  for (std::size_t j = 0; j < values.size(); ++j) {
    std::vector<double> moved = values;
    moved[j] *= std::exp(kStep);
    slopes.push_back((std::log(branch.physics->seconds(moved, layer, sheet)) - at) / kStep *
                     branch.physics->parameters()[j].spread);
  }
  return slopes;
}

// With one device nobody knows how far others are from it: as far as the numbers' spreads say, of
// which points take their part (Bayesian linear regression around the fitted numbers).
void assume_unseen(const Observations& all, Branch& branch) {
  constexpr double kNineOfTen = 1.645;  // deviations of a normal distribution
  constexpr std::size_t kLayers = 200;
  const DeviceFit& fit = branch.population.fits.front();
  const std::size_t n = fit.logs.general.size();
  const Datasheet sheet(fit.device, branch.type, branch.product);
  // Its own correction is of no use elsewhere, so what physics leaves is left there, too.
  std::vector<double> left;
  for (const Observation& row : all.rows) {
    const std::vector<double> values = values_of(fit.logs.of(row.layer));
    left.push_back(
        std::abs(std::log(row.seconds / branch.physics->seconds(values, row.layer, sheet))));
  }
  const double base = std::max(branch.intervals.known, width_of({left}));
  std::vector<LayerFeatures> layers;
  std::vector<std::vector<double>> slopes;
  const Observations some = thinned(all, kLayers);
  for (const Observation& row : some.rows) {
    layers.push_back(row.layer);
    slopes.push_back(slopes_of(branch, row.layer, sheet, values_of(fit.logs.of(row.layer))));
  }
  const double noise = branch.physics->habits().deviation * branch.physics->habits().deviation;
  for (std::size_t i = 0; i < kPointCounts.size(); ++i) {
    std::vector<double> covariance(n * n);
    for (std::size_t j = 0; j < n; ++j) covariance[j * n + j] = 1;
    const auto times = [&](const std::vector<double>& slope) {
      std::vector<double> product(n);
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < n; ++k) product[j] += covariance[j * n + k] * slope[k];
      }
      return product;
    };
    const auto variance = [](const std::vector<double>& product, const std::vector<double>& slope) {
      return std::inner_product(product.begin(), product.end(), slope.begin(), 0.0);
    };
    for (const std::size_t point :
         BranchOnDevice(branch, fit.device).points_to_measure(layers, kPointCounts[i])) {
      const auto product = times(slopes[point]);
      const double total = noise + variance(product, slopes[point]);
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < n; ++k) {
          covariance[j * n + k] -= product[j] * product[k] / total;
        }
      }
    }
    double mean = 0;
    for (const auto& slope : slopes) {
      mean += variance(times(slope), slope) / static_cast<double>(slopes.size());
    }
    branch.intervals.unseen[i] = std::sqrt(base * base + kNineOfTen * kNineOfTen * mean);
  }
}

// Half of the rows, by their work, teach; the larger half judges.
void calibrate_larger(const Observations& all, const BranchOptions& options, Intervals& intervals) {
  std::vector<std::vector<double>> scores;
  std::vector<double> work;
  for (const Observation& row : all.rows) work.push_back(row.layer.flops);
  std::nth_element(work.begin(), work.begin() + static_cast<std::ptrdiff_t>(work.size() / 2),
                   work.end());
  const double half = work[work.size() / 2];
  const Observations small =
      all.where([&](const Observation& row) { return row.layer.flops < half; });
  const Observations large =
      all.where([&](const Observation& row) { return row.layer.flops >= half; });
  if (small.rows.empty()) return;
  const Branch branch = learn_branch(small, options);
  for (std::size_t device = 0; device < all.devices.size(); ++device) {
    scores.push_back(
        scores_of(BranchOnDevice(branch, all.devices[device]), rows_of(large, device)));
  }
  intervals.larger = width_of(scores);
}

// Shapes that were left out, a third of them at a time: whole groups (models) where rows have any,
// else by the width of their result.
void calibrate_known(const Observations& all, const BranchOptions& options, Branch& result) {
  constexpr std::size_t kParts = 3;
  std::set<std::string> names;
  for (const Observation& row : all.rows) names.insert(row.group);
  const auto part_of = [&](const Observation& row) {
    if (names.size() > 1) {
      return static_cast<std::size_t>(std::distance(names.begin(), names.find(row.group))) % kParts;
    }
    return static_cast<std::size_t>(row.layer.columns) % kParts;
  };
  std::array<std::vector<std::vector<double>>, kShares.size()> scores;
  for (std::size_t part = 0; part < kParts; ++part) {
    const Observations rest =
        all.where([&](const Observation& row) { return part_of(row) != part; });
    const Observations own =
        all.where([&](const Observation& row) { return part_of(row) == part; });
    if (own.rows.empty() || rest.rows.empty()) continue;
    Branch branch = learn_branch(rest, options);
    for (std::size_t share = 0; share < kShares.size(); ++share) {
      branch.known_share = kShares[share];
      for (std::size_t device = 0; device < all.devices.size(); ++device) {
        if (branch.population.find(all.devices[device].name) == nullptr) continue;
        scores[share].push_back(
            scores_of(BranchOnDevice(branch, all.devices[device]), rows_of(own, device)));
      }
    }
  }
  const std::size_t best = best_of(scores);
  result.known_share = kShares[best];
  result.intervals.known = width_of(scores[best]);
}

}  // namespace

double WorkRange::outside(const LayerFeatures& layer) const {
  const double flops = log_of(layer.flops), traffic = log_of(layer.traffic());
  return std::max(
      {0.0, low_flops - flops, flops - high_flops, low_traffic - traffic, traffic - high_traffic});
}

Branch learn_branch(const Observations& observations, const BranchOptions& options) {
  Branch branch;
  const LayerFeatures& first = observations.rows.front().layer;
  const Physics& physics = physics_of(first, observations.device(observations.rows.front()));
  branch.physics = &physics;
  branch.type = first.type;
  branch.product = first.is_product();
  branch.population = fit_population(physics, observations);
  branch.range = range_of(observations);
  branch.row_count = observations.rows.size();
  const Observations some = thinned(observations, kMostSamples);
  for (const Observation& row : some.rows) {
    branch.samples.push_back({some.device(row).name, row.layer, row.seconds});
  }
  if (!options.correct) return branch;
  std::vector<std::vector<double>> rows;
  std::vector<double> residuals;
  for (std::size_t device = 0; device < observations.devices.size(); ++device) {
    const DeviceFit* fit = branch.population.find(observations.devices[device].name);
    if (fit == nullptr) continue;
    const Datasheet sheet(fit->device, branch.type, first.is_product());
    for (const Observation& row : observations.rows) {
      if (row.device != device) continue;
      const std::vector<double> values = values_of(fit->logs.of(row.layer));
      std::vector<double> features(physics.features().size());
      physics.describe(values, row.layer, sheet, features);
      residuals.push_back(std::log(row.seconds / physics.seconds(values, row.layer, sheet)));
      rows.push_back(std::move(features));
    }
  }
  BoostingOptions boosting = physics.boosting();
  boosting.seed = options.seed;
  branch.correction = boost(rows, residuals, {}, boosting);
  return branch;
}

Branch learn_branch_with_intervals(const Observations& observations, const BranchOptions& options) {
  Branch branch = learn_branch(observations, options);
  const Observations fewer = thinned(observations, kMostCalibrationRows);
  calibrate_known(fewer, options, branch);
  calibrate_larger(fewer, options, branch.intervals);
  calibrate_unseen(fewer, options, branch);
  if (branch.population.fits.size() < 2) assume_unseen(fewer, branch);
  // Less is known of a device that was not measured, or of larger layers, than of these.
  for (double& each : branch.intervals.unseen) each = std::max(each, branch.intervals.known);
  branch.intervals.larger = std::max(branch.intervals.larger, branch.intervals.known);
  return branch;
}

BranchOnDevice::BranchOnDevice(const Branch& branch, const DeviceFeatures& device)
    : branch_(&branch),
      device_(device),
      sheet_(device, branch.type, branch.product),
      features_(branch.physics->features().size()),
      place_(branch.physics->place_size()) {
  const DeviceFit* fit = branch.population.find(device.name);
  // Every computer has a cpu0: only one that is described alike is the one that was measured.
  known_ = fit != nullptr && fit->device == device;
  set_logs(known_ ? fit->logs : branch.population.expected(*branch.physics, device));
}

void BranchOnDevice::set_logs(FittedLogs logs) {
  logs_ = std::move(logs);
  values_ = values_of(logs_.general);
  for (const auto& [name, own] : logs_.kernels) kernels_[name] = values_of(own);
}

const std::vector<double>& BranchOnDevice::values(const LayerFeatures& layer) const {
  const auto found = kernels_.find(layer.kernel);
  return found == kernels_.end() ? values_ : found->second;
}

const std::vector<double>& BranchOnDevice::features_of(const LayerFeatures& layer) const {
  branch_->physics->describe(values(layer), layer, sheet_, features_);
  return features_;
}

std::size_t BranchOnDevice::step() const {
  std::size_t step = 0;
  while (step + 1 < kPointCounts.size() && points_ >= kPointCounts[step + 1]) ++step;
  return step;
}

BranchOnDevice::Answer BranchOnDevice::answer(const LayerFeatures& layer) const {
  Answer answer;
  answer.physics = branch_->physics->seconds(values(layer), layer, sheet_);
  answer.outside = branch_->range.outside(layer);
  const double share = known_ ? branch_->known_share : branch_->unseen_share[step()];
  if (branch_->correction.trees() > 0 && share > 0) {
    answer.correction = branch_->correction.value(features_of(layer));
    answer.faded = share * answer.correction * std::exp2(-answer.outside / kFade);
  }
  if (points_ > 0) {
    branch_->physics->place(layer, place_);
    answer.neighbours = neighbours_.value(place_);
  }
  answer.ideal = ideal_time(layer, device_);
  answer.seconds =
      std::max(answer.ideal, answer.physics * std::exp(answer.faded + answer.neighbours));
  return answer;
}

double BranchOnDevice::half_width(double outside) const {
  const Intervals& widths = branch_->intervals;
  double width = known_ ? widths.known : widths.unseen[step()];
  // Twice as wide for each factor of e^8 beyond what was measured.
  if (outside > 0) width = std::max(width, widths.larger) * std::exp2(outside / 8);
  return width;
}

void BranchOnDevice::sharpen(const std::vector<FitRow>& points) {
  if (points.empty()) return;
  const FitHabits& habits = branch_->physics->habits();
  points_ += points.size();
  std::vector<FitRow> corrected = points;
  for (FitRow& each : corrected) {
    // What is special about its kernel stays: the numbers in common are fitted.
    const Answer now = answer(*each.layer);
    each.log_seconds -=
        now.faded + std::log(now.physics / branch_->physics->seconds(values_, *each.layer, sheet_));
  }
  FittedLogs sharper = logs_;
  sharper.general = fit_device(*branch_->physics, device_, corrected, logs_.general,
                               habits.sharpening, static_cast<double>(points.size()));
  // Kernels stay as far from what they have in common as they are on other devices.
  for (auto& [name, own] : sharper.kernels) {
    for (std::size_t j = 0; j < own.size(); ++j) own[j] += sharper.general[j] - logs_.general[j];
  }
  set_logs(std::move(sharper));
  std::vector<std::vector<double>> places;
  std::vector<double> rest;
  for (const FitRow& each : points) {
    const Answer now = answer(*each.layer);
    rest.push_back(each.log_seconds - std::log(now.physics) - now.faded);
    places.emplace_back(place_.size());
    branch_->physics->place(*each.layer, places.back());
  }
  neighbours_ = Neighbours(std::move(places), rest, habits.neighbour_deviation,
                           habits.neighbour_reach, habits.neighbour_noise);
}

std::vector<std::size_t> BranchOnDevice::points_to_measure(
    const std::vector<LayerFeatures>& candidates, std::size_t count) const {
  std::vector<std::vector<double>> places;
  for (const LayerFeatures& layer : candidates) {
    places.emplace_back(place_.size());
    branch_->physics->place(layer, places.back());
  }
  return representatives(places, count, 1);
}

}  // namespace partita::learn
