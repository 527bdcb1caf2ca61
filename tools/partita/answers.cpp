// Questions to sweeps. tools/answers/ answers them in Python, where SALib, SciPy and DEAP are; it has
// points computed by `partita sweep`, which is this program again.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tools/partita/commands.h"
#include "tools/partita/count_option.h"
#include "tools/partita/output_files.h"
#include "tools/partita/python.h"

namespace partita::command {
namespace {

// Python has the defaults: what was not given is not passed on, and nothing is kept here.
struct Options {
  std::string file, out, figure, of, method, along, between, tolerance, engine, scheduler;
  std::vector<std::string> at;
  std::size_t points = 0, jobs = 0, seed = 0, workers = 0, population = 0;
  bool json = false, until_reached = false;
};

std::vector<std::string> given(const CLI::App& verb) {
  std::vector<std::string> words{verb.get_name()};
  for (const CLI::Option* option : verb.get_options()) {
    if (option->count() == 0) continue;
    const std::string& name = option->get_name();
    if (option->get_positional()) {
      words.push_back(option->as<std::string>());
    } else if (option->get_expected_max() == 0) {
      words.push_back(name);
    } else {
      for (const std::string& value : option->results()) words.push_back(name + "=" + value);
    }
  }
  words.push_back("--partita=" + std::filesystem::read_symlink("/proc/self/exe").string());
  return words;
}

Run ask(const CLI::App& app, std::shared_ptr<Options> options) {
  return [&app, options]() -> int { become_python("answers/answer.py", given(app)); };
}

void add_common(CLI::App& app, Options& options, const std::string& points) {
  app.add_option("file", options.file, "the sweep (experiments/README.md)")
      ->required()
      ->type_name("FILE");
  constexpr std::size_t kMostPoints = 10'000'000;
  app.add_option("--points", options.points, points)
      ->check(CLI::Range(std::size_t{2}, kMostPoints));
  app.add_option("--jobs", options.jobs, "points computed at once (as many as there are cores)")
      ->check(whole_number_from(1));
  app.add_option("--engine", options.engine, "who computes: local, dask (as partita sweep)");
  app.add_option("--scheduler", options.scheduler, "of dask: its address");
  app.add_option("--workers", options.workers, "of dask: so many processes of its own");
  add_output_option(app, "--out", options.out,
                    "the results: a database that remembers all that was ever computed, so that a "
                    "run that was killed goes on (SWEEP_VERB.db)");
  add_output_option(app, "--figure", options.figure, "the answer, drawn", Output::Figure);
  app.add_flag("--json", options.json, "end with one line of JSON");
}

void add_of(CLI::App& app, Options& options) {
  app.add_option("--of", options.of, "column of the results (answer: of the sweep file)")
      ->type_name("COLUMN");
}

void add_at(CLI::App& app, Options& options, const std::string& text) {
  // One value an option: a file that follows is none of them.
  app.add_option("--at", options.at, text)->type_name("AXIS=VALUE")->expected(1)->take_all();
}

void add_seed(CLI::App& app, Options& options) {
  app.add_option("--seed", options.seed, "same seed, same points (1)")->check(whole_number_from(1));
}

}  // namespace

Run add_sensitivity(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--method", options->method,
                 "how to ask:\n"
                 "tornado: each axis alone, the others in the middle (the default)\n"
                 "morris: many axes, few points: mean size and spread of what each changes\n"
                 "sobol: parts of the variance, alone and with interactions, with intervals")
      ->check(CLI::IsMember({"tornado", "morris", "sobol"}));
  add_of(app, *options);
  add_at(app, *options,
         "where an axis stands that is not turned: the middle of a tornado; morris and sobol hold "
         "it there");
  add_seed(app, *options);
  add_common(app, *options,
             "tornado: values of each range (3); morris, sobol: about so many points in all");
  return ask(app, options);
}

Run add_break_even(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--along", options->along, "a range: where on it is asked for")
      ->required()
      ->type_name("AXIS");
  app.add_option("--between", options->between,
                 "a list of two values, or two of a list: AXIS=FIRST,SECOND")
      ->required()
      ->type_name("AXIS");
  add_of(app, *options);
  add_at(app, *options,
         "holds one of the other axes (lists: each combination is answered; ranges: their middle)");
  app.add_option("--tolerance", options->tolerance, "how precisely: parts of the value (1%)");
  add_common(app, *options, "values of the range that are looked at first (9)");
  return ask(app, options);
}

Run add_design(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--method", options->method,
                 "how to search:\n"
                 "auto: exact where there are no more machines than --points, else evolve\n"
                 "exact: tries all machines\n"
                 "evolve: NSGA-II")
      ->check(CLI::IsMember({"auto", "exact", "evolve"}));
  add_at(app, *options, "holds what machines have to cope with (model, bind, scenario, load)");
  app.add_flag("--until-reached", options->until_reached,
               "from the cheapest machine on, and none that costs more than the first that reaches "
               "the goals");
  app.add_option("--population", options->population, "of evolve: machines of a generation (40)")
      ->check(CLI::Range(std::size_t{8}, std::size_t{100'000}));
  add_seed(app, *options);
  add_common(app, *options, "at most so many machines are tried (1000)");
  return ask(app, options);
}

}  // namespace partita::command
