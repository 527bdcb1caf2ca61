// A CSV file whose columns have names.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/base/csv.h"

namespace partita::test {

class Table {
 public:
  Table(std::string file, std::vector<CsvRecord> records);

  std::size_t rows() const { return records_.size() - 1; }
  bool has(const std::string& column) const { return columns_.contains(column); }
  // "" where the record is too short.
  const std::string& text(std::size_t row, const std::string& column) const;
  // Not a number where it is none.
  double number(std::size_t row, const std::string& column) const;
  std::string place(std::size_t row) const;  // file:line:column

 private:
  std::string file_;
  std::vector<CsvRecord> records_;
  std::map<std::string, std::size_t> columns_;
};

// Nothing, and a reason in `skipped`, where the file cannot be read or lacks a column.
std::optional<Table> read_table(const std::filesystem::path& file,
                                std::initializer_list<std::string> columns,
                                std::vector<std::string>& skipped);

}  // namespace partita::test
