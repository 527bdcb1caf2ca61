#include "models/sweep/design.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "models/base/did_you_mean.h"
#include "models/sweep/measure.h"

namespace partita {
namespace {

// How the names of columns say what their numbers are in; the longer ending first.
struct ColumnEnding {
  std::string_view ending, unit;
  double numbers;  // of the column in one such unit
};
constexpr std::array kEndings{
    ColumnEnding{"_bytes_per_s", "B/s", 1}, ColumnEnding{"_flop_per_s", "FLOP/s", 1},
    ColumnEnding{"_per_s", "/s", 1},        ColumnEnding{"_bytes", "B", 1},
    ColumnEnding{"_ps", "s", 1e12},         ColumnEnding{"_ns", "s", 1e9},
    ColumnEnding{"_us", "s", 1e6},          ColumnEnding{"_ms", "s", 1e3},
    ColumnEnding{"_seconds", "s", 1},       ColumnEnding{"_s", "s", 1},
    ColumnEnding{"_mw", "W", 1e3},          ColumnEnding{"_w", "W", 1},
    ColumnEnding{"_nj", "J", 1e9},          ColumnEnding{"_uj", "J", 1e6},
    ColumnEnding{"_mj", "J", 1e3},          ColumnEnding{"_j", "J", 1},
    ColumnEnding{"_percent", "%", 1},
};

// That of the last part of a name which has one: "workload.latency_ps.p99" is in picoseconds.
const ColumnEnding* ending_of(std::string_view column) {
  while (true) {
    for (const ColumnEnding& each : kEndings) {
      if (column.ends_with(each.ending)) return &each;
    }
    const auto dot = column.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    column = column.substr(0, dot);
  }
}

double price(const ValueReader& value) {
  const auto price = value.as<double>();
  if (price >= 0) return price;
  value.error(fmt::format("{}: a price of {} is below 0", value.what(), value.node().text));
  return 0;
}

void read_proportional(const ValueReader& value, const Axis& axis, AxisPrice& read) {
  MapReader in(value);
  if (const auto per = in.required_value("per")) {
    const std::string text = per->as<std::string>();
    const std::string mistake = mistake_in(text, measure_of(axis.unit));
    if (!axis.is_numeric() && !axis.values.empty()) {
      per->error(axis.name + ": its values are no numbers: give a price for each of them");
    } else if (per->is_scalar() && !mistake.empty()) {
      per->error("per: " + mistake);
    } else if (per->is_scalar()) {
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
  if (axis.values.empty()) {
    if (axis.range)
      value.error(axis.name + ": a range has no list of values: {per: ..., price: ...}");
    return;
  }
  std::vector<std::string> texts;
  for (const SweepValue& each : axis.values) texts.push_back(each.text);
  std::vector<bool> given(axis.values.size(), false);
  read.table.assign(axis.values.size(), 0);
  for (const auto& [text, member] : value.entries()) {
    const std::size_t place = value_named(axis, text);
    if (place == axis.values.size()) {
      member.error(
          fmt::format("no value of {} is '{}'{}", axis.name, text, did_you_mean(text, texts)));
      continue;
    }
    read.table[place] = price(member);
    given[place] = true;
  }
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
  const ColumnEnding* const ending = ending_of(column);
  if (ending == nullptr) {
    value.error(fmt::format("{}: '{}' is no number such as that column has", column, text));
    return 0;
  }
  const std::string mistake = mistake_in(text, measure_of(ending->unit));
  if (mistake.empty()) return read->number * ending->numbers;
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

void read_prices(const ValueReader& value, const std::vector<Axis>& axes, DesignTask& task) {
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
      const Axis& axis = axes[read.axis];
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
