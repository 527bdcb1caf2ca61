#include "tests/partition/learn/references.h"

#include <cmath>
#include <numeric>

#include "partition/learn/boosting.h"
#include "partition/learn/least_squares.h"
#include "partition/learn/physics/roofline.h"

namespace partita::test {
namespace {

using learn::FittedRoofline;
using learn::Observation;
using learn::Observations;

// Logarithms of the shape and of the datasheet.
std::vector<double> plain_features(const Observations& all, const Observation& row) {
  const auto& layer = row.layer;
  const auto& device = all.device(row);
  std::vector<double> features{layer.batch, layer.rows,      layer.columns, layer.depth,
                               layer.flops, layer.traffic(), layer.written};
  features.push_back(static_cast<double>(device.bandwidth.value));
  features.push_back(device.rate(layer.type, layer.is_product()).value_or(1));
  features.push_back(device.l2 ? static_cast<double>(device.l2->value) : 1);
  features.push_back(device.units ? *device.units : 1);
  for (double& each : features) each = std::log2(each);
  return features;
}

const learn::BoostingOptions kTrees{.rounds = 300, .depth = 7, .rate = 0.1};

std::vector<double> roofline(const Fold& fold) {
  const FittedRoofline fitted = learn::fit_roofline(fold.train);
  std::vector<double> seconds;
  for (const Observation& row : fold.test.rows) {
    seconds.push_back(fitted.seconds(row.layer, fold.test.device(row)));
  }
  return seconds;
}

// Trees that say the logarithm of time / base.
std::vector<double> trees_on(const Fold& fold, const FittedRoofline* base) {
  const auto base_of = [&](const Observations& all, const Observation& row) {
    return base == nullptr ? 1e-3 : base->seconds(row.layer, all.device(row));
  };
  std::vector<std::vector<double>> rows;
  std::vector<double> values, seconds;
  for (const Observation& row : fold.train.rows) {
    rows.push_back(plain_features(fold.train, row));
    values.push_back(std::log(row.seconds / base_of(fold.train, row)));
  }
  const learn::Forest forest = learn::boost(rows, values, {}, kTrees);
  for (const Observation& row : fold.test.rows) {
    seconds.push_back(base_of(fold.test, row) *
                      std::exp(forest.value(plain_features(fold.test, row))));
  }
  return seconds;
}

// A power law: the logarithm of the time is linear in those of shape and datasheet.
std::vector<double> power_law(const Fold& fold) {
  constexpr double kPenalty = 1;  // of each exponent, against the squares of all rows
  const auto equation = [](const Observations& all, const Observation& row) {
    std::vector<double> terms = plain_features(all, row);
    terms.push_back(1);
    return terms;
  };
  std::vector<std::vector<double>> rows;
  std::vector<double> values, seconds;
  for (const Observation& row : fold.train.rows) {
    rows.push_back(equation(fold.train, row));
    values.push_back(std::log(row.seconds));
  }
  std::vector<double> penalty(rows.front().size(), kPenalty);
  penalty.back() = 0;
  const std::vector<double> weights = learn::ridge(rows, values, penalty);
  for (const Observation& row : fold.test.rows) {
    const std::vector<double> terms = equation(fold.test, row);
    seconds.push_back(
        std::exp(std::inner_product(terms.begin(), terms.end(), weights.begin(), 0.0)));
  }
  return seconds;
}

std::vector<double> trees(const Fold& fold) { return trees_on(fold, nullptr); }

std::vector<double> trees_on_roofline(const Fold& fold) {
  const FittedRoofline fitted = learn::fit_roofline(fold.train);
  return trees_on(fold, &fitted);
}

}  // namespace

const std::vector<Reference>& references() {
  static const std::vector<Reference> kAll{{"roofline", roofline},
                                           {"power law", power_law},
                                           {"trees", trees},
                                           {"trees on roofline", trees_on_roofline}};
  return kAll;
}

}  // namespace partita::test
