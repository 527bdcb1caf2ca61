#include "partition/learn/branch.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "partition/learn/boosting.h"
#include "partition/learn/conformal.h"
#include "partition/learn/least_squares.h"

namespace partita::learn {
namespace {

constexpr double kFade = 4;              // powers of e beyond the range that halve a correction
constexpr double kPointDeviation = 0.1;  // of one measurement's logarithm, shape's error included
constexpr std::size_t kMostCandidates = 3000;
constexpr double kCoverage = 0.9;
constexpr std::size_t kMostCalibrationRows = 12000;

BoostingOptions boosting_options(std::uint64_t seed) {
  return {.rounds = 300,
          .depth = 5,
          .rate = 0.05,
          .least_weight = 20,
          .ridge = 10,
          .row_share = 0.6,
          .column_share = 0.6,
          .seed = seed};
}

WorkRange range_of(const Observations& observations) {
  WorkRange range{1e300, -1e300, 1e300, -1e300};
  for (const Observation& row : observations.rows) {
    const double flops = std::log(row.layer.flops), traffic = std::log(row.layer.traffic());
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

// The scores of each device that a branch has not seen, with some points of it.
void calibrate_unseen(const Observations& all, const BranchOptions& options, Intervals& intervals) {
  std::array<std::vector<std::vector<double>>, kPointCounts.size()> scores;
  for (std::size_t device = 0; device < all.devices.size(); ++device) {
    const std::vector<FitRow> own = rows_of(all, device);
    const Observations others =
        all.where([&](const Observation& row) { return row.device != device; });
    if (own.empty() || others.rows.empty()) continue;
    const Branch branch = learn_branch(others, options);
    const BranchOnDevice fresh(branch, all.devices[device]);
    std::vector<LayerFeatures> candidates;
    for (const FitRow& row : own) candidates.push_back(*row.layer);
    const auto order = fresh.points_to_measure(candidates, kPointCounts.back());
    for (std::size_t i = 0; i < kPointCounts.size(); ++i) {
      BranchOnDevice model = fresh;
      std::vector<FitRow> points;
      for (std::size_t j = 0; j < std::min(kPointCounts[i], order.size()); ++j) {
        points.push_back(own[order[j]]);
      }
      model.sharpen(points);
      scores[i].push_back(scores_of(model, own));
    }
  }
  for (std::size_t i = 0; i < kPointCounts.size(); ++i) {
    intervals.unseen[i] = conformal_quantile(scores[i], kCoverage);
  }
}

// Half of the rows, by their work, teach; the larger half judges.
void calibrate_larger(const Observations& all, const BranchOptions& options,
                      Intervals& intervals) {
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
  intervals.larger = conformal_quantile(scores, kCoverage);
}

// Shapes that were left out, a tenth of them at a time: of whole groups (models) where rows have
// any, else by what they share of the result's width.
void calibrate_known(const Observations& all, const BranchOptions& options, Intervals& intervals) {
  constexpr std::size_t kParts = 3;
  std::set<std::string> names;
  for (const Observation& row : all.rows) names.insert(row.group);
  const auto part_of = [&](const Observation& row) {
    if (names.size() > 1) {
      return static_cast<std::size_t>(std::distance(names.begin(), names.find(row.group))) % kParts;
    }
    return static_cast<std::size_t>(row.layer.columns) % kParts;
  };
  std::vector<std::vector<double>> scores;
  for (std::size_t part = 0; part < kParts; ++part) {
    const Observations rest = all.where([&](const Observation& row) { return part_of(row) != part; });
    const Observations own = all.where([&](const Observation& row) { return part_of(row) == part; });
    if (own.rows.empty() || rest.rows.empty()) continue;
    const Branch branch = learn_branch(rest, options);
    for (std::size_t device = 0; device < all.devices.size(); ++device) {
      if (branch.population.find(all.devices[device].name) == nullptr) continue;
      scores.push_back(
          scores_of(BranchOnDevice(branch, all.devices[device]), rows_of(own, device)));
    }
  }
  intervals.known = conformal_quantile(scores, kCoverage);
}

}  // namespace

double WorkRange::outside(const LayerFeatures& layer) const {
  const double flops = std::log(layer.flops), traffic = std::log(layer.traffic());
  return std::max({0.0, low_flops - flops, flops - high_flops, low_traffic - traffic,
                   traffic - high_traffic});
}

Branch learn_branch(const Observations& observations, const BranchOptions& options) {
  Branch branch;
  const LayerFeatures& first = observations.rows.front().layer;
  branch.family = first.family;
  branch.type = first.type;
  const Physics& physics = branch.physics();
  branch.population = fit_population(physics, observations);
  branch.range = range_of(observations);
  if (!options.correct) return branch;
  std::vector<std::vector<double>> rows;
  std::vector<double> residuals;
  for (std::size_t device = 0; device < observations.devices.size(); ++device) {
    const DeviceFit* fit = branch.population.find(observations.devices[device].name);
    if (fit == nullptr) continue;
    const Datasheet sheet(fit->device, branch.type, first.is_product());
    const std::vector<double> values = values_of(fit->logs);
    for (const Observation& row : observations.rows) {
      if (row.device != device) continue;
      std::vector<double> features(physics.features().size());
      physics.describe(values, row.layer, sheet, features);
      residuals.push_back(std::log(row.seconds / physics.seconds(values, row.layer, sheet)));
      rows.push_back(std::move(features));
    }
  }
  branch.correction = boost(rows, residuals, {}, boosting_options(options.seed));
  return branch;
}

Branch learn_branch_with_intervals(const Observations& observations, const BranchOptions& options) {
  Branch branch = learn_branch(observations, options);
  const Observations fewer = thinned(observations, kMostCalibrationRows);
  calibrate_known(fewer, options, branch.intervals);
  calibrate_larger(fewer, options, branch.intervals);
  calibrate_unseen(fewer, options, branch.intervals);
  // Less is known of a device that was not measured, or of larger layers, than of these.
  for (double& each : branch.intervals.unseen) each = std::max(each, branch.intervals.known);
  branch.intervals.larger = std::max(branch.intervals.larger, branch.intervals.known);
  return branch;
}

BranchOnDevice::BranchOnDevice(const Branch& branch, const DeviceFeatures& device)
    : branch_(&branch),
      device_(device),
      sheet_(device, branch.type,
             branch.family == OpFamily::Matmul || branch.family == OpFamily::Conv),
      features_(branch.physics().features().size()) {
  const DeviceFit* fit = branch.population.find(device.name);
  known_ = fit != nullptr;
  logs_ = known_ ? fit->logs : branch.population.expected(device);
  values_ = values_of(logs_);
}

const std::vector<double>& BranchOnDevice::features_of(const LayerFeatures& layer) const {
  branch_->physics().describe(values_, layer, sheet_, features_);
  return features_;
}

BranchOnDevice::Answer BranchOnDevice::answer(const LayerFeatures& layer) const {
  Answer answer;
  answer.physics = branch_->physics().seconds(values_, layer, sheet_);
  answer.outside = branch_->range.outside(layer);
  if (branch_->correction.trees() > 0) {
    answer.correction = branch_->correction.value(features_of(layer));
    answer.faded = answer.correction * std::exp2(-answer.outside / kFade);
  }
  answer.ideal = ideal_time(layer, device_);
  answer.seconds = std::max(answer.ideal, answer.physics * std::exp(answer.faded));
  return answer;
}

double BranchOnDevice::half_width(double outside) const {
  const Intervals& widths = branch_->intervals;
  double width = widths.known;
  if (!known_) {
    std::size_t i = 0;
    while (i + 1 < kPointCounts.size() && points_ >= kPointCounts[i + 1]) ++i;
    width = widths.unseen[i];
  }
  // Twice as wide for each factor of e^8 beyond what was measured.
  if (outside > 0) width = std::max(width, widths.larger) * std::exp2(outside / 8);
  return width;
}

void BranchOnDevice::sharpen(const std::vector<FitRow>& points) {
  if (points.empty()) return;
  std::vector<FitRow> corrected = points;
  for (FitRow& each : corrected) each.log_seconds -= answer(*each.layer).faded;
  logs_ = fit_device(branch_->physics(), device_, corrected, logs_,
                     static_cast<double>(points.size()));
  values_ = values_of(logs_);
  points_ += points.size();
}

std::vector<std::size_t> BranchOnDevice::points_to_measure(
    const std::vector<LayerFeatures>& candidates, std::size_t count) const {
  const Physics& physics = branch_->physics();
  const auto& parameters = physics.parameters();
  const std::size_t n = parameters.size();
  const std::size_t step = (candidates.size() + kMostCandidates - 1) / kMostCandidates;
  // How the logarithm of each candidate's time moves with each number, in the numbers' spread.
  std::vector<std::size_t> index;
  std::vector<std::vector<double>> slopes;
  for (std::size_t i = 0; i < candidates.size(); i += step) {
    const double at = std::log(physics.seconds(values_, candidates[i], sheet_));
    std::vector<double> slope(n);
    for (std::size_t j = 0; j < n; ++j) {
      constexpr double kStep = 0.05;
      std::vector<double> moved = values_;
      moved[j] *= std::exp(kStep);
      slope[j] = (std::log(physics.seconds(moved, candidates[i], sheet_)) - at) / kStep *
                 parameters[j].spread;
    }
    index.push_back(i);
    slopes.push_back(std::move(slope));
  }
  std::vector<std::size_t> chosen;
  std::vector<double> covariance(n * n);  // of the numbers, in their spread
  for (std::size_t j = 0; j < n; ++j) covariance[j * n + j] = 1;
  std::vector<bool> taken(index.size(), false);
  const auto times = [&](const std::vector<double>& slope) {
    std::vector<double> product(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) product[i] += covariance[i * n + j] * slope[j];
    }
    return product;
  };
  while (chosen.size() < std::min(count, index.size())) {
    std::size_t best = index.size();
    double most = -1;
    for (std::size_t i = 0; i < index.size(); ++i) {
      if (taken[i]) continue;
      const auto product = times(slopes[i]);
      const double variance =
          std::inner_product(product.begin(), product.end(), slopes[i].begin(), 0.0);
      if (variance > most) most = variance, best = i;
    }
    taken[best] = true;
    chosen.push_back(index[best]);
    const auto product = times(slopes[best]);
    const double noise = kPointDeviation * kPointDeviation + most;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) covariance[i * n + j] -= product[i] * product[j] / noise;
    }
  }
  return chosen;
}

}  // namespace partita::learn
