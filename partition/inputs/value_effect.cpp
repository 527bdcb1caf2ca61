#include "partition/inputs/value_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/assert.h"
#include "models/base/diagnostics.h"
#include "models/base/random.h"

namespace partita::inputs {
namespace {

using Measurement = MeasuredInputs::Measurement;

std::string too_few(std::size_t count, const EffectOptions& options) {
  return fmt::format("{} inputs are too few: {} folds want one each", count, options.folds);
}

void check(const MeasuredInputs& measured, const EffectOptions& options, const std::string& what) {
  Diagnostics diagnostics;
  if (measured.features.size() < options.folds) {
    diagnostics.error({what}, too_few(measured.features.size(), options));
  }
  for (std::size_t i = 0; i < measured.measurements.size(); ++i) {
    const double cost = measured.measurements[i].cost;
    const bool is_class = cost < static_cast<double>(measured.classes) && cost == std::floor(cost);
    if (!std::isfinite(cost) || cost < 0 || (measured.classes != 0 && !is_class)) {
      diagnostics.error({what}, fmt::format("measurement {}: the cost {} is no {}", i, cost,
                                            measured.classes != 0 ? "class" : "time"));
    }
  }
  if (measured.measurements.empty()) diagnostics.error({what}, "nothing was measured");
  diagnostics.throw_if_any();
}

std::vector<std::size_t> shuffled_numbers(std::size_t count, Random& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// Whose features a measurement gets; empty: none.
using Assignment = std::vector<std::size_t>;

class Judge {
 public:
  Judge(const MeasuredInputs& measured, const EffectOptions& options, Random& random)
      : measured_(measured), options_(options) {
    const std::vector<std::size_t> order = shuffled_numbers(measured.features.size(), random);
    for (const Measurement& each : measured.measurements) {
      const std::size_t fold = each.fold == Measurement::kByInput ? order[each.input] : each.fold;
      folds_.push_back(fold % options.folds);
    }
  }

  double error(const Assignment& features_of) const {
    Rows rows;
    for (const Measurement& each : measured_.measurements) {
      rows.push_back(each.known);
      if (features_of.empty()) continue;
      const auto& features = measured_.features[features_of[each.input]];
      rows.back().insert(rows.back().end(), features.begin(), features.end());
    }
    double sum = 0, costs = 0;
    for (std::size_t fold = 0; fold < options_.folds; ++fold) sum += error_of(fold, rows);
    if (measured_.classes != 0) return sum / static_cast<double>(rows.size());
    for (const Measurement& each : measured_.measurements) costs += each.cost;
    return costs > 0 ? sum / costs : 0;
  }

 private:
  // The sum over what is in this fold, of a model of the others.
  double error_of(std::size_t fold, const Rows& rows) const {
    Rows others;
    std::vector<double> costs;
    std::vector<std::size_t> classes, judged;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (folds_[i] == fold) {
        judged.push_back(i);
        continue;
      }
      others.push_back(rows[i]);
      costs.push_back(measured_.measurements[i].cost);
      classes.push_back(static_cast<std::size_t>(costs.back()));
    }
    if (judged.empty() || others.empty()) return 0;
    double sum = 0;
    if (measured_.classes == 0) {
      const NumberModel model = fit_numbers(options_.model, others, costs);
      for (const std::size_t i : judged) {
        sum += std::abs(model(rows[i]) - measured_.measurements[i].cost);
      }
      return sum;
    }
    const ClassModel model = fit_classes(options_.model, others, classes, measured_.classes);
    for (const std::size_t i : judged) {
      const std::vector<double> parts = model(rows[i]);
      const auto was = static_cast<std::size_t>(measured_.measurements[i].cost);
      for (std::size_t k = 0; k < parts.size(); ++k) {
        const double off = parts[k] - (k == was ? 1 : 0);
        sum += off * off;
      }
    }
    return sum;
  }

  const MeasuredInputs& measured_;
  const EffectOptions& options_;
  std::vector<std::size_t> folds_;  // of each measurement
};

}  // namespace

ValueEffect value_effect(const MeasuredInputs& measured, const EffectOptions& options,
                         const std::string& what) {
  check(measured, options, what);
  Random random(options.seed);
  const Judge judge(measured, options, random);
  Assignment in_place(measured.features.size());
  std::iota(in_place.begin(), in_place.end(), std::size_t{0});

  ValueEffect effect;
  effect.with = judge.error(in_place);
  effect.without = judge.error({});
  std::size_t no_worse = 0;
  for (std::size_t i = 0; i < options.shuffles; ++i) {
    effect.shuffled.push_back(judge.error(shuffled_numbers(in_place.size(), random)));
    if (effect.shuffled.back() <= effect.with) ++no_worse;
  }
  std::sort(effect.shuffled.begin(), effect.shuffled.end());
  effect.p_value = static_cast<double>(1 + no_worse) / static_cast<double>(1 + options.shuffles);
  effect.present = effect.p_value <= options.level && effect.with < effect.without;
  return effect;
}

void require_enough_inputs(std::size_t count, const EffectOptions& options,
                           const std::string& what) {
  if (count < options.folds) throw ConfigError({what}, too_few(count, options));
}

std::string in_words(const ValueEffect& effect) {
  return fmt::format(
      "{} (p = {:.2g}): error {:.1f} % with the features, {:.1f} % without, {:.1f} % shuffled",
      effect.present ? "present" : "absent", effect.p_value, 100 * effect.with,
      100 * effect.without, 100 * effect.median_shuffled());
}

}  // namespace partita::inputs
