// Learned models as files.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/base/document.h"
#include "models/base/file.h"
#include "partition/learn/learned_model.h"

namespace partita::learn {
namespace {

using nlohmann::ordered_json;

constexpr int kVersion = 2;

ordered_json json_of(const DeviceFeatures& device) {
  ordered_json json{{"device", device.name}};
  const auto peaks = [&](const char* key, const auto& rates) {
    ordered_json map = ordered_json::object();
    for (std::size_t i = 0; i < kDataTypes.size(); ++i) {
      if (rates[i]) map[std::string{kDataTypes[i].name}] = exact_text(*rates[i]);
    }
    if (!map.empty()) json[key] = map;
  };
  peaks("peak", device.peak);
  peaks("vector_peak", device.vector_peak);
  json["bandwidth"] = exact_text(device.bandwidth);
  if (device.memory) json["memory"] = exact_text(*device.memory);
  if (device.l2) json["l2"] = exact_text(*device.l2);
  if (device.units) json["units"] = *device.units;
  if (device.clock) json["clock_mhz"] = *device.clock / 1e6;
  if (device.lanes) json["lanes"] = *device.lanes;
  return json;
}

ordered_json json_of(const Sample& sample) {
  const LayerFeatures& layer = sample.layer;
  return {
      {"device", sample.device},  {"op", layer.op},           {"family", to_string(layer.family)},
      {"batch", layer.batch},     {"rows", layer.rows},       {"columns", layer.columns},
      {"depth", layer.depth},     {"flops", layer.flops},     {"read", layer.read},
      {"weights", layer.weights}, {"written", layer.written}, {"seconds", sample.seconds}};
}

ordered_json json_of(const Branch& branch) {
  ordered_json devices = ordered_json::array();
  for (const DeviceFit& fit : branch.population.fits) {
    ordered_json device = json_of(fit.device);
    ordered_json kernels = ordered_json::array();
    for (const auto& [name, logs] : fit.logs.kernels) {
      kernels.push_back({{"kernel", name}, {"logs", logs}});
    }
    devices.push_back({{"device", std::move(device)},
                       {"rows", fit.rows},
                       {"logs", fit.logs.general},
                       {"kernels", std::move(kernels)}});
  }
  ordered_json names = ordered_json::array(), features = ordered_json::array();
  for (const Parameter& each : branch.physics->parameters()) names.push_back(each.name);
  for (const auto& each : branch.physics->features()) features.push_back(each);
  ordered_json samples = ordered_json::array();
  for (const Sample& sample : branch.samples) samples.push_back(json_of(sample));
  const WorkRange& range = branch.range;
  return {
      {"physics", branch.physics->name()},
      {"type", to_string(branch.type)},
      {"product", branch.product},
      {"row_count", branch.row_count},
      {"parameters", std::move(names)},
      {"mean", branch.population.mean},
      {"devices", std::move(devices)},
      {"range", {range.low_flops, range.high_flops, range.low_traffic, range.high_traffic}},
      {"known_share", branch.known_share},
      {"unseen_share", branch.unseen_share},
      {"intervals",
       {{"known", branch.intervals.known},
        {"unseen", branch.intervals.unseen},
        {"larger", branch.intervals.larger}}},
      {"features", std::move(features)},
      {"correction", {{"base", branch.correction.base()}, {"trees", branch.correction.to_text()}}},
      {"samples", std::move(samples)}};
}

// A list of exactly so many numbers.
std::vector<double> numbers(MapReader& in, const std::string& key, std::size_t count) {
  const auto value = in.required_value(key);
  std::vector<double> all;
  if (value) {
    for (const ValueReader& each : value->list()) all.push_back(each.as<double>());
    if (all.size() != count) {
      value->error(fmt::format("{}: {} numbers instead of {}", key, all.size(), count));
    }
  }
  all.resize(count);
  return all;
}

template <std::size_t N>
std::array<double, N> array_of(MapReader& in, const std::string& key) {
  const std::vector<double> all = numbers(in, key, N);
  std::array<double, N> array{};
  std::copy(all.begin(), all.end(), array.begin());
  return array;
}

// The names that a branch was learned with must be those that this program knows.
template <class Names, class NameOf>
void check_names(MapReader& in, const std::string& key, const Names& known, NameOf name_of) {
  const auto value = in.required_value(key);
  if (!value) return;
  const auto items = value->list();
  bool same = items.size() == known.size();
  for (std::size_t i = 0; same && i < items.size(); ++i) {
    same = items[i].node().text == name_of(known[i]);
  }
  if (!same)
    value->error(fmt::format("{}: not those that this program knows; learn it again", key));
}

Sample read_sample(const ValueReader& value, DataType type) {
  Sample sample;
  LayerFeatures& layer = sample.layer;
  MapReader in = value.map();
  sample.device = in.required<std::string>("device");
  layer.op = in.required<std::string>("op");
  if (const auto family = in.required_value("family")) {
    layer.family = static_cast<OpFamily>(family->one_of({kOpFamilies.begin(), kOpFamilies.end()}));
  }
  layer.type = type;
  layer.batch = in.required<double>("batch");
  layer.rows = in.required<double>("rows");
  layer.columns = in.required<double>("columns");
  layer.depth = in.required<double>("depth");
  layer.flops = in.required<double>("flops");
  layer.read = in.required<double>("read");
  layer.weights = in.required<double>("weights");
  layer.written = in.required<double>("written");
  sample.seconds = in.required<double>("seconds");
  in.finish();
  return sample;
}

void read_correction(const ValueReader& value, std::size_t features, Branch& branch) {
  MapReader in = value.map();
  const double base = in.required<double>("base");
  std::vector<std::string> trees;
  for (const ValueReader& tree : in.optional_list("trees")) {
    trees.push_back(tree.as<std::string>());
  }
  in.finish();
  auto forest = Forest::from_text(base, trees, features);
  if (const auto* wrong = std::get_if<std::string>(&forest)) {
    value.error(*wrong);
  } else {
    branch.correction = std::get<Forest>(std::move(forest));
  }
}

std::optional<Branch> read_branch(const ValueReader& value) {
  Branch branch;
  MapReader in = value.map();
  const auto physics = in.required_value("physics");
  if (!physics) return std::nullopt;
  branch.physics = physics_named(physics->as<std::string>());
  if (branch.physics == nullptr) {
    physics->error(
        fmt::format("physics: '{}' is none that this program knows", physics->node().text));
    return std::nullopt;
  }
  if (const auto type = in.required_value("type")) {
    const auto named = data_type_named(type->as<std::string>());
    if (!named) type->error(fmt::format("type: unknown data type '{}'", type->node().text));
    branch.type = named.value_or(DataType::F32);
  }
  const std::size_t count = branch.physics->parameters().size();
  branch.product = in.required<bool>("product");
  branch.row_count = static_cast<std::size_t>(in.required<std::int64_t>("row_count"));
  check_names(in, "parameters", branch.physics->parameters(),
              [](const Parameter& each) { return each.name; });
  branch.population.mean = numbers(in, "mean", count);
  for (const ValueReader& each : in.optional_list("devices")) {
    MapReader device = each.map();
    DeviceFit fit;
    if (const auto sheet = device.required_value("device")) fit.device = read_device(*sheet);
    fit.rows = static_cast<std::size_t>(device.required<std::int64_t>("rows"));
    fit.logs.general = numbers(device, "logs", count);
    for (const ValueReader& kernel : device.optional_list("kernels")) {
      MapReader own = kernel.map();
      const auto name = own.required<std::string>("kernel");
      fit.logs.kernels[name] = numbers(own, "logs", count);
      own.finish();
    }
    device.finish();
    branch.population.fits.push_back(std::move(fit));
  }
  const std::vector<double> range = numbers(in, "range", 4);
  branch.range = {range[0], range[1], range[2], range[3]};
  branch.known_share = in.required<double>("known_share");
  branch.unseen_share = array_of<kPointCounts.size()>(in, "unseen_share");
  if (const auto intervals = in.required_value("intervals")) {
    MapReader widths = intervals->map();
    branch.intervals.known = widths.required<double>("known");
    branch.intervals.unseen = array_of<kPointCounts.size()>(widths, "unseen");
    branch.intervals.larger = widths.required<double>("larger");
    widths.finish();
  }
  check_names(in, "features", branch.physics->features(),
              [](std::string_view each) { return each; });
  if (const auto correction = in.required_value("correction")) {
    read_correction(*correction, branch.physics->features().size(), branch);
  }
  for (const ValueReader& each : in.optional_list("samples")) {
    branch.samples.push_back(read_sample(each, branch.type));
  }
  in.finish();
  return branch;
}

}  // namespace

std::string LearnedModel::to_json() const {
  ordered_json branches = ordered_json::array();
  for (const Branch& branch : branches_) branches.push_back(json_of(branch));
  return ordered_json{{"learned_model", kVersion},
                      {"feature_set", kFeatureSet},
                      {"data_hash", data_hash_},
                      {"branches", std::move(branches)}}
             .dump(1) +
         "\n";
}

void LearnedModel::save(const std::filesystem::path& file) const { write_file(file, to_json()); }

LearnedModel LearnedModel::load(const std::filesystem::path& file) {
  const Document document = Document::parse_file(file);
  Diagnostics diagnostics;
  LearnedModel model;
  MapReader in = read(document, diagnostics).map();
  const auto version = in.required_value("learned_model");
  if (version && version->as<int>() != kVersion) {
    version->error(fmt::format("learned_model: this program reads version {}", kVersion));
  }
  const auto features = in.required_value("feature_set");
  if (features && features->as<std::string>() != kFeatureSet) {
    features->error(fmt::format(
        "feature_set: '{}' is not '{}', which this program computes; learn the model again",
        features->node().text, kFeatureSet));
  }
  // Of another version or feature set nothing else can be told.
  diagnostics.throw_if_any();
  model.data_hash_ = in.required<std::string>("data_hash");
  for (const ValueReader& each : in.optional_list("branches")) {
    if (auto branch = read_branch(each)) model.branches_.push_back(std::move(*branch));
  }
  in.finish();
  diagnostics.throw_if_any();
  return model;
}

}  // namespace partita::learn
