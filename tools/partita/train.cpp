#include <configured/source_dir.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "partition/learn/import_csv.h"
#include "partition/learn/learned_model.h"
#include "partition/predict/merge_profiles.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

using learn::Observations;

struct Options {
  std::vector<std::string> profiles, models, device_folders;
  std::string map, out;
  InputOptions inputs;
  std::uint64_t seed = 1;
  bool json = false;
};

// Rows of `partita profile`: a signature says the shapes of a layer, but only its network what work
// that is.
Observations from_own_profiles(const Options& options) {
  if (options.models.empty() || options.inputs.machine.empty()) {
    throw ConfigError({"arguments"},
                      "without --map, profiles are those of partita profile: --model names the "
                      "networks that were measured, --machine where");
  }
  const std::vector<Network> networks = load_models(options.inputs, options.models);
  const Hardware hardware = load_machine(options.inputs);
  Observations all;
  for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
    all.devices.push_back(learn::device_features(hardware, processor));
  }
  std::vector<NamedProfile> profiles;
  for (const std::string& file : options.profiles) profiles.push_back({file, Profile::load(file)});
  {
    // Never of two environments, and no row against another.
    const Profile profile = merged(profiles, std::nullopt).profile;
    std::map<std::pair<std::string, std::size_t>, bool> seen;  // a layer counts once
    for (const Network& network : networks) {
      const learn::NetworkFeatures features_in(network);
      for (const LayerId layer : network.layers()) {
        if (learn::may_rename(network.layer(layer).kind)) continue;
        const std::string signature = network.signature(layer);
        for (std::size_t device = 0; device < all.devices.size(); ++device) {
          const ProfileRow* row = profile.layer(signature, all.devices[device].name);
          if (row == nullptr || !seen.emplace(std::pair{signature, device}, true).second) continue;
          const auto features = features_in.of(layer);
          if (features.traffic() <= 0 || row->median <= Time{0}) continue;
          all.rows.push_back({features, device, network.name(), seconds(row->median), {}});
        }
      }
    }
  }
  if (all.rows.empty()) {
    throw ConfigError({options.profiles.front()},
                      "it has no layer of these networks on a processor of this machine");
  }
  return all;
}

Observations from_others(const Options& options) {
  std::vector<std::filesystem::path> files(options.profiles.begin(), options.profiles.end());
  std::vector<std::filesystem::path> folders(options.device_folders.begin(),
                                             options.device_folders.end());
  folders.emplace_back(PARTITA_SOURCE_DIR "/experiments/predict/devices");
  return learn::import_layers(files, learn::ColumnMap::load(options.map),
                              learn::DeviceCatalogue::load(folders));
}

std::string width_text(double half_width) {
  return half_width > 0 ? fmt::format("x {:.2f}", std::exp(half_width)) : "-";
}

int train(const Options& options) {
  Step reading("reading");
  const Observations observations =
      options.map.empty() ? from_own_profiles(options) : from_others(options);
  reading.done(fmt::format("{} layers on {} devices (measured)", observations.rows.size(),
                           observations.devices.size()));
  Step learning("learning");
  const auto model = learn::LearnedModel::learn(observations, {.seed = options.seed});
  learning.done();
  Table table({"layers", "rows", "devices", "known", "larger", "other device", "after 5 points",
               "after 20"});
  nlohmann::ordered_json branches = nlohmann::ordered_json::array();
  for (const learn::Branch& branch : model.branches()) {
    const std::string name = fmt::format("{} {}", branch.physics->name(), to_string(branch.type));
    const learn::Intervals& widths = branch.intervals;
    table.add({name, fmt::format("{}", branch.row_count),
               fmt::format("{}", branch.population.fits.size()), width_text(widths.known),
               width_text(widths.larger), width_text(widths.unseen[0]),
               width_text(widths.unseen[1]), width_text(widths.unseen[2])});
    branches.push_back(
        {{"name", name}, {"rows", branch.row_count}, {"devices", branch.population.fits.size()}});
  }
  table.print();
  fmt::print(
      "intervals (nine times of ten): a time is at most so many times the prediction, and "
      "at least the prediction through it\n");
  model.save(options.out);
  fmt::print("wrote {}\n", options.out);
  if (options.json) {
    fmt::print("{}\n",
               nlohmann::ordered_json{
                   {"model", options.out}, {"data_hash", model.data_hash()}, {"branches", branches}}
                   .dump());
  }
  return kDone;
}

}  // namespace

Run add_train(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--profile", options->profiles, "measured layers: CSV files")
      ->required()
      ->type_name("FILE");
  app.add_option("--map", options->map,
                 "which column is what in CSV files of others (experiments/predict/maps); without "
                 "it they are profiles of partita profile")
      ->type_name("FILE");
  app.add_option("--devices", options->device_folders,
                 "folders with device files that the CSV files name, beside the shipped ones")
      ->type_name("DIR");
  app.add_option("--model", options->models,
                 "network that a profile of ours was measured of; may be repeated")
      ->type_name("NETWORK")
      ->allow_extra_args(false);
  add_bind_option(app, options->inputs);
  add_machine_option(app, options->inputs, false);
  add_seed_option(app, options->seed);
  add_output_option(app, "--out", options->out, "the learned model (JSON)")->required();
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return train(*options); };
}

}  // namespace partita::command
