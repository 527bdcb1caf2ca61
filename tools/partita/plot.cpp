#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "models/base/diagnostics.h"
#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/commands.h"
#include "tools/partita/copies_document.h"
#include "tools/partita/output_files.h"
#include "tools/partita/plotting.h"

namespace partita::command {
namespace {

struct Options {
  std::string kind, out;
  std::vector<std::string> files;
  std::vector<std::string> where;
  std::map<std::string, std::string> of_sweep;  // other options of that figure, by their name
};

// A file that is gone with its owner.
class Passed {
 public:
  explicit Passed(const std::string& text)
      : file_(temporary_folder() / fmt::format("partita-plot-{}.json", getpid())) {
    write_file(file_, text);
  }
  ~Passed() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  Passed(const Passed&) = delete;
  Passed& operator=(const Passed&) = delete;
  std::string name() const { return file_.string(); }

 private:
  std::filesystem::path file_;
};

int plot_copies(const Options& options) {
  if (options.files.size() != 2) {
    throw ConfigError({"arguments", 0, 0},
                      "copies: a profile and a machine file, for example profile.csv machine.yaml");
  }
  const Profile profile = Profile::load(options.files[0]);
  const Hardware hardware = load_hardware(options.files[1]);
  const Passed document(copies_document(profile, hardware, options.files[0]));
  return draw({"copies", document.name(), "--out", options.out});
}

void check_options_of_sweep(const Options& options) {
  const auto given = std::find_if(options.of_sweep.begin(), options.of_sweep.end(),
                                  [](const auto& option) { return !option.second.empty(); });
  if (options.kind == "sweep") {
    if (options.of_sweep.at("--x").empty()) {
      throw ConfigError({"arguments", 0, 0},
                        "sweep: --x AXIS is missing: what goes from left to right");
    }
  } else if (given != options.of_sweep.end() || !options.where.empty()) {
    throw ConfigError(
        {"arguments", 0, 0},
        fmt::format("{} is of the figure 'sweep', not of '{}'",
                    given != options.of_sweep.end() ? given->first : "--where", options.kind));
  }
}

int plot(const Options& options) {
  check_options_of_sweep(options);
  if (options.kind == "copies") return plot_copies(options);
  std::vector<std::string> arguments{options.kind};
  arguments.insert(arguments.end(), options.files.begin(), options.files.end());
  arguments.insert(arguments.end(), {"--out", options.out});
  for (const auto& [name, value] : options.of_sweep) {
    if (!value.empty()) arguments.push_back(fmt::format("{}={}", name, value));
  }
  for (const std::string& condition : options.where) arguments.push_back("--where=" + condition);
  return draw(arguments);
}

}  // namespace

Run add_plot(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option(
         "kind", options->kind,
         "gantt: timelines, one above the other\n"
         "aligned: two timelines of one plan, each row above its like, and where they part\n"
         "copies: measured copies and what a machine file makes of them (profile.csv "
         "machine.yaml)\n"
         "waiting: what processors waited for, links and memories over time (analysis.json of "
         "simulate)\n"
         "bars: predicted, simulated, measured of each plan (summary.json)\n"
         "calibration: predicted against measured (summary.json)\n"
         "adapt: latency over a disturbed stream (summary.json)\n"
         "latency: how long requests took, and their queue over time (requests.json of simulate)\n"
         "service: latency over time by policy, and what happened meanwhile (--out of runtime)\n"
         "pareto: plans between the best of two terms (front.json of partition --pareto)\n"
         "exam, what_if: predicted against measured (verdict.json of calibrate --exam)\n"
         "predict: layers predicted that were never measured (points of tools/bench predict "
         "--out)\n"
         "features: what tells inputs apart, in their order (table of analyze --csv)\n"
         "sweep: a column of a sweep along an axis, or over two (results.db of sweep)")
      ->required()
      ->check(CLI::IsMember({"gantt", "aligned", "copies", "waiting", "bars", "calibration",
                             "adapt", "latency", "service", "pareto", "exam", "what_if", "predict",
                             "features", "sweep"}));
  app.add_option("files", options->files,
                 "timelines, an analysis, requests, a front, the summary of a demo, the verdict of "
                 "an exam, a table of features, results of sweeps, or a profile and a machine")
      ->required()
      ->type_name("FILE");
  add_output_option(app, "--out", options->out,
                    "the figure (.pdf, .svg, .png; without an ending: pdf and png)", Output::Figure)
      ->required();
  const auto of_sweep = [&](const std::string& name, const char* type, const char* text) {
    app.add_option(name, options->of_sweep[name], text)->type_name(type)->group("Of sweep");
  };
  of_sweep("--x", "AXIS", "from left to right");
  of_sweep("--y", "COLUMN", "upwards; without it, what the sweep file calls its answer");
  of_sweep("--by", "AXIS", "a line for each of its values");
  of_sweep("--over", "AXIS", "instead: this axis upwards, and the column as colours");
  of_sweep("--facet", "AXIS", "a panel for each of its values");
  of_sweep("--sweep", "NAME[@N]", "which, where the file has several");
  of_sweep("--log", "x,y", "make these axes logarithmic (c: the colours)");
  of_sweep("--linear", "x,y", "make these axes linear");
  app.add_option(
         "--where", options->where,
         "points that meet it, for example 'model=zoo:bert*' or 'model.batch>=4'; several: all "
         "of them")
      ->type_name("CONDITION")
      ->allow_extra_args(false)
      ->group("Of sweep");
  return [options] { return plot(*options); };
}

}  // namespace partita::command
