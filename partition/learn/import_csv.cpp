#include "partition/learn/import_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "models/base/csv.h"
#include "models/base/file.h"

namespace partita::learn {
namespace {

constexpr double kDisagreement = 2;       // of times of one layer
constexpr std::size_t kEnoughToVary = 8;  // rows
constexpr double kLongest = 1e6;          // seconds; a mistaken unit

// A number, or a truth value as Python writes it.
std::optional<double> number_in(const std::string& text) {
  if (text == "True" || text == "true") return 1;
  if (text == "False" || text == "false") return 0;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end || text.empty()) return std::nullopt;
  return value;
}

class Table {
 public:
  Table(const std::filesystem::path& file, Diagnostics& diagnostics)
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

  std::size_t rows() const { return records_.empty() ? 0 : records_.size() - 1; }
  // Its fields are not those of the header, which has been recorded: nobody knows which is which.
  bool is_ragged(std::size_t row) const {
    return records_[row + 1].fields.size() != records_.front().fields.size();
  }

  // Records the error where it is missing; once a column.
  std::optional<std::size_t> column(const std::string& name) {
    const auto found = places_.find(name);
    if (found != places_.end()) return found->second;
    if (!records_.empty() && missing_.insert(name).second) {
      const CsvRecord& header = records_.front();
      diagnostics_.error({file_, header.end_line, header.end_column},
                         fmt::format("there is no column '{}'", name));
    }
    return std::nullopt;
  }
  // "" where a ragged row has no such field.
  const std::string& text(std::size_t row, std::size_t at) const {
    static const std::string kNone;
    const auto& fields = records_[row + 1].fields;
    return at < fields.size() ? fields[at].text : kNone;
  }
  SourceLoc where(std::size_t row, std::size_t at) const {
    const CsvRecord& record = records_[row + 1];
    if (at >= record.fields.size()) return {file_, record.end_line, record.end_column};
    return {file_, record.fields[at].line, record.fields[at].column};
  }
  // NaN where it is none; the error is recorded once a field.
  double number(std::size_t row, std::size_t at) {
    const auto value = number_in(text(row, at));
    if (value && std::isfinite(*value)) return *value;
    if (wrong_.emplace(row, at).second && !is_empty(at)) {
      diagnostics_.error(where(row, at),
                         fmt::format("{}: '{}' is no finite number", name(at), text(row, at)));
    }
    return std::nan("");
  }
  // A column without any value: one error, instead of one a row.
  bool is_empty(std::size_t at) {
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
  const std::string& name(std::size_t at) const { return records_.front().fields[at].text; }
  SourceLoc header_place(std::size_t at) const {
    const CsvField& field = records_.front().fields[at];
    return {file_, field.line, field.column};
  }
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

// The columns of a filter, found once.
class Filter {
 public:
  Filter(const std::vector<RowFilter>& filters, Table& table) {
    for (const RowFilter& filter : filters) {
      if (const auto at = table.column(filter.column)) {
        columns_.emplace_back(*at, &filter.texts);
      } else {
        usable_ = false;
      }
    }
  }
  bool keeps(const Table& table, std::size_t row) const {
    return usable_ && std::all_of(columns_.begin(), columns_.end(), [&](const auto& column) {
             const auto& texts = *column.second;
             return std::find(texts.begin(), texts.end(), table.text(row, column.first)) !=
                    texts.end();
           });
  }

 private:
  bool usable_ = true;
  std::vector<std::pair<std::size_t, const std::vector<std::string>*>> columns_;
};

// Seconds in a column of times; absent (and recorded) where they cannot be.
std::optional<double> time_at(Table& table, std::size_t row, std::size_t at, double unit,
                              Diagnostics& diagnostics) {
  const double value = table.number(row, at);
  if (std::isnan(value)) return std::nullopt;
  if (value <= 0 || value * unit > kLongest) {
    diagnostics.error(table.where(row, at),
                      fmt::format("{}: '{}' is no time: above 0, and at most {} s are expected",
                                  table.name(at), table.text(row, at), kLongest));
    return std::nullopt;
  }
  return value * unit;
}

// A column that says the same of everything was not measured.
void check_it_varies(const Table& table, std::size_t at, const std::vector<double>& values,
                     Diagnostics& diagnostics) {
  if (values.size() < kEnoughToVary) return;
  if (std::any_of(values.begin(), values.end(), [&](double each) { return each != values[0]; })) {
    return;
  }
  diagnostics.error(table.header_place(at),
                    fmt::format("the column '{}' is the same in all of {} rows: no measurement",
                                table.name(at), values.size()));
}

LayerFeatures features_from(const LayerColumns& layer, std::string op,
                            const std::vector<double>& shape) {
  using Form = LayerColumns::Form;
  if (layer.form == Form::Rows) {
    return row_features(std::move(op), layer.family, layer.type, shape[0], shape[1], shape[2],
                        shape[3]);
  }
  if (layer.form != Form::Conv) {
    LayerFeatures features =
        product_features(std::move(op), layer.type, shape[0], shape[1], shape[2], shape[3],
                         layer.form == Form::SharedProduct);
    features.family = layer.family;
    return features;
  }
  const double batch = shape[0], inputs = shape[1], outputs = shape[2], kernel = shape[3];
  const double size = shape[4], stride = shape[5], padding = shape[6];
  const double out = std::max(1.0, std::floor((size + 2 * padding - kernel) / stride) + 1);
  LayerFeatures features = product_features(std::move(op), layer.type, 1, batch * out * out,
                                            outputs, inputs * kernel * kernel, true);
  features.family = layer.family;
  // The operand is read once, not once for each place of the kernel.
  features.read = info(layer.type).bytes * batch * inputs * size * size;
  return features;
}

// The formulas of a layer's shape, with the columns that they name.
class ShapeReader {
 public:
  ShapeReader(const LayerColumns& layer, Table& table) : layer_(layer) {
    for (const PlacedFormula& each : layer.shape) {
      std::vector<std::size_t> columns;
      for (const std::string& name : each.formula.names()) {
        if (const auto at = table.column(name)) {
          columns.push_back(*at);
        } else {
          usable_ = false;
        }
      }
      columns_.push_back(std::move(columns));
    }
  }
  bool usable() const { return usable_; }

  // Absent (and recorded) where a dimension cannot be. Only padding may be 0.
  std::optional<std::vector<double>> shape(Table& table, std::size_t row,
                                           Diagnostics& diagnostics) const {
    std::vector<double> shape;
    const auto& keys = keys_of(layer_.form);
    for (std::size_t i = 0; i < layer_.shape.size(); ++i) {
      std::vector<double> values;
      for (const std::size_t at : columns_[i]) values.push_back(table.number(row, at));
      const double value = layer_.shape[i].formula.value(values);
      const bool known =
          std::none_of(values.begin(), values.end(), [](double each) { return std::isnan(each); });
      if (!known) continue;
      if (!(value >= (keys[i] == "padding" ? 0 : 1)) || !std::isfinite(value)) {
        const std::size_t at = columns_[i].empty() ? 0 : columns_[i].front();
        diagnostics.error(table.where(row, at),
                          fmt::format("{}: {} is no dimension, by the formula at {}", keys[i],
                                      value, to_string(layer_.shape[i].where)));
        continue;
      }
      shape.push_back(value);
    }
    if (shape.size() != layer_.shape.size()) return std::nullopt;
    return shape;
  }

 private:
  const LayerColumns& layer_;
  std::vector<std::vector<std::size_t>> columns_;
  bool usable_ = true;
};

class Importer {
 public:
  Importer(const ColumnMap& map, const DeviceCatalogue& catalogue)
      : map_(map), catalogue_(catalogue) {}

  void read(const std::filesystem::path& file) {
    const auto parts = map_.from_path(file);
    if (!parts) {
      diagnostics_.error({file.string()}, fmt::format("its path does not end as '{}' of {} says",
                                                      map_.path, map_.file));
      return;
    }
    Table table(file, diagnostics_);
    if (table.rows() == 0) return;
    std::optional<std::size_t> device, group;
    if (!map_.device_column.empty()) {
      device = table.column(map_.device_column);
      if (!device) return;
    }
    if (!map_.group_column.empty()) group = table.column(map_.group_column);
    std::size_t matched = 0;
    for (const LayerColumns& layer : map_.layers) {
      matched += read_layer(table, layer, device, group, *parts);
    }
    if (matched == 0 && diagnostics_.empty()) {
      diagnostics_.error({table.file()},
                         fmt::format("no row is of any layer that {} knows", map_.file));
    }
  }

  Observations finish() {
    check_doubles();
    diagnostics_.throw_if_any();
    return std::move(observations_);
  }

 private:
  std::size_t read_layer(Table& table, const LayerColumns& layer,
                         std::optional<std::size_t> device_at, std::optional<std::size_t> group_at,
                         const ColumnMap::FromPath& parts) {
    const Filter filter(layer.where, table);
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (!table.is_ragged(row) && filter.keeps(table, row)) rows.push_back(row);
    }
    // A file of other layers need not have this one's columns.
    if (rows.empty()) return 0;
    const ShapeReader shapes(layer, table);
    const auto time_column = table.column(layer.time_column);
    std::optional<std::size_t> op_column;
    if (!layer.op_column.empty()) op_column = table.column(layer.op_column);
    if (!time_column || !shapes.usable() || (!layer.op_column.empty() && !op_column)) return 0;
    if (table.is_empty(*time_column)) return 0;
    std::vector<double> times;
    for (const std::size_t row : rows) {
      const auto time = time_at(table, row, *time_column, layer.seconds_per_unit, diagnostics_);
      if (time) times.push_back(*time);
      const auto shape = shapes.shape(table, row, diagnostics_);
      const std::string& name = device_at ? table.text(row, *device_at) : parts.device;
      const auto device = device_named(
          name, layer, device_at ? table.where(row, *device_at) : SourceLoc{table.file()});
      if (!time || !shape || !device) continue;
      Observation seen{
          features_from(layer, op_column ? table.text(row, *op_column) : layer.op, *shape), *device,
          group_at ? table.text(row, *group_at) : parts.group, *time,
          table.where(row, *time_column)};
      observations_.rows.push_back(std::move(seen));
    }
    check_it_varies(table, *time_column, times, diagnostics_);
    return rows.size();
  }

  // An unknown device is one error, not one a row.
  std::optional<std::size_t> device_named(const std::string& name, const LayerColumns& layer,
                                          const SourceLoc& where) {
    auto& devices = observations_.devices;
    const auto known = std::find_if(devices.begin(), devices.end(),
                                    [&](const DeviceFeatures& each) { return each.name == name; });
    const DeviceFeatures* found = known != devices.end() ? &*known : catalogue_.find(name);
    if (found == nullptr) {
      if (unknown_.insert(name).second) {
        diagnostics_.error(where, fmt::format("no device file describes '{}' ({})", name,
                                              fmt::join(catalogue_.names(), ", ")));
      }
      return std::nullopt;
    }
    if (!found->rate(layer.type, true)) {
      if (unknown_.insert(name + " " + std::string{to_string(layer.type)}).second) {
        diagnostics_.error(where, fmt::format("the file of device '{}' has no peak of {}", name,
                                              to_string(layer.type)));
      }
      return std::nullopt;
    }
    if (known != devices.end()) return static_cast<std::size_t>(known - devices.begin());
    devices.push_back(*found);
    devices.back().name = name;
    return devices.size() - 1;
  }

  void check_doubles() {
    std::map<std::tuple<std::size_t, std::string, double, double, double, double, double, double>,
             const Observation*>
        seen;
    for (const Observation& row : observations_.rows) {
      const LayerFeatures& layer = row.layer;
      const auto [first, is_new] =
          seen.emplace(std::tuple{row.device, layer.op, layer.batch, layer.rows, layer.columns,
                                  layer.depth, layer.read, layer.written},
                       &row);
      if (is_new) continue;
      const double ratio = row.seconds / first->second->seconds;
      if (std::max(ratio, 1 / ratio) <= kDisagreement) continue;
      diagnostics_.error(
          row.where,
          fmt::format("the same layer on the same device took {:.3g} ms, but {:.3g} ms at {}",
                      1e3 * row.seconds, 1e3 * first->second->seconds,
                      to_string(first->second->where)));
    }
  }

  const ColumnMap& map_;
  const DeviceCatalogue& catalogue_;
  Diagnostics diagnostics_;
  Observations observations_;
  std::set<std::string> unknown_;
};

}  // namespace

Observations import_layers(const std::vector<std::filesystem::path>& files, const ColumnMap& map,
                           const DeviceCatalogue& devices) {
  Importer importer(map, devices);
  for (const auto& file : files) importer.read(file);
  return importer.finish();
}

std::vector<MeasuredCopy> import_copies(const std::filesystem::path& file, const ColumnMap& map) {
  Diagnostics diagnostics;
  if (!map.copies) throw ConfigError({map.file}, "it describes no copies");
  const CopyColumns& columns = *map.copies;
  Table table(file, diagnostics);
  std::vector<MeasuredCopy> copies;
  if (table.rows() > 0) {
    const Filter filter(columns.where, table);
    const auto size_at = table.column(columns.size_column);
    const auto time_at_column = table.column(columns.time_column);
    std::vector<double> times;
    for (std::size_t row = 0; size_at && time_at_column && row < table.rows(); ++row) {
      if (table.is_ragged(row) || !filter.keeps(table, row)) continue;
      const auto time = time_at(table, row, *time_at_column, columns.seconds_per_unit, diagnostics);
      const double size = table.number(row, *size_at) * columns.bytes_per_unit;
      if (size < 1) {
        diagnostics.error(
            table.where(row, *size_at),
            fmt::format("{}: '{}' is no size", table.name(*size_at), table.text(row, *size_at)));
      }
      if (!time || !(size >= 1)) continue;
      times.push_back(*time);
      copies.push_back({Bytes{std::llround(size)}, Time{std::llround(*time * 1e12)}});
    }
    if (time_at_column) check_it_varies(table, *time_at_column, times, diagnostics);
    if (copies.empty() && diagnostics.empty()) {
      diagnostics.error({table.file()}, fmt::format("no row is a copy that {} knows", map.file));
    }
  }
  diagnostics.throw_if_any();
  return copies;
}

}  // namespace partita::learn
