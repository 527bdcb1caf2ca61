#include "partition/learn/column_map.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

#include "models/base/document.h"

namespace partita::learn {
namespace {

using Form = LayerColumns::Form;

const std::vector<std::string> kForms{"product", "shared_product", "conv", "rows"};

// A column, and what one of its units is of the house's own: {column: Latency, unit: ms}.
template <class Quantity>
void read_quantity(const ValueReader& value, std::string& column, double& factor) {
  MapReader in = value.map();
  column = in.required<std::string>("column");
  const auto unit = in.required_value("unit");
  if (unit) {
    const auto names = unit_names<Quantity>();
    const std::size_t picked = unit->one_of({names.begin(), names.end()});
    const auto one = parse_quantity<Quantity>(fmt::format("1 {}", names[picked]));
    if constexpr (std::is_same_v<Quantity, Time>) {
      factor = seconds(std::get<Time>(one));
    } else {
      factor = static_cast<double>(std::get<Quantity>(one).value);
    }
  }
  in.finish();
}

std::vector<RowFilter> read_filters(MapReader& in) {
  std::vector<RowFilter> filters;
  for (const auto& [column, value] : in.optional_entries("where")) {
    RowFilter filter{column, {}};
    if (value.is_list()) {
      for (const ValueReader& each : value.list()) filter.texts.push_back(each.as<std::string>());
    } else {
      filter.texts.push_back(value.as<std::string>());
    }
    filters.push_back(std::move(filter));
  }
  return filters;
}

PlacedFormula read_formula(const ValueReader& value) {
  PlacedFormula placed{{}, value.where()};
  const auto text = value.as<std::string>();
  auto parsed = Formula::parse(text);
  if (const auto* bad = std::get_if<BadFormula>(&parsed)) {
    value.error(fmt::format("{}: in '{}', character {}: {}", value.what(), text, bad->at + 1,
                            bad->message));
  } else {
    placed.formula = std::get<Formula>(std::move(parsed));
  }
  return placed;
}

LayerColumns read_layer(const ValueReader& value) {
  LayerColumns layer;
  MapReader in = value.map();
  if (const auto op = in.required_value("op")) {
    if (op->is_map()) {
      MapReader from = op->map();
      layer.op_column = from.required<std::string>("column");
      from.finish();
    } else {
      layer.op = op->as<std::string>();
    }
  }
  layer.where = read_filters(in);
  if (const auto family = in.required_value("family")) {
    layer.family = static_cast<OpFamily>(family->one_of({kOpFamilies.begin(), kOpFamilies.end()}));
  }
  if (const auto type = in.required_value("type")) {
    std::vector<std::string> names;
    for (const DataTypeInfo& each : kDataTypes) names.emplace_back(each.name);
    layer.type = static_cast<DataType>(type->one_of(names));
  }
  if (const auto time = in.required_value("time")) {
    read_quantity<Time>(*time, layer.time_column, layer.seconds_per_unit);
  }
  int forms = 0;
  for (std::size_t form = 0; form < kForms.size(); ++form) {
    const auto shape = in.optional_value(kForms[form]);
    if (!shape) continue;
    if (++forms > 1) {
      shape->error(fmt::format("a layer has one of {}", fmt::join(kForms, ", ")));
      continue;
    }
    layer.form = static_cast<Form>(form);
    MapReader dimensions = shape->map();
    for (const std::string& key : keys_of(layer.form)) {
      const auto dimension = dimensions.required_value(key);
      if (dimension) layer.shape.push_back(read_formula(*dimension));
    }
    dimensions.finish();
  }
  if (forms == 0) in.error(fmt::format("no shape: one of {}", fmt::join(kForms, ", ")));
  in.finish();
  return layer;
}

CopyColumns read_copies(const ValueReader& value) {
  CopyColumns copies;
  MapReader in = value.map();
  copies.where = read_filters(in);
  if (const auto size = in.required_value("size")) {
    read_quantity<Bytes>(*size, copies.size_column, copies.bytes_per_unit);
  }
  if (const auto time = in.required_value("time")) {
    read_quantity<Time>(*time, copies.time_column, copies.seconds_per_unit);
  }
  in.finish();
  return copies;
}

// Exactly one of `layer` and `signature`; `processor` is a name, or a column whose texts may be others.
ProfileColumns read_profile(const ValueReader& value) {
  ProfileColumns profile;
  MapReader in = value.map();
  profile.where = read_filters(in);
  const auto layer = in.optional_value("layer"), signature = in.optional_value("signature");
  if (layer.has_value() == signature.has_value()) {
    in.error("profile: one of layer: COLUMN (names) and signature: COLUMN is needed");
  }
  profile.by_signature = signature.has_value();
  if (signature) profile.layer_column = signature->as<std::string>();
  if (layer) profile.layer_column = layer->as<std::string>();
  if (const auto processor = in.required_value("processor")) {
    if (processor->is_map()) {
      MapReader from = processor->map();
      profile.processor_column = from.required<std::string>("column");
      for (const auto& [text, name] : from.optional_entries("names")) {
        profile.processors[text] = name.as<std::string>();
      }
      from.finish();
    } else {
      profile.processor = processor->as<std::string>();
    }
  }
  if (const auto time = in.required_value("time")) {
    read_quantity<Time>(*time, profile.time_column, profile.seconds_per_unit);
  }
  profile.samples_column = in.optional<std::string>("samples", "");
  if (const auto others = in.optional_value("others")) {
    profile.skips_others = others->one_of({"error", "skip"}) == 1;
  }
  in.finish();
  return profile;
}

// "compute/{device}/{group}/mlp.csv" as a regular expression, and what its groups are.
std::regex pattern_of(const std::string& path, std::vector<std::string>& names) {
  std::string pattern = "(?:^|.*/)";
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '{') {
      const std::size_t end = std::min(path.find('}', i), path.size() - 1);
      names.push_back(path.substr(i + 1, end - i - 1));
      pattern += names.back() == "group" ? "(.+)" : "([^/]+)";
      i = end;
    } else if (path[i] == '*') {
      pattern += "[^/]*";
    } else {
      if (std::string_view{".^$|()[]+?\\"}.find(path[i]) != std::string_view::npos) pattern += '\\';
      pattern += path[i];
    }
  }
  return std::regex{pattern};
}

}  // namespace

const std::vector<std::string>& keys_of(Form form) {
  static const std::array<std::vector<std::string>, 4> kKeys{
      {{"batch", "rows", "columns", "depth"},
       {"batch", "rows", "columns", "depth"},
       {"batch", "input_channels", "output_channels", "kernel", "size", "stride", "padding"},
       {"rows", "columns", "operands", "results"}}};
  return kKeys[static_cast<std::size_t>(form)];
}

ColumnMap ColumnMap::load(const std::filesystem::path& file) {
  const Document document = Document::parse_file(file);
  Diagnostics diagnostics;
  ColumnMap map;
  map.file = file.string();
  MapReader in = read(document, diagnostics).map();
  map.device_column = in.optional<std::string>("device", "");
  map.group_column = in.optional<std::string>("group", "");
  if (const auto path = in.optional_value("path")) {
    map.path = path->as<std::string>();
    std::vector<std::string> names;
    pattern_of(map.path, names);
    for (const std::string& name : names) {
      if (name != "device" && name != "group") {
        path->error(fmt::format("path: unknown part '{{{}}}' (device, group)", name));
      }
    }
  }
  for (const ValueReader& layer : in.optional_list("layers")) {
    map.layers.push_back(read_layer(layer));
  }
  if (const auto copies = in.optional_value("copies")) map.copies = read_copies(*copies);
  if (const auto profile = in.optional_value("profile")) map.profile = read_profile(*profile);
  in.finish();
  if (map.layers.empty() && !map.copies && !map.profile) {
    in.error("neither layers nor copies nor a profile");
  }
  if (!map.layers.empty() && map.device_column.empty() &&
      map.path.find("{device}") == std::string::npos) {
    in.error("nothing says which device it is: device: COLUMN, or {device} in path");
  }
  diagnostics.throw_if_any();
  return map;
}

std::optional<ColumnMap::FromPath> ColumnMap::from_path(const std::filesystem::path& csv) const {
  if (path.empty()) return FromPath{};
  std::vector<std::string> names;
  const std::regex pattern = pattern_of(path, names);
  std::smatch found;
  const std::string text = csv.generic_string();
  if (!std::regex_match(text, found, pattern)) return std::nullopt;
  FromPath parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    (names[i] == "group" ? parts.group : parts.device) = found[i + 1].str();
  }
  return parts;
}

}  // namespace partita::learn
