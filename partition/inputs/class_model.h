// Probabilities of a few classes from features, and numbers from features: what early exits and
// controls are predicted with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace partita::inputs {

using Rows = std::vector<std::vector<double>>;

// Linear: least squares on standardised features with a slight ridge. Trees: boosted
// (partition/learn/boosting.h).
enum class ModelKind : std::uint8_t { Linear, Trees };
std::string_view to_string(ModelKind kind);  // "linear", "trees"

using NumberModel = std::function<double(const std::vector<double>& features)>;

// A function near `values` at `rows`. NaN, where a feature does not apply, is read as 0. Rows
// without features give the mean. Precondition: at least one row, all of one length.
NumberModel fit_numbers(ModelKind kind, const Rows& rows, const std::vector<double>& values);

// One probability >= 0 for each class; their sum is 1.
using ClassModel = std::function<std::vector<double>(const std::vector<double>& features)>;

// Model: squared errors against 1 for the class that it was and 0 for the others are least where the
// answer is the probability (Brier, Monthly Weather Review 78(1), 1950); so one fit_numbers() for
// each class, cut at 0 and divided by their sum. Left out: calibration beyond that.
ClassModel fit_classes(ModelKind kind, const Rows& rows, const std::vector<std::size_t>& classes,
                       std::size_t count);

}  // namespace partita::inputs
