#include "exec/calibrate/calibrate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "exec/calibrate/layer_fit.h"
#include "exec/calibrate/leg_fit.h"
#include "exec/calibrate/makespan_fit.h"
#include "exec/calibrate/parameter.h"
#include "models/base/random.h"

namespace partita::exec {
namespace {

// Above it, one number is as good as a multiple of the other.
constexpr double kAmbiguous = 0.95;

bool any_observed(const std::vector<Subject>& subjects) {
  return std::any_of(subjects.begin(), subjects.end(),
                     [](const Subject& subject) { return !subject.observations.empty(); });
}

HardwareParts fitted(const Hardware& before, const std::vector<Subject>& subjects) {
  HardwareParts parts = before.parts();
  if (!any_observed(subjects)) return parts;
  LegFit copies(before);
  LayerFit layers(before);
  for (const Subject& subject : subjects) {
    for (const Observation& observation : subject.observations) {
      copies.add(subject.network, observation);
      layers.add(subject.network, subject.costs, observation);
    }
  }
  copies.apply(parts);
  layers.apply(parts);
  // Where processors hardly ever work at once, the spans say little about what they do to each
  // other: the fitted slowdowns must prove themselves on whole plans.
  HardwareParts undisturbed = parts;
  undisturbed.packages = before.parts().packages;
  HardwareParts with = refined(before, std::move(parts), subjects);
  HardwareParts without = refined(before, std::move(undisturbed), subjects);
  const auto error = [&](const HardwareParts& of) {
    return makespan_error(before, HardwareBuilder::build(of), subjects);
  };
  return error(with) < error(without) ? std::move(with) : std::move(without);
}

std::vector<Subject> resampled(const std::vector<Subject>& subjects, Random& random) {
  std::vector<Subject> drawn;
  for (const Subject& subject : subjects) {
    Subject& one = drawn.emplace_back(Subject{subject.network, subject.costs, {}});
    for (std::size_t i = 0; i < subject.observations.size(); ++i) {
      one.observations.push_back(subject.observations[random.below(subject.observations.size())]);
    }
  }
  return drawn;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i] / n, mean_y += y[i] / n;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

// Of each parameter its value in every resampled fit.
using Resamples = std::vector<std::vector<double>>;

Resamples resampled_fits(const Hardware& before, const std::vector<Subject>& subjects,
                         const std::vector<Parameter>& numbers, const CalibrateOptions& options) {
  Resamples values(numbers.size());
  if (!any_observed(subjects)) return values;
  Random random(options.seed);
  for (int i = 0; i < options.resamples; ++i) {
    const HardwareParts parts = fitted(before, resampled(subjects, random));
    for (std::size_t k = 0; k < numbers.size(); ++k) values[k].push_back(numbers[k].get(parts));
  }
  return values;
}

// The machine file says where its numbers come from.
HardwareParts with_origin(HardwareParts parts, const std::vector<Subject>& subjects,
                          const std::vector<Change>& changes) {
  std::vector<std::string> names;
  std::size_t plans = 0;
  for (const Subject& subject : subjects) {
    if (subject.observations.empty()) continue;
    names.push_back(subject.network.name());
    plans += subject.observations.size();
  }
  if (plans == 0) return parts;
  parts.calibrated.emplace();
  parts.calibrated->from = fmt::format("replays of {} plans of {}", plans, fmt::join(names, ", "));
  for (const Change& change : changes) {
    parts.calibrated->numbers.push_back(
        {change.parameter, change.before, change.after, change.low, change.high});
  }
  return parts;
}

}  // namespace

Calibration calibrate(const Hardware& before, const std::vector<Subject>& subjects,
                      const CalibrateOptions& options) {
  const HardwareParts old = before.parts();
  const HardwareParts parts = fitted(before, subjects);
  const std::vector<Parameter> numbers = parameters(old);
  const Resamples resamples = resampled_fits(before, subjects, numbers, options);

  Calibration result{before, {}, {}, {}};
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const Parameter& number = numbers[k];
    const double was = number.get(old), is = number.get(parts);
    std::vector<double> all = resamples[k];
    std::sort(all.begin(), all.end());
    const bool moves =
        std::any_of(all.begin(), all.end(), [&](double value) { return value != was; });
    if (was == is && !moves) {
      result.untold.push_back(number.path);
      continue;
    }
    if (was == is) continue;
    Change change{number.path, number.text(was), number.text(is), {}, {}};
    if (!all.empty()) {
      const auto outside = static_cast<std::size_t>(0.05 * static_cast<double>(all.size()));
      change.low = number.text(std::min(is, all[outside]));
      change.high = number.text(std::max(is, all[all.size() - 1 - outside]));
    }
    result.changes.push_back(std::move(change));
  }
  for (std::size_t a = 0; a < numbers.size(); ++a) {
    for (std::size_t b = a + 1; b < numbers.size(); ++b) {
      const double r = correlation(resamples[a], resamples[b]);
      if (std::fabs(r) > kAmbiguous)
        result.ambiguous.push_back({numbers[a].path, numbers[b].path, r});
    }
  }
  result.hardware = HardwareBuilder::build(with_origin(parts, subjects, result.changes));
  return result;
}

}  // namespace partita::exec
