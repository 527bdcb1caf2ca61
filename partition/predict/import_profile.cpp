#include "partition/predict/import_profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "partition/learn/foreign_table.h"
#include "partition/predict/footprint.h"

namespace partita {
namespace {

using learn::ForeignTable;
using learn::ProfileColumns;

constexpr double kMostSamples = 1e9;

class Importer {
 public:
  Importer(const learn::ColumnMap& map, const Network* network)
      : map_(map), columns_(*map.profile), network_(network) {
    if (network == nullptr) return;
    for (const LayerId layer : network->layers()) {
      layers_.emplace(
          columns_.by_signature ? network->signature(layer) : network->layer(layer).name, layer);
    }
  }

  void read(const std::filesystem::path& file) {
    ForeignTable table(file, diagnostics_);
    if (table.rows() == 0) return;
    const learn::RowsPicked picked(columns_.where, table);
    const auto layer_at = table.column(columns_.layer_column);
    const auto time_at = table.column(columns_.time_column);
    std::optional<std::size_t> processor_at, samples_at;
    if (!columns_.processor_column.empty()) {
      processor_at = table.column(columns_.processor_column);
      if (!processor_at) return;
    }
    if (!columns_.samples_column.empty()) {
      samples_at = table.column(columns_.samples_column);
      if (!samples_at) return;
    }
    if (!layer_at || !time_at || table.is_empty(*time_at)) return;
    std::vector<double> times;
    const std::size_t before = found_.rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (table.is_ragged(row) || !picked.keeps(table, row)) continue;
      const auto layer = layer_of(table, row, *layer_at);
      if (!layer) continue;
      const auto time = table.time(row, *time_at, columns_.seconds_per_unit);
      const auto processor = processor_of(table, row, processor_at);
      const auto samples = samples_of(table, row, samples_at);
      if (time) times.push_back(*time);
      if (!time || !processor || !samples) continue;
      ++found_.rows;
      Measured& measured = measured_[{*processor, layer->signature}];
      measured.layer = layer->layer;
      measured.times.push_back(std::max(Time{1}, Time{std::llround(*time * 1e12)}));
      measured.samples += *samples;
    }
    table.check_it_varies(*time_at, times);
    if (found_.rows == before && diagnostics_.empty()) {
      diagnostics_.error({table.file()},
                         fmt::format("no row is of any layer that {} picks", map_.file));
    }
  }

  ImportedProfile finish() {
    diagnostics_.throw_if_any();
    for (auto& [of, measured] : measured_)
      found_.profile.add(row_of(of.second, of.first, measured));
    return std::move(found_);
  }

 private:
  struct OfLayer {
    std::string signature;
    std::optional<LayerId> layer;  // one that has it
  };
  struct Measured {
    std::vector<Time> times;
    std::int64_t samples = 0;
    std::optional<LayerId> layer;
  };

  // Absent for rows that are skipped, or recorded; a name is recorded once.
  std::optional<OfLayer> layer_of(const ForeignTable& table, std::size_t row, std::size_t at) {
    const std::string& text = table.text(row, at);
    const auto layer = layers_.find(text);
    if (layer != layers_.end()) return OfLayer{network_->signature(layer->second), layer->second};
    if (network_ == nullptr && !text.empty()) return OfLayer{text, {}};
    if (columns_.skips_others) {
      ++found_.skipped;
    } else if (unknown_.insert(text).second) {
      diagnostics_.error(
          table.where(row, at),
          text.empty() ? fmt::format("{}: it is empty", table.name(at))
                       : fmt::format("{}: the network '{}' has no layer '{}' (`others: skip` in {} "
                                     "leaves such rows out)",
                                     table.name(at), network_->name(), text, map_.file));
    }
    return std::nullopt;
  }

  std::optional<std::string> processor_of(const ForeignTable& table, std::size_t row,
                                          std::optional<std::size_t> at) {
    if (!at) return columns_.processor;
    const std::string& text = table.text(row, *at);
    if (columns_.processors.empty() && !text.empty()) return text;
    const auto name = columns_.processors.find(text);
    if (name != columns_.processors.end()) return name->second;
    if (strangers_.insert(text).second) {
      std::vector<std::string> known;
      for (const auto& [each, as] : columns_.processors) known.push_back(each);
      diagnostics_.error(table.where(row, *at),
                         fmt::format("{}: '{}' is no processor that {} names ({})", table.name(*at),
                                     text, map_.file, fmt::join(known, ", ")));
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> samples_of(ForeignTable& table, std::size_t row,
                                         std::optional<std::size_t> at) {
    if (!at) return 1;
    const double value = table.number(row, *at);
    if (std::isnan(value)) return std::nullopt;
    if (value >= 1 && value <= kMostSamples && value == std::floor(value)) {
      return static_cast<std::int64_t>(value);
    }
    diagnostics_.error(table.where(row, *at), fmt::format("{}: '{}' is no number of samples",
                                                          table.name(*at), table.text(row, *at)));
    return std::nullopt;
  }

  ProfileRow row_of(const std::string& signature, const std::string& processor,
                    Measured& measured) const {
    std::vector<Time>& times = measured.times;
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
      return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1) + 0.5)];
    };
    ProfileRow row;
    row.kind = "layer", row.signature = signature, row.processor = processor;
    row.samples = static_cast<int>(std::min<std::int64_t>(measured.samples, 1'000'000'000));
    row.min = times.front(), row.p10 = at(0.1), row.median = at(0.5), row.p90 = at(0.9);
    if (!measured.layer) return row;
    const Work& work = network_->layer(*measured.layer).work;
    row.size = work.traffic();
    row.flops = work.flops;
    row.footprint = footprint_of(*network_, {*measured.layer});
    return row;
  }

  const learn::ColumnMap& map_;
  const ProfileColumns& columns_;
  const Network* network_;
  std::map<std::string, LayerId> layers_;                             // by what the column has
  std::map<std::pair<std::string, std::string>, Measured> measured_;  // by processor, signature
  std::set<std::string> unknown_, strangers_;
  Diagnostics diagnostics_;
  ImportedProfile found_;
};

}  // namespace

ImportedProfile import_profile(const std::vector<std::filesystem::path>& files,
                               const learn::ColumnMap& map, const Network* network) {
  if (!map.profile) throw ConfigError({map.file}, "it describes no profile");
  if (network == nullptr && !map.profile->by_signature) {
    throw ConfigError({map.file},
                      "profile: layer: names of layers are of a network, which is not "
                      "given (--model)");
  }
  Importer importer(map, network);
  for (const auto& file : files) importer.read(file);
  return importer.finish();
}

}  // namespace partita
