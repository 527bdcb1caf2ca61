#include "partition/inputs/measured_table.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "models/base/csv.h"
#include "models/base/file.h"

namespace partita::inputs {
namespace {

enum class Column : std::uint8_t { Cost, Known, Feature };

Column column_of(const std::string& name) {
  if (name == "cost") return Column::Cost;
  return name.rfind("known_", 0) == 0 ? Column::Known : Column::Feature;
}

class TableReader {
 public:
  TableReader(std::string file, Diagnostics& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  MeasuredInputs read(const std::vector<CsvRecord>& records) {
    if (records.empty()) {
      diagnostics_.error({file_}, "holds no header");
      return {};
    }
    read_header(records.front());
    for (std::size_t i = 1; i < records.size(); ++i) read_row(records[i]);
    if (records.size() == 1) diagnostics_.error({file_}, "holds no inputs");
    return std::move(measured_);
  }

 private:
  SourceLoc place(const CsvField& field) const { return {file_, field.line, field.column}; }

  void read_header(const CsvRecord& header) {
    std::set<std::string> names;
    for (const CsvField& field : header.fields) {
      columns_.push_back(column_of(field.text));
      names_.push_back(field.text);
      if (!names.insert(field.text).second) {
        diagnostics_.error(place(field), fmt::format("the column '{}' is there twice", field.text));
      }
    }
    if (names.count("cost") == 0) {
      diagnostics_.error(place(header.fields.front()), "there is no column 'cost'");
    }
  }

  void read_row(const CsvRecord& row) {
    if (row.fields.size() != columns_.size()) {
      diagnostics_.error(
          {file_, row.end_line, row.end_column},
          fmt::format("a row has {} fields, not {}", columns_.size(), row.fields.size()));
      return;
    }
    MeasuredInputs::Measurement measurement{.input = measured_.features.size()};
    std::vector<double> features;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const double number = this->number(row.fields[i], i);
      if (columns_[i] == Column::Cost) measurement.cost = number;
      if (columns_[i] == Column::Known) measurement.known.push_back(number);
      if (columns_[i] == Column::Feature) features.push_back(number);
    }
    measured_.features.push_back(std::move(features));
    measured_.measurements.push_back(std::move(measurement));
  }

  double number(const CsvField& field, std::size_t column) {
    const bool may_be_empty = columns_[column] == Column::Feature;
    if (field.text.empty() && may_be_empty) return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const char* const end = field.text.data() + field.text.size();
    const auto [last, problem] = std::from_chars(field.text.data(), end, value);
    const bool is_number = problem == std::errc{} && last == end && std::isfinite(value);
    if (!is_number || (columns_[column] == Column::Cost && value < 0)) {
      diagnostics_.error(
          place(field),
          fmt::format("{}: '{}' is no number{}", names_[column], field.text,
                      columns_[column] == Column::Cost ? ", 0 or more"
                                                       : (may_be_empty ? ", nor nothing" : "")));
    }
    return value;
  }

  std::string file_;
  Diagnostics& diagnostics_;
  std::vector<Column> columns_;
  std::vector<std::string> names_;
  MeasuredInputs measured_;
};

}  // namespace

MeasuredInputs load_measured_inputs(const std::filesystem::path& file) {
  Diagnostics diagnostics;
  const std::vector<CsvRecord> records = parse_csv(read_file(file), file.string(), diagnostics);
  MeasuredInputs measured = TableReader(file.string(), diagnostics).read(records);
  diagnostics.throw_if_any();
  return measured;
}

}  // namespace partita::inputs
