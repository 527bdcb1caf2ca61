// Somebody else's CSV file: columns by name, and every mistake at its place.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/base/csv.h"
#include "partition/learn/column_map.h"

namespace partita::learn {

// Rows count from 0 behind the header. Diagnostics must outlive it.
class ForeignTable {
 public:
  // Records a file that is empty or has no rows, columns that stand twice, and rows of another length.
  ForeignTable(const std::filesystem::path& file, Diagnostics& diagnostics);

  std::size_t rows() const { return records_.empty() ? 0 : records_.size() - 1; }
  // Its fields are not those of the header, which has been recorded: nobody knows which is which.
  bool is_ragged(std::size_t row) const {
    return records_[row + 1].fields.size() != records_.front().fields.size();
  }

  // Records the error where it is missing; once a column.
  std::optional<std::size_t> column(const std::string& name);
  // "" where a ragged row has no such field.
  const std::string& text(std::size_t row, std::size_t at) const;
  SourceLoc where(std::size_t row, std::size_t at) const;
  // NaN where it is none; the error is recorded once a field. True and False, as Python writes them,
  // are 1 and 0.
  double number(std::size_t row, std::size_t at);
  // Seconds in a column of times; absent (and recorded) where they cannot be.
  std::optional<double> time(std::size_t row, std::size_t at, double seconds_per_unit);
  // A column without any value: one error, instead of one a row.
  bool is_empty(std::size_t at);
  // Records a column that says the same of everything: it was not measured. Few rows may agree.
  void check_it_varies(std::size_t at, const std::vector<double>& values);
  const std::string& name(std::size_t at) const { return records_.front().fields[at].text; }
  SourceLoc header_place(std::size_t at) const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  Diagnostics& diagnostics_;
  std::vector<CsvRecord> records_;
  std::map<std::string, std::size_t> places_;
  std::set<std::string> missing_;
  std::set<std::pair<std::size_t, std::size_t>> wrong_;
  std::map<std::size_t, bool> empty_;
};

// Which rows pass the filters of a map; none where a column of theirs is missing.
class RowsPicked {
 public:
  RowsPicked(const std::vector<RowFilter>& filters, ForeignTable& table);
  bool keeps(const ForeignTable& table, std::size_t row) const;

 private:
  bool usable_ = true;
  std::vector<std::pair<std::size_t, const std::vector<std::string>*>> columns_;
};

}  // namespace partita::learn
