#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
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
};

// A file that is gone with its owner.
class Passed {
 public:
  explicit Passed(const std::string& text)
      : file_(std::filesystem::temp_directory_path() /
              fmt::format("partita-plot-{}.json", getpid())) {
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

int plot(const Options& options) {
  if (options.kind == "copies") return plot_copies(options);
  std::vector<std::string> arguments{options.kind};
  arguments.insert(arguments.end(), options.files.begin(), options.files.end());
  arguments.insert(arguments.end(), {"--out", options.out});
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
         "features: what tells inputs apart, in their order (table of analyze --csv)")
      ->required()
      ->check(CLI::IsMember({"gantt", "aligned", "copies", "waiting", "bars", "calibration",
                             "adapt", "latency", "service", "pareto", "exam", "what_if", "predict",
                             "features"}));
  app.add_option("files", options->files,
                 "timelines, an analysis, requests, a front, the summary of a demo, the verdict of "
                 "an exam, a table of features, or a profile and a machine")
      ->required()
      ->type_name("FILE");
  add_output_option(app, "--out", options->out,
                    "the figure (.pdf, .svg, .png; without an ending: pdf and png)", Output::Figure)
      ->required();
  return [options] { return plot(*options); };
}

}  // namespace partita::command
