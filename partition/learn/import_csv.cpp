#include "partition/learn/import_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "partition/learn/foreign_table.h"

namespace partita::learn {
namespace {

constexpr double kDisagreement = 2;  // of times of one layer

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
  ShapeReader(const LayerColumns& layer, ForeignTable& table) : layer_(layer) {
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
  std::optional<std::vector<double>> shape(ForeignTable& table, std::size_t row,
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
    ForeignTable table(file, diagnostics_);
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
  std::size_t read_layer(ForeignTable& table, const LayerColumns& layer,
                         std::optional<std::size_t> device_at, std::optional<std::size_t> group_at,
                         const ColumnMap::FromPath& parts) {
    const RowsPicked filter(layer.where, table);
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
      const auto time = table.time(row, *time_column, layer.seconds_per_unit);
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
    table.check_it_varies(*time_column, times);
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
  ForeignTable table(file, diagnostics);
  std::vector<MeasuredCopy> copies;
  if (table.rows() > 0) {
    const RowsPicked filter(columns.where, table);
    const auto size_at = table.column(columns.size_column);
    const auto time_at_column = table.column(columns.time_column);
    std::vector<double> times;
    for (std::size_t row = 0; size_at && time_at_column && row < table.rows(); ++row) {
      if (table.is_ragged(row) || !filter.keeps(table, row)) continue;
      const auto time = table.time(row, *time_at_column, columns.seconds_per_unit);
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
    if (time_at_column) table.check_it_varies(*time_at_column, times);
    if (copies.empty() && diagnostics.empty()) {
      diagnostics.error({table.file()}, fmt::format("no row is a copy that {} knows", map.file));
    }
  }
  diagnostics.throw_if_any();
  return copies;
}

}  // namespace partita::learn
