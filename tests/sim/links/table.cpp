#include "tests/sim/links/table.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

namespace partita::test {

Table::Table(std::string file, std::vector<CsvRecord> records)
    : file_(std::move(file)), records_(std::move(records)) {
  for (std::size_t i = 0; i < records_.front().fields.size(); ++i) {
    columns_.emplace(records_.front().fields[i].text, i);
  }
}

const std::string& Table::text(std::size_t row, const std::string& column) const {
  static const std::string kNone;
  const std::size_t at = columns_.at(column);
  const CsvRecord& record = records_[row + 1];
  return at < record.fields.size() ? record.fields[at].text : kNone;
}

double Table::number(std::size_t row, const std::string& column) const {
  const std::string& written = text(row, column);
  char* end = nullptr;
  const double value = std::strtod(written.c_str(), &end);
  const bool is_number = !written.empty() && *end == '\0' && std::isfinite(value);
  return is_number ? value : std::numeric_limits<double>::quiet_NaN();
}

std::string Table::place(std::size_t row) const {
  const CsvField& first = records_[row + 1].fields.front();
  return fmt::format("{}:{}:{}", file_, first.line, first.column);
}

std::optional<Table> read_table(const std::filesystem::path& file,
                                std::initializer_list<std::string> columns,
                                std::vector<std::string>& skipped) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    skipped.push_back(file.string() + ": cannot be read");
    return std::nullopt;
  }
  Diagnostics diagnostics;
  std::vector<CsvRecord> records;
  try {
    records = parse_csv(text.str(), file.string(), diagnostics);
    diagnostics.throw_if_any();
  } catch (const std::exception& error) {
    skipped.push_back(error.what());
    return std::nullopt;
  }
  if (records.empty()) {
    skipped.push_back(file.string() + ": it is empty");
    return std::nullopt;
  }
  Table table(file.string(), std::move(records));
  for (const std::string& column : columns) {
    if (table.has(column)) continue;
    skipped.push_back(fmt::format("{}:1:1: the column '{}' is missing", file.string(), column));
    return std::nullopt;
  }
  return table;
}

}  // namespace partita::test
