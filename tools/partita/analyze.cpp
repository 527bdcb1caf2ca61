#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/diagnostics.h"
#include "models/base/file.h"
#include "partition/analyze/feature_stream.h"
#include "partition/analyze/read_input.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/features_text.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string as, csv;
  double sample = 0;  // below 1: a share; 0: everything
  std::uint64_t seed = 1;
  bool json = false, stream = false, formulas = false;
  double false_alarms = 1000;
};

std::optional<analyze::Sample> sample_of(const Options& options, const analyze::Input& input) {
  if (options.sample == 0) return std::nullopt;
  const auto items = static_cast<double>(layout_of(input).items());
  const double wanted = options.sample < 1 ? options.sample * items : options.sample;
  return analyze::Sample{.items = static_cast<std::int64_t>(std::min(wanted, items)),
                         .seed = options.seed};
}

// All mistakes of all files at once; one file is in memory at a time.
std::vector<AnalyzedInput> analyze_all(const Options& options) {
  const auto as = options.as.empty() ? std::nullopt : analyze::input_kind_named(options.as);
  std::vector<AnalyzedInput> found;
  std::vector<Diagnostic> mistakes;
  for (const std::string& file : options.files) {
    try {
      const analyze::Input input = analyze::read_input(file, as);
      found.push_back({.file = file,
                       .kind = input.kind,
                       .type = input.type,
                       .shape = input.shape,
                       .analysis = analyze::analyze(input, sample_of(options, input))});
    } catch (const ConfigError& error) {
      mistakes.insert(mistakes.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }
  if (!mistakes.empty()) throw ConfigError(mistakes);
  return found;
}

nlohmann::ordered_json watch(const std::vector<AnalyzedInput>& inputs, const Options& options) {
  analyze::FeatureStream stream(options.false_alarms);
  nlohmann::ordered_json changes = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& features = inputs[i].analysis.features;
    for (const auto& change : stream.observe(features)) {
      const std::string& first = inputs[static_cast<std::size_t>(change.since)].file;
      const std::string_view name = analyze::info(change.feature).name;
      if (!options.json) {
        fmt::print("{}: {} {} since {} (mean before: {:.6g}, now {:.6g})\n", inputs[i].file, name,
                   change.upwards ? "is larger" : "is smaller", first, change.before,
                   features[change.feature]);
      }
      changes.push_back({{"noticed", inputs[i].file},
                         {"since", first},
                         {"feature", name},
                         {"upwards", change.upwards},
                         {"mean_before", change.before},
                         {"value", features[change.feature]}});
    }
  }
  if (!options.json) {
    fmt::print(
        "{} changes in {} inputs (of independent, normal features, a false alarm comes once in "
        "{:g} "
        "inputs)\n",
        changes.size(), inputs.size(), options.false_alarms);
  }
  return changes;
}

void print_formulas() {
  for (const auto& feature : analyze::kFeatures) {
    fmt::print("{} ({})\n  {}\n", feature.name, feature.unit, feature.formula);
    if (feature.source != "-") fmt::print("  source: {}\n", feature.source);
  }
}

int run(const Options& options) {
  if (options.formulas) {
    print_formulas();
    return kDone;
  }
  const std::vector<AnalyzedInput> inputs = analyze_all(options);
  if (!options.csv.empty()) write_file(options.csv, features_csv(inputs));
  if (!options.json) print_features(inputs);
  const auto changes = options.stream ? watch(inputs, options) : nlohmann::ordered_json();
  if (options.json) {
    nlohmann::ordered_json all = features_json(inputs);
    if (options.stream) all["changes"] = changes;
    fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (!options.csv.empty()) {
    fmt::print("wrote {}\n", options.csv);
  }
  return kDone;
}

}  // namespace

Run add_analyze(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::Option* files =
      app.add_option("files", options->files,
                     "PNG, JPEG, PPM, PGM, .npy, WAV, or token ids as text; what a file is, its "
                     "content says")
          ->type_name("FILE");
  app.add_option("--as", options->as,
                 "what .npy files hold: tensor, tokens, image (else integers of 4 or 8 bytes in "
                 "one or two axes are tokens)")
      ->check(CLI::IsMember({"image", "tensor", "tokens", "audio"}));
  app.add_option("--sample", options->sample,
                 "read so many items (pixels, frames, elements), or this share of them (below 1); "
                 "the error is stated; tokens are always read whole")
      ->check([](const std::string& text) {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value) && std::isfinite(value);
        return number && value > 0 ? std::string{} : fmt::format("'{}' is no number above 0", text);
      });
  add_seed_option(app, options->seed);
  app.add_flag("--json", options->json, "all features as JSON");
  add_output_option(app, "--csv", options->csv, "all features, one row a file");
  CLI::Option* stream = app.add_flag("--stream", options->stream,
                                     "the files are a stream, in this order: say where it changed");
  app.add_option("--false-alarms", options->false_alarms,
                 "--stream: one in how many inputs, on average")
      ->check(CLI::Range(10.0, 1e9))
      ->needs(stream)
      ->capture_default_str();
  CLI::Option* formulas =
      app.add_flag("--formulas", options->formulas, "what each feature is, and who says so");
  app.callback([files, formulas] {
    if (files->empty() && formulas->empty()) throw CLI::RequiredError("files");
  });
  return [options] { return run(*options); };
}

}  // namespace partita::command
