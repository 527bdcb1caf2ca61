#include "models/sweep/points.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/assert.h"
#include "models/sweep/point_seed.h"
#include "models/sweep/sampling.h"

namespace partita {
namespace {

std::size_t groups_of(const std::vector<Axis>& axes) {
  return axes.empty() ? 0 : axes.back().group + 1;
}

// Names that say which axes step together, whatever the order of the file.
std::vector<std::string> group_names(const std::vector<Axis>& axes) {
  std::vector<std::vector<std::string>> members(groups_of(axes));
  for (const Axis& axis : axes) members[axis.group].push_back(axis.name);
  std::vector<std::string> names;
  for (std::vector<std::string>& each : members) {
    std::sort(each.begin(), each.end());
    names.push_back(fmt::format("{}", fmt::join(each, "\n")));
  }
  return names;
}

std::uint64_t hash_of(const std::vector<FixedOption>& fixed) {
  std::uint64_t sum = 0;
  for (const FixedOption& option : fixed) {
    if (option.values.empty()) sum += option_hash(option.name, "true");
    for (const std::string& value : option.values) sum += option_hash(option.name, value);
  }
  return sum;
}

bool holds(const Condition& condition, const std::vector<SweepValue>& values) {
  return std::all_of(condition.begin(), condition.end(),
                     [&](const AxisTest& test) { return test.holds(values[test.axis]); });
}

bool any_holds(const std::vector<Condition>& conditions, const std::vector<SweepValue>& values) {
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const Condition& each) { return holds(each, values); });
}

}  // namespace

SweepPoints::SweepPoints(const Sweep& sweep)
    : sweep_(&sweep), fixed_hash_(hash_of(sweep.fixed)), hashes_(sweep.axes.size()) {
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
    for (const SweepValue& value : sweep.axes[i].values) {
      hashes_[i].push_back(option_hash(sweep.axes[i].name, value.text));
    }
  }
}

bool SweepPoints::is_listed(std::size_t axis) const {
  return !sweep_->axes[axis].values.empty() && (from_lists_ || !sweep_->axes[axis].range);
}

double SweepPoints::position(std::size_t row, std::size_t axis) const {
  return positions_[row * columns_ + column_[axis]];
}

// Which of the values of an axis a row has. Precondition: is_listed(axis).
std::size_t SweepPoints::listed(std::size_t row, std::size_t axis) const {
  const std::size_t count = sweep_->axes[axis].values.size();
  if (columns_ == 0) return row / stays_[axis] % count;
  const double place = position(row, axis) * static_cast<double>(count);
  return std::min(static_cast<std::size_t>(place), count - 1);
}

SweepValue SweepPoints::value(std::size_t row, std::size_t axis) const {
  const Axis& of = sweep_->axes[axis];
  if (is_listed(axis)) return of.values[listed(row, axis)];
  // Positions that somebody asks for are told apart however near they are: answers close in on one.
  return from_lists_ ? of.sampled_at(position(row, axis)) : of.at(position(row, axis));
}

std::vector<SweepValue> SweepPoints::values(std::size_t row) const {
  std::vector<SweepValue> values;
  values.reserve(sweep_->axes.size());
  for (std::size_t axis = 0; axis < sweep_->axes.size(); ++axis) {
    values.push_back(value(row, axis));
  }
  return values;
}

std::uint64_t SweepPoints::hash(std::size_t row, std::size_t axis, const SweepValue& value) const {
  if (is_listed(axis)) return hashes_[axis][listed(row, axis)];
  const Axis& of = sweep_->axes[axis];
  return of.as.empty() ? option_hash(of.name, *value.number, of.unit)
                       : option_hash(of.name, value.text);
}

SweepPoint SweepPoints::operator[](std::size_t number) const {
  SweepPoint point;
  const std::size_t row = number / sweep_->repeat;
  const std::size_t kept = is_filtered_ ? kept_[row] : row;
  point.number = number;
  point.repetition = number % sweep_->repeat;
  point.values = values(kept);
  std::uint64_t sum = fixed_hash_;
  for (std::size_t axis = 0; axis < point.values.size(); ++axis) {
    sum += hash(kept, axis, point.values[axis]);
  }
  point.seed = point_seed(sweep_->seed, sum, point.repetition);
  return point;
}

bool SweepPoints::is_meant(const std::vector<SweepValue>& values) const {
  return (sweep_->only.empty() || any_holds(sweep_->only, values)) &&
         !any_holds(sweep_->exclude, values);
}

void SweepPoints::leave_out() {
  if (sweep_->exclude.empty() && sweep_->only.empty()) return;
  for (std::size_t row = 0; row < all_rows_; ++row) {
    if (is_meant(values(row))) kept_.push_back(static_cast<std::uint32_t>(row));
  }
  is_filtered_ = true;
}

std::vector<std::size_t> SweepPoints::left_out() const {
  std::vector<std::size_t> rows;
  if (!is_filtered_) return rows;
  auto next = kept_.begin();
  for (std::size_t row = 0; row < all_rows_; ++row) {
    if (next != kept_.end() && *next == row) {
      ++next;
    } else {
      rows.push_back(row);
    }
  }
  return rows;
}

bool has_points(const Sweep& sweep) {
  return sweep.sampling != Sampling::Product ||
         std::none_of(sweep.axes.begin(), sweep.axes.end(),
                      [](const Axis& axis) { return axis.values.empty(); });
}

SweepPoints points_of(const Sweep& sweep) {
  Diagnostics diagnostics;
  for (const Axis& axis : sweep.axes) {
    if (sweep.sampling != Sampling::Product || !axis.values.empty()) continue;
    diagnostics.error(axis.where,
                      fmt::format("{}: a range has as many values as `points` says, or is sampled "
                                  "(sample: {{method: sobol, points: 100}})",
                                  axis.name));
  }
  diagnostics.throw_if_any();

  SweepPoints points(sweep);
  if (sweep.sampling == Sampling::Product) {
    points.all_rows_ = 1;
    points.stays_.resize(sweep.axes.size());
    for (std::size_t axis = sweep.axes.size(); axis-- > 0;) {  // the last is the fastest
      points.stays_[axis] = points.all_rows_;
      const bool first_of_group = axis == 0 || sweep.axes[axis - 1].group != sweep.axes[axis].group;
      if (first_of_group) points.all_rows_ *= sweep.axes[axis].values.size();
    }
  } else {
    points.all_rows_ = sweep.samples;
    points.columns_ = groups_of(sweep.axes);
    for (const Axis& axis : sweep.axes) points.column_.push_back(axis.group);
    points.positions_ = sampled_positions(sweep.sampling, sweep.samples, group_names(sweep.axes),
                                          sweep.sampling_seed);
  }
  points.leave_out();
  if (points.empty()) {
    throw ConfigError({sweep.file.string(), 0, 0}, "exclude and only leave no point of this sweep");
  }
  return points;
}

SweepPoints points_at(const Sweep& sweep, const std::vector<std::vector<double>>& positions) {
  SweepPoints points(sweep);
  points.from_lists_ = false;
  points.all_rows_ = positions.size();
  points.columns_ = sweep.axes.size();
  for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) points.column_.push_back(axis);
  points.positions_.reserve(positions.size() * sweep.axes.size());
  for (const std::vector<double>& row : positions) {
    PARTITA_ASSERT(row.size() == sweep.axes.size(), "a position for each axis");
    for (const double each : row) {
      PARTITA_ASSERT(each >= 0 && each <= 1, "a position lies in [0, 1]");
      points.positions_.push_back(each);
    }
  }
  points.leave_out();
  return points;
}

}  // namespace partita
