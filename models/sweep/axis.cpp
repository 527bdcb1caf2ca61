#include "models/sweep/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/assert.h"
#include "models/sweep/measure.h"

namespace partita {
namespace {

// Equal products and quotients of computers whose exp() and log() differ in the last bit.
constexpr double kAlmostWhole = 1e-12;

double between(double low, double high, double position, bool logarithmic) {
  if (position <= 0) return low;
  if (position >= 1) return high;
  return logarithmic ? std::exp(std::log(low) + position * (std::log(high) - std::log(low)))
                     : low + position * (high - low);
}

// Each whole number from `low` to `high` has an equal share of the positions (of their logarithm:
// from itself to the next).
double whole_between(double low, double high, double position, bool logarithmic) {
  const double real = between(low, high + 1, position, logarithmic);
  return std::clamp(std::floor(real + std::fabs(real) * kAlmostWhole), low, high);
}

// So many steps of a range of whole numbers: exactly what their text reads back as.
double steps_number(const Axis& axis, double steps) {
  const double grains = measure_of(axis.unit).grains;
  const double number = steps * axis.range->step;
  return grains == 0 ? number : std::nearbyint(number * grains) / grains;
}

double steps_in(const SweepRange& range, double number) {
  return std::nearbyint(number / range.step);
}

SweepValue value_of(const Axis& axis, double number) {
  SweepValue value{"", number, axis.where};
  const SweepRange& range = *axis.range;
  const Measure& measure = measure_of(axis.unit);
  if (range.integer) {
    const auto steps = static_cast<long long>(steps_in(range, number));
    value.text = range.step_unit.empty()
                     ? fmt::format("{}", steps)
                     : fmt::format("{}{}{}", steps, measure.gap, range.step_unit);
  } else {
    value.text = number_text(number, measure);
  }
  if (!axis.as.empty()) value.text = with_value(axis.as, value.text);
  return value;
}

// Of a range, at a position.
double number_with(const Axis& axis, double position, int digits) {
  const SweepRange& range = *axis.range;
  if (range.integer) {
    return steps_number(axis, whole_between(steps_in(range, range.from), steps_in(range, range.to),
                                            position, range.logarithmic));
  }
  if (position <= 0) return range.from;
  if (position >= 1) return range.to;
  const double number = between(range.from, range.to, position, range.logarithmic);
  return std::clamp(rounded(number, measure_of(axis.unit), digits), range.from, range.to);
}

int sampled_digits(const SweepRange& range) {
  const double size = std::max(std::fabs(range.from), std::fabs(range.to));
  int digits = kSampledDigits;
  for (double width = range.to - range.from; width * 10 <= size && digits < kMostDigits;
       width *= 10) {
    ++digits;
  }
  return digits;
}

}  // namespace

std::string with_value(std::string as, const std::string& value) {
  return as.replace(as.find("{}"), 2, value);
}

std::string Axis::mistake_beside(const std::string& text) {
  const Measure& measure = measure_of(unit);
  const std::string mistake = mistake_in(text, measure);
  const auto other = read_measured(text);
  if (mistake.empty() || !other || other->measure->unit.empty() || unit.empty()) return mistake;
  is_wrong = true;
  return fmt::format("'{}' is in {}, and the values of this axis (at line {}) in {}", text,
                     other->measure->unit, where.line, unit);
}

double Axis::number_at(double position) const {
  PARTITA_ASSERT(range, "no range");
  return number_with(*this, position, kMostDigits);
}

SweepValue Axis::at(double position) const {
  if (range) return value_of(*this, number_at(position));
  const auto count = static_cast<double>(values.size());
  const double place = std::clamp(std::floor(position * count), 0.0, count - 1);
  return values[static_cast<std::size_t>(place)];
}

SweepValue Axis::sampled_at(double position) const {
  return range ? value_of(*this, number_with(*this, position, sampled_digits(*range)))
               : at(position);
}

std::vector<SweepValue> walked(const Axis& axis, std::size_t points) {
  const SweepRange& range = *axis.range;
  std::vector<SweepValue> values;
  for (std::size_t i = 0; i < points; ++i) {
    const double position = static_cast<double>(i) / static_cast<double>(points - 1);
    double number = between(range.from, range.to, position, range.logarithmic);
    if (range.integer) {
      number = steps_number(axis, steps_in(range, number));
    } else if (position > 0 && position < 1) {
      number = rounded(number, measure_of(axis.unit));
    }
    if (values.empty() || values.back().number != number) values.push_back(value_of(axis, number));
  }
  return values;
}

}  // namespace partita
