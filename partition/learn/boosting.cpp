#include "partition/learn/boosting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xgboost/c_api.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

#include "models/base/diagnostics.h"

namespace partita::learn {
namespace {

void check(int result) {
  if (result != 0) throw Error(fmt::format("XGBoost: {}", XGBGetLastError()));
}

struct FreeMatrix {
  void operator()(void* matrix) const { XGDMatrixFree(matrix); }
};
struct FreeBooster {
  void operator()(void* booster) const { XGBoosterFree(booster); }
};
using Matrix = std::unique_ptr<std::remove_pointer_t<DMatrixHandle>, FreeMatrix>;
using Booster = std::unique_ptr<std::remove_pointer_t<BoosterHandle>, FreeBooster>;

Matrix matrix_of(const std::vector<std::vector<double>>& rows, const std::vector<double>& values,
                 const std::vector<double>& weights) {
  std::vector<float> flat;
  for (const auto& row : rows) {
    for (const double each : row) flat.push_back(static_cast<float>(each));
  }
  DMatrixHandle handle = nullptr;
  check(XGDMatrixCreateFromMat(flat.data(), rows.size(), rows.front().size(),
                               std::numeric_limits<float>::quiet_NaN(), &handle));
  Matrix matrix(handle);
  const auto set = [&](const char* what, const std::vector<double>& numbers) {
    const std::vector<float> floats(numbers.begin(), numbers.end());
    check(XGDMatrixSetFloatInfo(handle, what, floats.data(), floats.size()));
  };
  set("label", values);
  if (!weights.empty()) set("weight", weights);
  return matrix;
}

// A tree of XGBoost's JSON model: arrays over its nodes, whose children are later ones.
Forest::Tree tree_of(const nlohmann::json& json) {
  const auto left = json.at("left_children").get<std::vector<std::int32_t>>();
  const auto right = json.at("right_children").get<std::vector<std::int32_t>>();
  const auto feature = json.at("split_indices").get<std::vector<std::int32_t>>();
  const auto value = json.at("split_conditions").get<std::vector<float>>();
  Forest::Tree tree;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool leaf = left[i] < 0;
    tree.push_back(leaf ? Forest::Split{-1, value[i], 0, 0}
                        : Forest::Split{feature[i], value[i], left[i], right[i]});
  }
  return tree;
}

}  // namespace

Forest boost(const std::vector<std::vector<double>>& rows, const std::vector<double>& values,
             const std::vector<double>& weights, const BoostingOptions& options) {
  const Matrix matrix = matrix_of(rows, values, weights);
  const DMatrixHandle handles[] = {matrix.get()};
  BoosterHandle handle = nullptr;
  check(XGBoosterCreate(handles, 1, &handle));
  const Booster booster(handle);
  const auto set = [&](const char* name, const std::string& value) {
    check(XGBoosterSetParam(handle, name, value.c_str()));
  };
  // Residuals are about 0, so nothing is gained by another base.
  set("base_score", "0");
  set("objective", "reg:squarederror");
  set("tree_method", "hist");
  set("nthread", "1");
  set("verbosity", "0");
  set("seed", fmt::format("{}", options.seed));
  set("max_depth", fmt::format("{}", options.depth));
  set("eta", fmt::format("{}", options.rate));
  set("min_child_weight", fmt::format("{}", options.least_weight));
  set("lambda", fmt::format("{}", options.ridge));
  set("subsample", fmt::format("{}", options.row_share));
  set("colsample_bytree", fmt::format("{}", options.column_share));
  if (!options.monotone.empty()) {
    set("monotone_constraints", fmt::format("({})", fmt::join(options.monotone, ",")));
  }
  for (int round = 0; round < options.rounds; ++round) {
    check(XGBoosterUpdateOneIter(handle, round, matrix.get()));
  }
  bst_ulong length = 0;
  const char* buffer = nullptr;
  check(XGBoosterSaveModelToBuffer(handle, R"({"format": "json"})", &length, &buffer));
  const auto model = nlohmann::json::parse(std::string_view{buffer, length});
  std::vector<Forest::Tree> trees;
  for (const auto& tree : model.at("learner").at("gradient_booster").at("model").at("trees")) {
    trees.push_back(tree_of(tree));
  }
  return Forest(0, trees);
}

}  // namespace partita::learn
