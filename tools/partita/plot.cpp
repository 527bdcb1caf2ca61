#include <memory>

#include "tools/partita/commands.h"
#include "tools/partita/output_files.h"
#include "tools/partita/plotting.h"

namespace partita::command {
namespace {

struct Options {
  std::string kind, out;
  std::vector<std::string> files;
};

int plot(const Options& options) {
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
         "waiting: what processors waited for, links and memories over time (analysis.json of "
         "simulate)\n"
         "bars: predicted, simulated, measured of each plan (summary.json)\n"
         "calibration: predicted against measured (summary.json)\n"
         "adapt: latency over a disturbed stream (summary.json)\n"
         "latency: how long requests took, and their queue over time (requests.json of simulate)\n"
         "pareto: plans between the best of two terms (front.json of partition --pareto)\n"
         "exam, what_if: predicted against measured (verdict.json of calibrate --exam)\n"
         "predict: layers predicted that were never measured (points of tools/bench predict --out)")
      ->required()
      ->check(CLI::IsMember({"gantt", "waiting", "bars", "calibration", "adapt", "latency",
                             "pareto", "exam", "what_if", "predict"}));
  app.add_option("files", options->files,
                 "timelines, an analysis, requests, a front, the summary of a demo, or the verdict "
                 "of an exam")
      ->required()
      ->type_name("FILE");
  add_output_option(app, "--out", options->out,
                    "the figure (.pdf, .svg, .png; without an ending: pdf and png)", Output::Figure)
      ->required();
  return [options] { return plot(*options); };
}

}  // namespace partita::command
