#include "partition/learn/foreign_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "models/base/file.h"

namespace partita::learn {
namespace {

constexpr std::size_t kEnoughToVary = 8;  // rows
constexpr double kLongest = 1e6;          // seconds; a mistaken unit

std::optional<double> number_in(const std::string& text) {
  if (text == "True" || text == "true") return 1;
  if (text == "False" || text == "false") return 0;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

ForeignTable::ForeignTable(const std::filesystem::path& file, Diagnostics& diagnostics)
    : file_(file.string()), diagnostics_(diagnostics) {
  records_ = parse_csv(read_file(file), file_, diagnostics);
  if (records_.empty()) {
    diagnostics.error({file_}, "it is empty: a header and rows are needed");
    return;
  }
  for (std::size_t i = 0; i < records_.front().fields.size(); ++i) {
    const CsvField& field = records_.front().fields[i];
    if (!places_.emplace(field.text, i).second) {
      diagnostics.error({file_, field.line, field.column},
                        fmt::format("the column '{}' stands twice", field.text));
    }
  }
  if (records_.size() == 1) diagnostics.error({file_}, "it has a header, but no rows");
  for (std::size_t row = 1; row < records_.size(); ++row) {
    if (!is_ragged(row - 1)) continue;
    diagnostics.error({file_, records_[row].end_line, records_[row].end_column},
                      fmt::format("{} fields, but the header has {}", records_[row].fields.size(),
                                  records_.front().fields.size()));
  }
}

std::optional<std::size_t> ForeignTable::column(const std::string& name) {
  const auto found = places_.find(name);
  if (found != places_.end()) return found->second;
  if (!records_.empty() && missing_.insert(name).second) {
    const CsvRecord& header = records_.front();
    diagnostics_.error({file_, header.end_line, header.end_column},
                       fmt::format("there is no column '{}'", name));
  }
  return std::nullopt;
}

const std::string& ForeignTable::text(std::size_t row, std::size_t at) const {
  static const std::string kNone;
  const auto& fields = records_[row + 1].fields;
  return at < fields.size() ? fields[at].text : kNone;
}

SourceLoc ForeignTable::where(std::size_t row, std::size_t at) const {
  const CsvRecord& record = records_[row + 1];
  if (at >= record.fields.size()) return {file_, record.end_line, record.end_column};
  return {file_, record.fields[at].line, record.fields[at].column};
}

double ForeignTable::number(std::size_t row, std::size_t at) {
  const auto value = number_in(text(row, at));
  if (value && std::isfinite(*value)) return *value;
  if (wrong_.emplace(row, at).second && !is_empty(at)) {
    diagnostics_.error(where(row, at),
                       fmt::format("{}: '{}' is no finite number", name(at), text(row, at)));
  }
  return std::nan("");
}

std::optional<double> ForeignTable::time(std::size_t row, std::size_t at, double seconds_per_unit) {
  const double value = number(row, at);
  if (std::isnan(value)) return std::nullopt;
  if (value <= 0 || value * seconds_per_unit > kLongest) {
    diagnostics_.error(where(row, at),
                       fmt::format("{}: '{}' is no time: above 0, and at most {} s are expected",
                                   name(at), text(row, at), kLongest));
    return std::nullopt;
  }
  return value * seconds_per_unit;
}

bool ForeignTable::is_empty(std::size_t at) {
  const auto known = empty_.find(at);
  if (known != empty_.end()) return known->second;
  bool none = true;
  for (std::size_t row = 0; row < rows() && none; ++row) none = text(row, at).empty();
  empty_[at] = none;
  if (none && rows() > 0) {
    diagnostics_.error(header_place(at), fmt::format("the column '{}' is empty", name(at)));
  }
  return none;
}

void ForeignTable::check_it_varies(std::size_t at, const std::vector<double>& values) {
  if (values.size() < kEnoughToVary) return;
  if (std::any_of(values.begin(), values.end(), [&](double each) { return each != values[0]; })) {
    return;
  }
  diagnostics_.error(header_place(at),
                     fmt::format("the column '{}' is the same in all of {} rows: no measurement",
                                 name(at), values.size()));
}

SourceLoc ForeignTable::header_place(std::size_t at) const {
  const CsvField& field = records_.front().fields[at];
  return {file_, field.line, field.column};
}

RowsPicked::RowsPicked(const std::vector<RowFilter>& filters, ForeignTable& table) {
  for (const RowFilter& filter : filters) {
    if (const auto at = table.column(filter.column)) {
      columns_.emplace_back(*at, &filter.texts);
    } else {
      usable_ = false;
    }
  }
}

bool RowsPicked::keeps(const ForeignTable& table, std::size_t row) const {
  return usable_ && std::all_of(columns_.begin(), columns_.end(), [&](const auto& column) {
           const auto& texts = *column.second;
           return std::find(texts.begin(), texts.end(), table.text(row, column.first)) !=
                  texts.end();
         });
}

}  // namespace partita::learn
