#include "tools/partita/results/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

using Role = TableColumn::Role;

std::vector<std::string> common_axes(const SweepTable& a, const SweepTable& b) {
  std::vector<std::string> names;
  for (const TableColumn& ours : a.columns()) {
    if (ours.role != Role::Axis) continue;
    for (const TableColumn& theirs : b.columns()) {
      if (theirs.role == Role::Axis && theirs.name == ours.name) names.push_back(ours.name);
    }
  }
  return names;
}

// An axis that only one of them has must not be taken together silently.
void require_one_value(const SweepTable& table, const std::vector<std::string>& common) {
  Diagnostics diagnostics;
  for (const TableColumn& axis : table.columns()) {
    if (axis.role != Role::Axis ||
        std::find(common.begin(), common.end(), axis.name) != common.end())
      continue;
    std::set<std::string> values;
    table.rows({axis}, {}, [&](const std::vector<Cell>& row) { values.insert(to_text(row[0])); });
    if (values.size() < 2) continue;
    diagnostics.error({"compare", 0, 0},
                      fmt::format("only sweep '{}' has the axis '{}', with {} values: sweeps are "
                                  "compared by axes that both have",
                                  table.sweep().name, axis.name, values.size()));
  }
  diagnostics.throw_if_any();
}

// Answers by the values of axes; none for points without one.
using Answers = std::map<std::vector<Cell>, std::vector<double>>;

Answers answers_of(const SweepTable& table, const std::vector<std::string>& axes,
                   const std::string& column) {
  std::vector<TableColumn> columns = table.columns(axes);
  columns.push_back(table.column("repetition"));
  const TableColumn& answer = table.column(column);
  if (!answer.is_number()) {
    throw ConfigError({"--column " + column, 0, 0},
                      fmt::format("sweep '{}' has no numbers there", table.sweep().name));
  }
  columns.push_back(answer);
  Answers answers;
  table.rows(columns, {}, [&](const std::vector<Cell>& row) {
    std::vector<double>& found = answers[{row.begin(), row.end() - 1}];
    if (const auto* number = std::get_if<std::int64_t>(&row.back())) {
      found.push_back(static_cast<double>(*number));
    } else if (const auto* real = std::get_if<double>(&row.back())) {
      found.push_back(*real);
    }
  });
  return answers;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

Comparison compare(const SweepTable& a, const SweepTable& b, const std::string& column) {
  Comparison result;
  result.column = column;
  result.axes = common_axes(a, b);
  require_one_value(a, result.axes);
  require_one_value(b, result.axes);
  const Answers ours = answers_of(a, result.axes, column);
  const Answers theirs = answers_of(b, result.axes, column);
  double logarithms = 0;
  for (const auto& [values, answers] : ours) {
    const auto other = theirs.find(values);
    if (other == theirs.end()) {
      ++result.only_a;
    } else if (answers.empty() || other->second.empty()) {
      result.a_has_more += !answers.empty();
      result.b_has_more += !other->second.empty();
    } else {
      Pair pair{{values.begin(), values.end() - 1}, median(answers), median(other->second)};
      if (!(pair.a > 0) || !(pair.b > 0)) {
        ++result.without_ratio;
        continue;
      }
      logarithms += std::log(pair.ratio());
      result.pairs.push_back(std::move(pair));
    }
  }
  for (const auto& [values, answers] : theirs) result.only_b += !ours.contains(values);
  if (result.pairs.empty()) {
    throw ConfigError({"arguments", 0, 0},
                      fmt::format("no point of '{}' and '{}' has the same values on the axes that "
                                  "both have, with an answer in '{}'",
                                  a.sweep().name, b.sweep().name, column));
  }
  std::stable_sort(result.pairs.begin(), result.pairs.end(),
                   [](const Pair& x, const Pair& y) { return x.ratio() < y.ratio(); });
  result.geometric_mean = std::exp(logarithms / static_cast<double>(result.pairs.size()));
  return result;
}

}  // namespace partita::command
