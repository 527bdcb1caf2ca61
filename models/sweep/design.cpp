#include "models/sweep/design.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/did_you_mean.h"
#include "models/sweep/column_unit.h"
#include "models/sweep/measure.h"

namespace partita {
namespace {

double price(const ValueReader& value) {
  const auto price = value.as<double>();
  if (price >= 0) return price;
  value.error(fmt::format("{}: a price of {} is below 0", value.what(), value.node().text));
  return 0;
}

void read_proportional(const ValueReader& value, Axis& axis, AxisPrice& read) {
  MapReader in(value);
  if (const auto per = in.required_value("per")) {
    const std::string text = per->as<std::string>();
    if (axis.is_wrong) {
      read.per = 1;  // nobody knows
    } else if (!axis.is_numeric() && !axis.values.empty()) {
      per->error(axis.name + ": its values are no numbers: give a price for each of them");
    } else if (!per->is_scalar()) {
      // said by as()
    } else if (const std::string mistake = axis.mistake_beside(text); !mistake.empty()) {
      per->error("per: " + mistake);
    } else {
      read.per = read_measured(text)->number;
      if (read.per <= 0) per->error(fmt::format("per: '{}' must be above 0", text));
    }
  }
  if (const auto of = in.required_value("price")) read.price = price(*of);
  in.finish();
}

std::size_t value_named(const Axis& axis, const std::string& text) {
  const auto number = read_measured(text);
  const Measure& measure = measure_of(axis.unit);
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const SweepValue& value = axis.values[i];
    const bool same = number && number->measure == &measure && value.number == number->number;
    if (value.text == text || (same && axis.as.empty())) return i;
  }
  return axis.values.size();
}

void read_table(const ValueReader& value, const Axis& axis, AxisPrice& read) {
  if (axis.is_wrong) return;
  if (axis.values.empty()) {
    if (axis.range)
      value.error(axis.name + ": a range has no list of values: {per: ..., price: ...}");
    return;
  }
  std::vector<std::string> texts;
  for (const SweepValue& each : axis.values) texts.push_back(each.text);
  std::vector<bool> given(axis.values.size(), false);
  read.table.assign(axis.values.size(), 0);
  std::ptrdiff_t unknown = 0;
  for (const auto& [text, member] : value.entries()) {
    const std::size_t place = value_named(axis, text);
    if (place == axis.values.size()) {
      member.error(
          fmt::format("no value of {} is '{}'{}", axis.name, text, did_you_mean(text, texts)));
      ++unknown;
      continue;
    }
    read.table[place] = price(member);
    given[place] = true;
  }
  // Those that are missing may be those that were misspelt.
  if (std::count(given.begin(), given.end(), false) <= unknown) return;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) value.error(fmt::format("{}: '{}' has no price", axis.name, texts[i]));
  }
}

// In the numbers of the column.
double bound_of(const std::string& column, const ValueReader& value) {
  const std::string text = value.as<std::string>();
  if (!value.is_scalar()) return 0;
  const auto read = read_measured(text);
  if (read && read->measure->unit.empty()) return read->number;
  const ColumnUnit unit = unit_of_column(column);
  if (unit.unit.empty()) {
    value.error(fmt::format("{}: '{}' is no number such as that column has", column, text));
    return 0;
  }
  const std::string mistake = mistake_in(text, measure_of(unit.unit));
  if (mistake.empty()) return read->number * unit.per_unit;
  value.error(column + ": " + mistake);
  return 0;
}

}  // namespace

double price_of(const DesignTask& task, const std::vector<Axis>& axes,
                const std::vector<SweepValue>& values) {
  double sum = task.base;
  for (const AxisPrice& each : task.prices) {
    const SweepValue& value = values[each.axis];
    if (each.table.empty()) {
      sum += value.number.value_or(0) / each.per * each.price;
    } else {
      sum += each.table[value_named(axes[each.axis], value.text)];
    }
  }
  return sum;
}

void read_prices(const ValueReader& value, std::vector<Axis>& axes, DesignTask& task) {
  task.has_prices = true;
  std::vector<std::string> known{"currency", "base"};
  for (const Axis& axis : axes) known.push_back(axis.name);
  for (const auto& [name, member] : value.entries()) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      member.error(fmt::format("'{}' is no axis of this sweep{}", name, did_you_mean(name, known)));
    } else if (name == "currency") {
      task.currency = member.as<std::string>();
    } else if (name == "base") {
      task.base = price(member);
    } else {
      AxisPrice& read = task.prices.emplace_back();
      read.axis = static_cast<std::size_t>(found - known.begin()) - 2;
      Axis& axis = axes[read.axis];
      const bool proportional =
          member.is_map() && std::any_of(member.node().members.begin(), member.node().members.end(),
                                         [](const auto& each) { return each.key == "per"; });
      proportional ? read_proportional(member, axis, read) : read_table(member, axis, read);
    }
  }
}

void read_goals(const ValueReader& value, DesignTask& task) {
  for (const auto& [column, member] : value.entries()) {
    MapReader in(member);
    const auto most = in.optional_value("at_most"), least = in.optional_value("at_least");
    in.finish();
    if (member.is_map() && !most && !least) {
      member.error(column + ": a goal is at_most or at_least a number");
    }
    if (most) task.goals.push_back({column, true, bound_of(column, *most), most->node().text});
    if (least) task.goals.push_back({column, false, bound_of(column, *least), least->node().text});
  }
}

}  // namespace partita
