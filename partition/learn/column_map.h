// Which column of somebody else's CSV file is what: read from a small YAML file.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/base/data_type.h"
#include "models/base/diagnostics.h"
#include "models/network/operator.h"
#include "partition/learn/formula.h"

namespace partita::learn {

// A formula, and where it was written.
struct PlacedFormula {
  Formula formula;
  SourceLoc where;
};

// Rows whose column `column` says one of `texts`.
struct RowFilter {
  std::string column;
  std::vector<std::string> texts;
};

// One measured layer of each row that passes the filters.
struct LayerColumns {
  enum class Form { Product, SharedProduct, Conv, Rows };

  std::string op;         // its name, or
  std::string op_column;  // the column that has it
  std::vector<RowFilter> where;
  OpFamily family = OpFamily::Matmul;
  DataType type = DataType::F32;
  std::string time_column;
  double seconds_per_unit = 0;
  Form form = Form::Product;
  // In the order of keys_of(form): batch, rows, columns, depth | rows, columns, operands, results |
  // batch, input_channels, output_channels, kernel, size, stride, padding.
  std::vector<PlacedFormula> shape;
};

// Copies of a link: sizes and times.
struct CopyColumns {
  std::vector<RowFilter> where;
  std::string size_column;
  double bytes_per_unit = 1;
  std::string time_column;
  double seconds_per_unit = 0;
};

// Times of layers that a network's names, or a profile's signatures, tell: rows of a profile.
struct ProfileColumns {
  std::vector<RowFilter> where;
  bool by_signature = false;  // the column has signatures, not names of layers
  std::string layer_column;
  std::string processor;  // of all rows, or
  std::string processor_column;
  std::map<std::string, std::string> processors;  // its texts -> names here; empty: the same
  std::string time_column;
  double seconds_per_unit = 0;
  std::string samples_column;  // how many measurements a row is the mean or median of; "": one
  bool skips_others = false;   // rows of layers that the network does not have
};

// The format of the file is in experiments/predict/README.md.
struct ColumnMap {
  std::string file;  // where it was read from
  std::string device_column;
  std::string group_column;
  // "{device}" and "{group}" stand for parts of a file's path: "compute/{device}/{group}/mlp.csv".
  // Files whose path does not end so are not of this map. "": any file.
  std::string path;
  std::vector<LayerColumns> layers;
  std::optional<CopyColumns> copies;
  std::optional<ProfileColumns> profile;

  // ConfigError with file:line:column for everything that is wrong with it.
  static ColumnMap load(const std::filesystem::path& file);

  // What `path` says of a file; absent: the file is not of this map.
  struct FromPath {
    std::string device, group;
  };
  std::optional<FromPath> from_path(const std::filesystem::path& csv) const;
};

// The names of a form's dimensions.
const std::vector<std::string>& keys_of(LayerColumns::Form form);

}  // namespace partita::learn
