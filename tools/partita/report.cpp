// One page of results. tools/report/ makes it in Python, where Plotly and Jinja are.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "tools/partita/commands.h"
#include "tools/partita/output_files.h"
#include "tools/partita/python.h"

namespace partita::command {
namespace {

constexpr std::size_t kMostPoints = 50'000;

struct Options {
  std::vector<std::string> files, sweeps, where;
  std::string out, pdf, title, answer;
  std::size_t points = kMostPoints;
  bool replay_best = false;
};

// "results.db" -> "results.html", the folder "partita-out/" -> "partita-out.html".
std::string page_beside(const std::filesystem::path& results) {
  std::error_code failed;
  if (std::filesystem::is_directory(results, failed)) {
    return std::filesystem::canonical(results).string() + ".html";  // "." has a name, too
  }
  return std::filesystem::path(results).replace_extension(".html").string();
}

int report(const Options& options) {
  std::vector<std::string> words = options.files;
  // With '=': a value may begin with a dash.
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) words.push_back("--" + name + "=" + value);
  };
  add("out", options.out.empty() ? page_beside(options.files.front()) : options.out);
  add("pdf", options.pdf);
  add("title", options.title);
  add("answer", options.answer);
  for (const std::string& name : options.sweeps) add("sweep", name);
  for (const std::string& condition : options.where) add("where", condition);
  add("points", std::to_string(options.points));
  if (options.replay_best) words.emplace_back("--replay-best");
  add("program", std::filesystem::read_symlink("/proc/self/exe").string());
  add("version", PARTITA_VERSION);
  become_python("report/report.py", words);
}

}  // namespace

Run add_report(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("results", options->files,
                 "results of partita sweep (.db), the folder of partita demo, timelines and "
                 "analyses of partita simulate or replay (.json), machines (.yaml)")
      ->required()
      ->type_name("FILE|DIR");
  add_output_option(app, "-o,--out", options->out,
                    "the page: one HTML file that needs no network (beside the first of the "
                    "results, by its name with .html)");
  add_output_option(app, "--pdf", options->pdf, "the page on paper, too (needs Chromium)");
  app.add_option("--title", options->title, "of the page")->type_name("TEXT");
  app.add_option("--sweep", options->sweeps, "of results with several sweeps this one")
      ->type_name("NAME[@N]")
      ->allow_extra_args(false);
  app.add_option("--where", options->where,
                 "only points that are so (as of partita results): 'model=zoo:bert*'")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app.add_option("--answer", options->answer,
                 "what points are compared by (as the sweep's file says, or the time)")
      ->type_name("COLUMN[:larger]");
  app.add_option("--points", options->points,
                 "of sweeps with more points a sample of about so many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  app.add_flag("--replay-best", options->replay_best,
               "run each sweep's best point again, from the files that its results hold: shows its "
               "timeline, where its time went and what would save some");
  return [options]() -> int { return report(*options); };
}

}  // namespace partita::command
