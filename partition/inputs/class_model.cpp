#include "partition/inputs/class_model.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "models/base/assert.h"
#include "partition/learn/boosting.h"
#include "partition/learn/least_squares.h"

namespace partita::inputs {
namespace {

double known(double value) { return std::isnan(value) ? 0 : value; }

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Each feature with mean 0 and standard deviation 1; constant ones are 0.
class Standard {
 public:
  explicit Standard(const Rows& rows) : means_(rows.front().size()), scales_(means_.size()) {
    const auto count = static_cast<double>(rows.size());
    for (std::size_t j = 0; j < means_.size(); ++j) {
      for (const auto& row : rows) means_[j] += known(row[j]) / count;
      double square = 0;
      for (const auto& row : rows) {
        square += (known(row[j]) - means_[j]) * (known(row[j]) - means_[j]) / count;
      }
      // Rounding leaves a little of a feature that does not vary.
      const double least = 1e-9 * std::abs(means_[j]);
      scales_[j] = std::sqrt(square) > least ? 1 / std::sqrt(square) : 0;
    }
  }

  // With a 1 in front, for the mean.
  std::vector<double> operator()(const std::vector<double>& row) const {
    std::vector<double> out{1};
    for (std::size_t j = 0; j < means_.size(); ++j) {
      out.push_back((known(row[j]) - means_[j]) * scales_[j]);
    }
    return out;
  }

 private:
  std::vector<double> means_, scales_;
};

NumberModel fit_linear(const Rows& rows, const std::vector<double>& values) {
  const Standard standard(rows);
  Rows standardised;
  for (const auto& row : rows) standardised.push_back(standard(row));
  // A hundredth of what the rows weigh: features that say the same share their part.
  std::vector<double> penalty(standardised.front().size(), 0.01 * static_cast<double>(rows.size()));
  penalty[0] = 0;
  const std::vector<double> weights = learn::ridge(standardised, values, penalty);
  return [standard, weights](const std::vector<double>& features) {
    const std::vector<double> x = standard(features);
    return std::inner_product(x.begin(), x.end(), weights.begin(), 0.0);
  };
}

NumberModel fit_trees(const Rows& rows, const std::vector<double>& values) {
  learn::BoostingOptions options;
  options.rounds = 60;
  options.depth = 3;
  options.least_weight = 5;
  Rows known_rows = rows;
  for (auto& row : known_rows) {
    for (double& value : row) value = known(value);
  }
  // A forest begins at 0: what it would say of the mean is not left to be learned.
  const double mean = mean_of(values);
  std::vector<double> apart = values;
  for (double& value : apart) value -= mean;
  const auto forest = std::make_shared<const learn::Forest>(
      learn::boost(known_rows, apart, std::vector<double>{}, options));
  return [forest, mean](std::vector<double> features) {
    for (double& value : features) value = known(value);
    return mean + forest->value(features);
  };
}

}  // namespace

std::string_view to_string(ModelKind kind) {
  return kind == ModelKind::Linear ? "linear" : "trees";
}

NumberModel fit_numbers(ModelKind kind, const Rows& rows, const std::vector<double>& values) {
  PARTITA_ASSERT(!rows.empty() && rows.size() == values.size(), "one value for each row");
  if (rows.front().empty()) {
    const double mean = mean_of(values);
    return [mean](const std::vector<double>&) { return mean; };
  }
  return kind == ModelKind::Linear ? fit_linear(rows, values) : fit_trees(rows, values);
}

ClassModel fit_classes(ModelKind kind, const Rows& rows, const std::vector<std::size_t>& classes,
                       std::size_t count) {
  std::vector<NumberModel> models;
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> is_it;
    for (const std::size_t each : classes) is_it.push_back(each == k ? 1 : 0);
    models.push_back(fit_numbers(kind, rows, is_it));
  }
  return [models](const std::vector<double>& features) {
    std::vector<double> parts;
    double sum = 0;
    for (const NumberModel& model : models) {
      parts.push_back(std::max(0.0, model(features)));
      sum += parts.back();
    }
    // Where no class is likely, all are alike.
    for (double& part : parts) part = sum > 0 ? part / sum : 1 / static_cast<double>(parts.size());
    return parts;
  };
}

}  // namespace partita::inputs
