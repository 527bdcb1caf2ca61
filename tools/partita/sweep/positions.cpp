#include "tools/partita/sweep/positions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <optional>

#include "models/base/csv.h"
#include "models/base/file.h"

namespace partita::command {
namespace {

// The axis of each column; absent: it names none.
std::vector<std::optional<std::size_t>> columns_of(const CsvRecord& header, const std::string& file,
                                                   const Sweep& sweep, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Axis& axis : sweep.axes) names.push_back(axis.name);
  std::vector<std::optional<std::size_t>> axes;
  std::vector<bool> seen(names.size());
  for (const CsvField& field : header.fields) {
    const SourceLoc where{file, field.line, field.column};
    axes.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == field.text) axes.back() = i;
    }
    if (!axes.back()) {
      diagnostics.error(where, fmt::format("the sweep has no axis '{}' (it has {})", field.text,
                                           fmt::join(names, ", ")));
    } else if (seen[*axes.back()]) {
      diagnostics.error(where, fmt::format("axis '{}' has two columns", field.text));
    } else {
      seen[*axes.back()] = true;
    }
  }
  return axes;
}

double position_of(const CsvField& field, const std::string& file, Diagnostics& diagnostics) {
  double value = 0;
  const char* end = field.text.data() + field.text.size();
  const auto [stopped, error] = std::from_chars(field.text.data(), end, value);
  if (error != std::errc{} || stopped != end || !(value >= 0 && value <= 1)) {
    diagnostics.error({file, field.line, field.column},
                      fmt::format("'{}' is no position from 0 to 1", field.text));
    return 0;
  }
  return value;
}

}  // namespace

std::vector<std::vector<double>> read_positions(const std::filesystem::path& file,
                                                const Sweep& sweep) {
  constexpr double kMiddle = 0.5;
  const std::string name = file.string();
  Diagnostics diagnostics;
  const std::vector<CsvRecord> records = parse_csv(read_file(file), name, diagnostics);
  diagnostics.throw_if_any();
  if (records.empty()) {
    throw ConfigError({name, 1, 1}, "positions begin with a line of names of axes");
  }
  const auto axes = columns_of(records.front(), name, sweep, diagnostics);
  std::vector<double> others;
  for (const Axis& axis : sweep.axes) others.push_back(axis.range ? kMiddle : 0);
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const std::vector<CsvField>& fields = records[i].fields;
    if (fields.size() != axes.size()) {
      diagnostics.error(
          {name, fields.front().line, fields.front().column},
          fmt::format("this row has {} values for {} axes", fields.size(), axes.size()));
      continue;
    }
    rows.push_back(others);
    for (std::size_t column = 0; column < axes.size(); ++column) {
      const double position = position_of(fields[column], name, diagnostics);
      if (axes[column]) rows.back()[*axes[column]] = position;
    }
  }
  if (rows.empty()) diagnostics.error({name, 0, 0}, "there are no positions in this file");
  diagnostics.throw_if_any();
  return rows;
}

}  // namespace partita::command
