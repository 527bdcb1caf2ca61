// Gradient-boosted trees. The only place that sees XGBoost is boosting.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "partition/learn/forest.h"

namespace partita::learn {

struct BoostingOptions {
  int rounds = 200;
  int depth = 6;
  double rate = 0.1;        // eta
  double least_weight = 1;  // min_child_weight
  double ridge = 1;         // lambda
  double row_share = 1;     // subsample
  double column_share = 1;  // colsample_bytree
  std::uint64_t seed = 1;
  // For each feature: 1 the answer may only rise with it, -1 only fall, 0 either. Empty: all 0.
  std::vector<int> monotone{};
};

// Trees that say `values` from `rows` (all of one length), weighted by `weights` (empty: all 1).
// Chen, Guestrin, "XGBoost: a scalable tree boosting system", KDD 2016: histograms of 256 bins, one
// thread; the same input and seed give the same trees. Error where XGBoost fails.
// Precondition: at least one row.
Forest boost(const std::vector<std::vector<double>>& rows, const std::vector<double>& values,
             const std::vector<double>& weights, const BoostingOptions& options);

}  // namespace partita::learn
