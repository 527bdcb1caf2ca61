#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "partition/predict/import_profile.h"
#include "partition/predict/merge_profiles.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  std::vector<std::string> files, imported;
  std::string map, out;
  InputOptions inputs;
  std::optional<Keep> keep;
  bool json = false;
};

// What a processor's rows of one kind have in common.
struct Group {
  std::size_t rows = 0;
  std::int64_t samples = 0, discarded = 0;
  std::vector<double> spreads;  // (p90 - p10) / median
  std::set<std::string> environments;
  std::set<int> versions;

  void add(const ProfileRow& row) {
    ++rows;
    samples += row.samples;
    discarded += row.discarded;
    spreads.push_back(static_cast<double>((row.p90 - row.p10).count()) /
                      static_cast<double>(row.median.count()));
    environments.insert(row.environment);
    versions.insert(row.version);
  }
  double median_spread() {
    const auto middle = spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2);
    std::nth_element(spreads.begin(), middle, spreads.end());
    return *middle;
  }
  std::string environment() const {
    const std::string& only = *environments.rbegin();
    return only.empty() ? "not told" : only;
  }
};

std::map<std::pair<std::string, std::string>, Group> groups(const Profile& profile) {
  std::map<std::pair<std::string, std::string>, Group> found;
  for (const ProfileRow& row : profile.rows()) found[{row.processor, row.kind}].add(row);
  return found;
}

int table(const Options& options) {
  if (options.files.empty() && options.imported.empty()) {
    throw ConfigError({"arguments"}, "no profile is named, and nothing to --import");
  }
  Step step("open");
  std::vector<NamedProfile> profiles;
  for (const std::string& file : options.files) profiles.push_back({file, Profile::load(file)});
  std::string told;
  if (!options.imported.empty()) {
    std::optional<Network> network;
    if (!options.inputs.model.empty()) network = load_model(options.inputs);
    const std::vector<std::filesystem::path> files(options.imported.begin(),
                                                   options.imported.end());
    ImportedProfile all =
        import_profile(files, learn::ColumnMap::load(options.map), network ? &*network : nullptr);
    told = fmt::format("; {} rows of others are {} layers", all.rows, all.profile.rows().size());
    if (all.skipped > 0) told += fmt::format(", {} were skipped", all.skipped);
    profiles.push_back({options.imported.front(), std::move(all.profile)});
  }
  const MergedProfiles all = merged(profiles, options.keep);
  step.done(fmt::format("{} rows of {} profile(s), {} of them in several{}",
                        all.profile.rows().size(), profiles.size(), all.twice, told));

  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table shown(
      {"processor", "measured", "rows", "clean samples", "discarded", "spread", "environment"});
  for (auto& [of, group] : groups(all.profile)) {
    const double spread = group.median_spread();
    shown.add({of.first, of.second, fmt::to_string(group.rows), fmt::to_string(group.samples),
               fmt::to_string(group.discarded), percent(spread), group.environment()});
    json.push_back({{"processor", of.first},
                    {"kind", of.second},
                    {"rows", group.rows},
                    {"samples", group.samples},
                    {"discarded", group.discarded},
                    {"median_spread", spread},
                    {"environment", *group.environments.rbegin()},
                    {"version", *group.versions.rbegin()}});
  }
  shown.print();
  fmt::print(
      "all times measured; spread: from p10 to p90, in parts of the median, of the middle row\n");
  if (!options.out.empty()) {
    all.profile.save(options.out);
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) fmt::print("{}\n", nlohmann::ordered_json{{"groups", json}}.dump());
  return kDone;
}

}  // namespace

Run add_table(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->files, "profiles (CSV)");
  auto* imported = app.add_option("--import", options->imported,
                                  "measured layers of others (CSV), as rows of a profile")
                       ->option_text("FILE ...");
  auto* map = app.add_option("--map", options->map,
                             "which column is what in them (experiments/predict/maps/by_name.yaml)")
                  ->option_text("FILE");
  imported->needs(map), map->needs(imported);
  add_model_option(app, options->inputs, false);
  add_output_option(app, "--out", options->out, "all rows as one profile");
  const std::map<std::string, Keep> keeps{
      {"first", Keep::First}, {"last", Keep::Last}, {"most-samples", Keep::MostSamples}};
  app.add_option("--keep", options->keep,
                 "of rows that measured the same and disagree: first, last or most-samples "
                 "(default: they are an error)")
      ->transform(CLI::CheckedTransformer(keeps));
  app.add_flag("--json", options->json, "one JSON object on the last line");
  return [options] { return table(*options); };
}

}  // namespace partita::command
