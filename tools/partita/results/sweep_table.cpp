#include "tools/partita/results/sweep_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "models/base/ascii.h"
#include "models/base/did_you_mean.h"
#include "models/sweep/column_unit.h"
#include "models/sweep/measure.h"
#include "tools/partita/results/database.h"

namespace partita::command {
namespace {

using Role = TableColumn::Role;

std::vector<TableColumn> fixed_columns() {
  return {{"number", Role::Fixed, "integer", "", "places.number"},
          {"repetition", Role::Fixed, "integer", "", "places.repetition"},
          {"status", Role::Fixed, "text", "", "points.status"},
          {"reason", Role::Fixed, "text", "", "points.reason"},
          {"point", Role::Fixed, "text", "", "points.id"},
          {"verb", Role::Fixed, "text", "", "points.verb"},
          {"command", Role::Fixed, "text", "",
           "(SELECT command FROM provenance WHERE point = points.number)"},
          {"configuration", Role::Fixed, "text", "",
           "(SELECT configuration FROM provenance WHERE point = points.number)"},
          {"seed", Role::Fixed, "integer", "", "points.seed"},
          {"seconds", Role::Fixed, "real", "s", "points.seconds"},
          {"started", Role::Fixed, "text", "", "points.started"},
          {"attempts", Role::Fixed, "integer", "", "points.attempts"},
          {"host", Role::Fixed, "text", "", "(SELECT name FROM hosts WHERE id = points.host)"},
          {"version", Role::Fixed, "text", "", "points.version"},
          {"build", Role::Fixed, "text", "", "points.build"}};
}

std::string text_at(const std::vector<Cell>& cells, std::size_t at) {
  const auto* text = std::get_if<std::string>(&cells[at]);
  return text == nullptr ? "" : *text;
}

std::optional<double> plain_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What a condition compares a column of numbers with. A plain number is one of the column's where
// its name says the unit ("predicted_ps<5000000"); of an axis a unit has to be written.
double number_in(const std::string& condition, const TableColumn& column, const std::string& text) {
  const SourceLoc where{"--where " + condition, 0, 0};
  const bool is_axis = column.role == Role::Axis;
  const ColumnUnit unit = is_axis ? ColumnUnit{column.unit, 1} : unit_of_column(column.name);
  const auto plain = plain_number(text);
  if (plain && (unit.unit.empty() || !is_axis)) return *plain;
  const std::string mistake = mistake_in(text, measure_of(unit.unit));
  if (!mistake.empty()) throw ConfigError(where, mistake);
  return read_measured(text)->number * unit.per_unit;
}

// What a sweep says of its axis: another one of the file may have given an axis of that name texts, or
// numbers of another unit, and `known` is of both.
std::string axis_type(const nlohmann::json& axis, const std::string& known) {
  const auto numbers = axis.value("numbers", nlohmann::json::array());
  if (!numbers.empty() && numbers.front().is_null()) return "text";
  const bool is_number = !numbers.empty() || axis.value("kind", "") == "range";
  return is_number && known == "text" ? "real" : known;
}

struct Condition {
  std::string column, sign, value;
};

Condition condition_in(const std::string& text) {
  const auto at = text.find_first_of("<>=!");
  Condition condition;
  if (at != std::string::npos && at > 0) {
    const bool two = at + 1 < text.size() && text[at + 1] == '=' && text[at] != '=';
    condition = {text.substr(0, at), text.substr(at, two ? 2 : 1), text.substr(at + (two ? 2 : 1))};
  }
  const auto trim = [](std::string& word) {
    const auto begin = word.find_first_not_of(' ');
    word = begin == std::string::npos ? ""
                                      : word.substr(begin, word.find_last_not_of(' ') + 1 - begin);
  };
  trim(condition.column);
  trim(condition.value);
  if (condition.column.empty() || condition.sign == "!") {
    throw ConfigError({"--where " + text, 0, 0},
                      "this is no condition (method=heft, model.batch>=4, status!=failed)");
  }
  return condition;
}

}  // namespace

std::string label_of(const SweepEntry& sweep, const std::vector<SweepEntry>& all) {
  const auto count = std::count_if(all.begin(), all.end(),
                                   [&](const SweepEntry& each) { return each.name == sweep.name; });
  return count > 1 ? fmt::format("{}@{}", sweep.name, sweep.id) : sweep.name;
}

SweepEntry sweep_named(const ResultStore& store, const std::string& name) {
  const std::vector<SweepEntry> sweeps = store.sweeps();
  const SourceLoc where{store.file().string(), 0, 0};
  std::vector<std::string> names, labels;
  const SweepEntry* found = nullptr;
  for (const SweepEntry& each : sweeps) {
    if (std::find(names.begin(), names.end(), each.name) == names.end()) names.push_back(each.name);
    labels.push_back(label_of(each, sweeps));
    const bool is_it = name == fmt::format("{}@{}", each.name, each.id);
    if (name.empty() || each.name == name || is_it) found = &each;
  }
  if (names.empty()) throw ConfigError(where, "it holds no sweep");
  if (name.empty() && names.size() > 1) {
    throw ConfigError(where,
                      fmt::format("it holds several sweeps: say which with --sweep (one of {})",
                                  fmt::join(names, ", ")));
  }
  if (found == nullptr && name.find('@') != std::string::npos) {
    throw ConfigError(
        where, fmt::format("it holds no sweep '{}' (one of {})", name, fmt::join(labels, ", ")));
  }
  if (found == nullptr) {
    throw ConfigError(where,
                      fmt::format("it holds no sweep '{}'{}", name, did_you_mean(name, names)));
  }
  return *found;
}

SweepTable::SweepTable(const ResultStore& store, const std::string& sweep)
    : store_(store), sweep_(sweep_named(store, sweep)), columns_(fixed_columns()) {
  std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>> known;
  store.select("SELECT role, name, type, unit FROM columns WHERE verb = ?", {sweep_.verb},
               [&](const std::vector<Cell>& row) {
                 known[{text_at(row, 0), text_at(row, 1)}] = {text_at(row, 2), text_at(row, 3)};
               });
  std::set<std::string> taken;  // as SQLite compares names
  const auto description = nlohmann::json::parse(sweep_.description, nullptr, false);
  if (description.is_object() && description.contains("axes")) {
    for (const auto& axis : description["axes"]) {
      const std::string name = axis.value("name", "");
      if (!taken.insert(lower(name)).second) continue;
      // An axis `seed` is what was asked for: the column of that name says no more.
      std::erase_if(columns_, [&](const TableColumn& column) { return column.name == name; });
      const auto& [type, unit] = known[{"option", name}];
      columns_.push_back({name, Role::Axis, axis_type(axis, type), axis.value("unit", unit),
                          "places." + sql_name(name)});
    }
  }
  for (const TableColumn& column : columns_) taken.insert(lower(column.name));
  for (const auto& [which, what] : known) {
    const auto& [role, name] = which;
    if (role != "result" || !taken.insert(lower(name)).second) continue;
    columns_.push_back({name, Role::Result, what.first, "", "points." + sql_name(name)});
  }
}

const TableColumn& SweepTable::column(const std::string& name) const {
  std::vector<std::string> names;
  for (const TableColumn& column : columns_) {
    if (column.name == name) return column;
    names.push_back(column.name);
  }
  throw ConfigError({store_.file().string(), 0, 0},
                    fmt::format("sweep '{}' has no column '{}'{} (it has {})", sweep_.name, name,
                                did_you_mean(name, names), fmt::join(names, ", ")));
}

std::vector<TableColumn> SweepTable::columns(const std::vector<std::string>& names) const {
  std::vector<TableColumn> chosen;
  for (const std::string& name : names) chosen.push_back(column(name));
  return chosen;
}

std::vector<TableColumn> SweepTable::usual(const RowChoice& rows) const {
  std::vector<TableColumn> results;
  for (const TableColumn& column : columns_) {
    if (column.role == Role::Result) results.push_back(column);
    if (column.role == Role::Fixed && column.name == "reason") results.push_back(column);
  }
  std::vector<bool> has_any(results.size(), false);
  if (!results.empty()) {
    std::string counts;
    for (const TableColumn& column : results) {
      counts += fmt::format("{}count(nullif({}, ''))", counts.empty() ? "" : ", ", column.place);
    }
    const Where chosen = where(rows.where);
    store_.select(fmt::format("SELECT {} {}", counts, chosen.text), chosen.values,
                  [&](const std::vector<Cell>& row) {
                    for (std::size_t i = 0; i < row.size(); ++i) {
                      has_any[i] = std::get<std::int64_t>(row[i]) > 0;
                    }
                  });
  }
  std::vector<TableColumn> chosen;
  for (const TableColumn& column : columns_) {
    const bool is_usual =
        column.name == "number" || column.name == "repetition" || column.name == "status";
    if (column.role == Role::Axis || (column.role == Role::Fixed && is_usual)) {
      chosen.push_back(column);
    }
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (has_any[i]) chosen.push_back(results[i]);
  }
  return chosen;
}

std::vector<TableColumn> SweepTable::few(const RowChoice& rows) const {
  const auto description = nlohmann::json::parse(sweep_.description, nullptr, false);
  std::set<std::string> asked;
  bool repeats = false;
  if (description.is_object()) {
    repeats = description.value("repeat", 1) > 1;
    if (const auto answer = description.find("answer");
        answer != description.end() && answer->is_object()) {
      asked.insert(answer->value("column", ""));
    }
    if (const auto goals = description.find("goals"); goals != description.end()) {
      for (const auto& goal : *goals) asked.insert(goal.value("column", ""));
    }
  }
  const auto is_asked = [&](const TableColumn& column) {
    return column.role == Role::Result && asked.contains(column.name);
  };
  if (std::none_of(columns_.begin(), columns_.end(), is_asked)) {
    // The sweep says nothing of it: times, the more real the better, as reports have it.
    for (const char* name : {"measured_ps", "simulated_ps", "predicted_ps", "makespan_ps",
                             "mean_latency_ps", "period_ps"}) {
      asked = {name};
      if (std::any_of(columns_.begin(), columns_.end(), is_asked)) break;
    }
  }
  if (std::none_of(columns_.begin(), columns_.end(), is_asked)) return usual(rows);
  bool all_done = sweep_.no == 0 && sweep_.failed == 0;
  if (!all_done) {
    all_done = true;
    const Where chosen = where(rows.where);
    store_.select(fmt::format("SELECT 1 {} AND points.status != 'done' LIMIT 1", chosen.text),
                  chosen.values, [&](const std::vector<Cell>&) { all_done = false; });
  }
  std::vector<TableColumn> shown;
  for (const TableColumn& column : columns_) {
    const bool is_state = column.name == "status" || column.name == "reason";
    const bool is_fixed = column.name == "number" || (column.name == "repetition" && repeats) ||
                          (is_state && !all_done);
    if (column.role == Role::Axis || is_asked(column) || (column.role == Role::Fixed && is_fixed)) {
      shown.push_back(column);
    }
  }
  return shown;
}

void SweepTable::add_condition(const std::string& text, Where& where) const {
  const Condition condition = condition_in(text);
  const TableColumn& column = this->column(condition.column);
  const bool is_equality = condition.sign == "=" || condition.sign == "!=";
  const auto add = [&](const std::string& same) {
    where.text +=
        condition.sign == "!=" ? fmt::format(" AND NOT coalesce({}, FALSE)", same) : " AND " + same;
  };
  if (condition.value.empty() && is_equality) return add(column.place + " IS NULL");
  if (column.is_number()) {
    const double number = number_in(text, column, condition.value);
    if (!is_equality) {
      where.text += fmt::format(" AND {} {} ?", column.place, condition.sign);
      where.values.emplace_back(number);
      return;
    }
    // "94.9 GB/s" went through base units.
    constexpr double kNear = 1e-9;
    const double near = std::abs(number) * kNear;
    where.values.emplace_back(number - near);
    where.values.emplace_back(number + near);
    return add(column.place + " BETWEEN ? AND ?");
  }
  if (!is_equality) {
    throw ConfigError({"--where " + text, 0, 0},
                      fmt::format("the values of '{}' are texts, which '{}' does not compare",
                                  column.name, condition.sign));
  }
  // Among texts there may be numbers, which are no text to SQLite.
  where.values.emplace_back(condition.value);
  where.values.emplace_back(condition.value);
  add(fmt::format("(CAST({0} AS TEXT) = ? OR CAST({0} AS TEXT) GLOB ?)", column.place));
}

SweepTable::Where SweepTable::where(const std::vector<std::string>& conditions) const {
  // CROSS: places in their order, which is that in which most points were computed.
  Where where{
      "FROM places CROSS JOIN points ON points.number = places.point WHERE places.sweep = ?",
      {sweep_.id}};
  for (const std::string& each : conditions) add_condition(each, where);
  return where;
}

void SweepTable::rows(const std::vector<TableColumn>& columns, const RowChoice& choice,
                      const std::function<void(const std::vector<Cell>&)>& row) const {
  std::string names;
  for (const TableColumn& column : columns) names += (names.empty() ? "" : ", ") + column.place;
  const Where chosen = where(choice.where);
  std::string question = fmt::format("SELECT {} {} ORDER BY ", names, chosen.text);
  if (!choice.sort.empty()) {
    const std::string& by = column(choice.sort).place;
    question += fmt::format("{0} IS NULL, {0}{1}, ", by, choice.descending ? " DESC" : "");
  }
  question += "places.number";
  if (choice.limit) question += fmt::format(" LIMIT {}", *choice.limit);
  store_.select(question, chosen.values, row);
}

std::string to_text(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return {};
}

std::string readable_text(const Cell& cell, const TableColumn& column) {
  const ColumnUnit unit =
      column.role == Role::Result ? unit_of_column(column.name) : ColumnUnit{column.unit, 1};
  const auto* whole = std::get_if<std::int64_t>(&cell);
  const auto* real = std::get_if<double>(&cell);
  // A count is a count.
  if ((whole == nullptr && real == nullptr) || (whole != nullptr && unit.unit.empty())) {
    return to_text(cell);
  }
  const double number = whole != nullptr ? static_cast<double>(*whole) : *real;
  return readable_text(number / unit.per_unit, measure_of(unit.unit));
}

}  // namespace partita::command
