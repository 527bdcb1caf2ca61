#include "models/sweep/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "models/base/did_you_mean.h"
#include "models/sweep/describe.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/count_option.h"
#include "tools/partita/interrupt.h"
#include "tools/partita/output_files.h"
#include "tools/partita/sweep/dask_engine.h"
#include "tools/partita/sweep/driver.h"
#include "tools/partita/sweep/local_engine.h"
#include "tools/partita/sweep/prepared_sweep.h"
#include "tools/partita/sweep/program.h"
#include "tools/partita/sweep/serve.h"

namespace partita::command {
namespace {

constexpr int kInterrupted = 130;  // as shells have it for Ctrl-C

struct Options {
  std::string file, out, positions, shard, scheduler, engine = "local";
  std::size_t jobs = 0, workers = 0;  // 0: as many as there are cores
  std::optional<std::int64_t> replaced;
  bool resume = false, retry = false, dry_run = false, describe = false, json = false;
};

std::size_t or_cores(std::size_t count) {
  return count > 0 ? count : std::max(1U, std::thread::hardware_concurrency());
}

// "2/8": the third of eight parts; "8/8" is the first, so that parts may be counted from 1, too.
void read_shard(const std::string& text, DriverOptions& driver) {
  if (text.empty()) return;
  std::size_t part = 0, parts = 0;
  int used = 0;
  const bool is_pair = std::sscanf(text.c_str(), "%zu/%zu%n", &part, &parts, &used) == 2 &&
                       static_cast<std::size_t>(used) == text.size() &&
                       text.find('-') == std::string::npos;
  if (!is_pair || parts == 0 || part > parts) {
    throw ConfigError({"--shard", 0, 0},
                      fmt::format("'{}' is no part I/N of a sweep, with I from 0 to N", text));
  }
  driver.shard = part % parts;
  driver.shards = parts;
}

void check_options(const Options& options) {
  Diagnostics diagnostics;
  const bool is_dask = options.engine == "dask";
  if (!is_dask && (!options.scheduler.empty() || options.workers > 0)) {
    diagnostics.error({"arguments", 0, 0}, "--scheduler and --workers are for --engine dask");
  }
  if (is_dask && options.scheduler.empty() == (options.workers == 0)) {
    diagnostics.error(
        {"arguments", 0, 0},
        "--engine dask: either --scheduler ADDRESS of one that runs, or --workers N to "
        "start a cluster here");
  }
  if (is_dask && options.jobs > 0) {
    diagnostics.error({"arguments", 0, 0},
                      "--jobs is for --engine local: dask's workers are its jobs");
  }
  diagnostics.throw_if_any();
}

std::unique_ptr<Engine> engine_for(const Options& options, const PreparedSweep& sweep) {
  const std::string folder = sweep.folder().string();
  if (options.engine == "dask") {
    if (sweep.is_measured()) {
      throw ConfigError({"--engine", 0, 0},
                        fmt::format("partita {} measures this computer: only --engine local does",
                                    sweep.sweep().verb));
    }
    return std::make_unique<DaskEngine>(DaskOptions{.scheduler = options.scheduler,
                                                    .workers = options.workers,
                                                    .files = folder,
                                                    .limits = sweep.limits()});
  }
  std::size_t workers = or_cores(options.jobs);
  if (sweep.is_measured()) {
    workers = 1;
    fmt::print("  times are measured: one point at a time\n");
  }
  return std::make_unique<LocalEngine>(
      [folder](int in, int out, Console& console) { return serve(in, out, console, folder); },
      LocalOptions{.workers = std::min(workers, std::max<std::size_t>(1, sweep.size())),
                   .limits = sweep.limits()});
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86'400;
  if (seconds < 2 * kMinute) return fmt::format("{:.3g} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.0f} minutes", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{:.1f} hours", seconds / kHour);
  return fmt::format("{:.1f} days", seconds / kDay);
}

// How many points are there in the file, if it is one, and how long others of the verb took.
struct Known {
  std::size_t there = 0;
  std::optional<double> seconds;  // of a point
};

Known known_in(const std::string& out, const PreparedSweep& sweep,
               const std::vector<std::size_t>& numbers) {
  if (access(out.c_str(), F_OK) != 0) return {};
  const ResultStore store(out, ResultStore::Open::ToRead);
  std::vector<std::string> ids;
  for (const std::size_t number : numbers) ids.push_back(sweep.ids()[number]);
  return {store.count_there(ids), store.mean_seconds(sweep.sweep().verb)};
}

int dry_run(const Options& options, const DriverOptions& driver, const PreparedSweep& sweep,
            const std::string& out) {
  constexpr std::size_t kShown = 3;
  std::vector<std::size_t> numbers;  // of this part
  for (std::size_t i = driver.shard; i < sweep.size(); i += driver.shards) numbers.push_back(i);
  const Known known = known_in(out, sweep, numbers);
  const std::size_t left = numbers.size() - known.there;
  nlohmann::ordered_json line{{"points", numbers.size()}, {"there", known.there}, {"left", left}};
  fmt::print("{}: {} points", sweep.sweep().name, numbers.size());
  if (known.there > 0) fmt::print(", {} of them are in {}", known.there, out);
  line["seconds"] = nullptr;
  if (left == 0) {
    fmt::print(": nothing is left to compute\n");
    line["seconds"] = 0;
  } else if (known.seconds) {
    const std::size_t jobs = sweep.is_measured()        ? 1
                             : options.engine == "dask" ? std::max<std::size_t>(1, options.workers)
                                                        : or_cores(options.jobs);
    const double seconds = *known.seconds * static_cast<double>(left) / static_cast<double>(jobs);
    line["seconds"] = seconds;
    fmt::print("\n  about {} with {} at once: points of {} in {} took {} each\n",
               duration_text(seconds), jobs, sweep.sweep().verb, out,
               duration_text(*known.seconds));
  } else {
    fmt::print("\n  how long that takes is unknown: {} has no finished point of '{}'\n", out,
               sweep.sweep().verb);
  }
  for (std::size_t i = 0; i < std::min(kShown, numbers.size()); ++i) {
    const std::string command = sweep.command(numbers[i]).command;
    fmt::print("  {}\n", command);
    line["commands"].push_back(command);
  }
  if (numbers.size() > kShown) fmt::print("  ... and {} more\n", numbers.size() - kShown);
  if (options.json) fmt::print("{}\n", line.dump());
  return kDone;
}

std::string in_words(const SweepOutcome& outcome) {
  std::string text = fmt::format("{} of {} points: {} done", outcome.points - outcome.missing,
                                 outcome.points, outcome.done);
  if (outcome.no > 0) text += fmt::format(", {} without an answer", outcome.no);
  if (outcome.failed > 0) text += fmt::format(", {} failed", outcome.failed);
  if (outcome.found > 0) text += fmt::format("; {} were there before", outcome.found);
  return text;
}

std::string in_words(const SweepProgress& now) {
  std::string text = fmt::format("{:.3g}/s", now.per_second);
  if (now.per_second > 0) {
    const double left = static_cast<double>(now.points - now.finished) / now.per_second;
    text += fmt::format(", {} left", duration_text(left));
  }
  if (now.failed > 0) text += fmt::format(", {} failed", now.failed);
  return text;
}

void print_json(const Options& options, const PreparedSweep& sweep, const SweepOutcome& outcome,
                std::int64_t number) {
  nlohmann::ordered_json line{{"sweep", number},          {"points", outcome.points},
                              {"done", outcome.done},     {"no", outcome.no},
                              {"failed", outcome.failed}, {"computed", outcome.computed},
                              {"found", outcome.found}};
  if (!options.positions.empty()) line["left_out"] = sweep.left_out();
  fmt::print("{}\n", line.dump());
}

// What a misspelt column would only show much later, and as nothing.
void warn_of_answer(const ResultStore& store, const Sweep& sweep) {
  if (!sweep.answer) return;
  std::vector<std::string> columns;
  store.select(
      "SELECT name FROM columns WHERE role = 'result' AND verb = ? ORDER BY name", {sweep.verb},
      [&](const std::vector<Cell>& row) { columns.push_back(std::get<std::string>(row.front())); });
  const std::string& wanted = sweep.answer->column;
  if (columns.empty() || std::find(columns.begin(), columns.end(), wanted) != columns.end()) return;
  fmt::print(stderr, "warning: answer: no point has a column '{}'{}\n", wanted,
             did_you_mean(wanted, columns));
}

// Why the first place failed that did.
std::string first_failure(const ResultStore& store, std::int64_t sweep) {
  std::string reason;
  store.select(
      "SELECT q.reason FROM places p JOIN points q ON q.number = p.point WHERE p.sweep = ? AND "
      "q.status = 'failed' ORDER BY p.number LIMIT 1",
      {sweep}, [&](const std::vector<Cell>& row) {
        if (const auto* text = std::get_if<std::string>(&row.front())) reason = *text;
      });
  return reason;
}

// Points are known by what was asked, not by who answered: another program may have said otherwise.
void warn_of_other_builds(const ResultStore& store, std::int64_t sweep) {
  std::size_t count = 0;
  store.select(
      "SELECT count(*) FROM places p JOIN points q ON q.number = p.point WHERE p.sweep = ? AND "
      "q.build != ?",
      {sweep, program_build()}, [&](const std::vector<Cell>& row) {
        count = static_cast<std::size_t>(std::get<std::int64_t>(row.front()));
      });
  if (count == 0) return;
  fmt::print(stderr,
             "warning: {} points were computed by another build of partita (--provenance says "
             "which; another --out computes them anew)\n",
             count);
}

// Where nobody looks, a line a minute; to everybody, why the first point failed: others may well fail
// for the same reason.
class ProgressLog {
 public:
  explicit ProgressLog(std::string name) : name_(std::move(name)) {}
  void say_failure(const SweepProgress& now, bool after_bar) {
    if (now.first_failure.empty() || has_failed_) return;
    has_failed_ = true;
    fmt::print(stderr, "{}{}: a point failed: {}\n", after_bar ? "\r\033[K" : "", name_,
               now.first_failure);
  }
  void say(const SweepProgress& now) {
    constexpr std::chrono::minutes kEvery{1};
    const auto time = std::chrono::steady_clock::now();
    if (time - said_ < kEvery) return;
    said_ = time;
    fmt::print(stderr, "{}: {} of {} points, {}\n", name_, now.finished, now.points, in_words(now));
  }

 private:
  std::string name_;
  bool has_failed_ = false;
  std::chrono::steady_clock::time_point said_ = std::chrono::steady_clock::now();
};

// Whoever asks for the name gets the newest.
void note_namesakes(const ResultStore& store, const Sweep& sweep, std::int64_t number,
                    const std::string& out) {
  std::vector<std::string> others;
  store.select(
      "SELECT id FROM sweeps WHERE name = ? AND id != ? ORDER BY id", {sweep.name, number},
      [&](const std::vector<Cell>& row) {
        others.push_back(fmt::format("{}@{}", sweep.name, std::get<std::int64_t>(row.front())));
      });
  if (others.empty()) return;
  fmt::print(stderr,
             "note: {} holds other points of a sweep '{}', too: partita results shows these, and "
             "those with --sweep {}\n",
             out, sweep.name, fmt::join(others, ", --sweep "));
}

// A sweep that is there in part is only gone on with when somebody says so: it may be that another
// file was meant.
void require_resume(const Options& options, const std::string& out, const Sweep& sweep,
                    const SweepOutcome& before) {
  const std::size_t there = before.points - before.missing;
  if (before.missing == 0 || there == 0 || options.resume) return;
  throw ConfigError({out, 0, 0}, fmt::format("it already holds {} of {} points of '{}': --resume "
                                             "goes on",
                                             there, before.points, sweep.name));
}

int run(const Options& options) {
  if (options.describe) {
    fmt::print("{}\n", description(load_sweep(options.file)));
    return kDone;
  }
  check_options(options);
  DriverOptions driver;
  read_shard(options.shard, driver);
  const PreparedSweep sweep(options.file, options.positions);
  const std::string& name = sweep.sweep().name;
  const std::string out = options.out.empty() ? name + ".db" : options.out;
  if (options.dry_run) return dry_run(options, driver, sweep, out);

  ResultStore store(out, ResultStore::Open::OrNew);
  const auto registered = sweep.add_to(store, options.replaced);
  const SweepOutcome before = count_places(store.places(registered.sweep), driver);
  if (!registered.is_new) require_resume(options, out, sweep.sweep(), before);
  // Whoever asks for positions says it himself, once.
  if (registered.is_new && options.positions.empty()) {
    note_namesakes(store, sweep.sweep(), registered.sweep, out);
  }

  const std::unique_ptr<Engine> engine = engine_for(options, sweep);
  const Interrupt interrupt;
  Step step(name);
  ProgressLog log(name);
  driver.retry = options.retry;
  driver.program = {this_host().dump(), program_version(), program_build()};
  driver.is_interrupted = [&] { return interrupt.asked(); };
  driver.progress = [&](const SweepProgress& now) {
    log.say_failure(now, step.is_shown());
    if (!step.is_shown()) return log.say(now);
    step.progress(static_cast<std::int64_t>(now.finished), static_cast<std::int64_t>(now.points),
                  in_words(now));
  };
  const Kept keep{sweep.sweep().kept_columns, sweep.sweep().kept_files};
  const SweepOutcome outcome = run_sweep(
      store, registered.sweep, [&](std::size_t number) { return sweep.command(number); }, keep,
      *engine, driver);
  step.done(in_words(outcome));
  if (outcome.was_interrupted) {
    fmt::print("  interrupted: what is done is in {}; --resume goes on\n", out);
  } else if (outcome.failed > 0) {
    fmt::print("  the first of them: {}\n", first_failure(store, registered.sweep));
    fmt::print("  all of them: partita results {} --sweep {} --failed; again: --retry\n", out,
               name);
  } else if (options.out.empty()) {
    fmt::print("  the results are in {}\n", out);
  }
  warn_of_answer(store, sweep.sweep());
  warn_of_other_builds(store, registered.sweep);
  if (options.json) print_json(options, sweep, outcome, registered.sweep);
  if (outcome.was_interrupted) return kInterrupted;
  return outcome.failed > 0 ? kNo : kDone;
}

}  // namespace

Run add_sweep(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("file", options->file, "the sweep (experiments/README.md)")
      ->required()
      ->type_name("FILE");
  add_output_option(
      app, "--out", options->out,
      "the results (NAME.db); the file may hold other sweeps, and points that are there "
      "are not computed again");
  app.add_option("--jobs", options->jobs, "points computed at once (as many as there are cores)")
      ->check(whole_number_from(1));
  app.add_flag("--resume", options->resume,
               "go on with a sweep that the results hold in part; several may work on one file");
  app.add_flag("--retry", options->retry, "compute failed points again");
  app.add_flag("--dry-run", options->dry_run,
               "only say how many points there are, how long they may take, and what they run");
  app.add_option("--shard", options->shard,
                 "compute only every N-th point, from the I-th on (SLURM's job arrays); partita "
                 "results merge joins the files")
      ->type_name("I/N");
  app.add_option("--engine", options->engine,
                 "who computes: processes on this computer, or a dask cluster")
      ->check(CLI::IsMember({"local", "dask"}))
      ->capture_default_str();
  app.add_option("--scheduler", options->scheduler,
                 "engine dask: address of a scheduler that runs (tcp://host:8786)")
      ->type_name("ADDRESS");
  app.add_option("--workers", options->workers, "engine dask: start a cluster of so many here")
      ->check(whole_number_from(1));
  CLI::Option* positions =
      app.add_option(
             "--positions", options->positions,
             "compute these points instead: CSV, a column for each axis, positions from 0 to 1")
          ->type_name("FILE");
  app.add_option("--replaces", options->replaced,
                 "with --positions: number of a sweep of the same name that these points go on "
                 "with, and that goes (its points stay)")
      ->needs(positions)
      ->type_name("NUMBER");
  app.add_flag("--describe", options->describe,
               "only print what the sweep asks and its axes, as one line of JSON");
  app.add_flag("--json", options->json, "end with one line of JSON");
  app.footer(
      app.get_footer() +
      "\n\nExit codes: 0 all points have an answer (\"no\" is one), 1 some failed, 2 the input "
      "is wrong,\n3 something around it failed, 130 interrupted. However it ends, --resume goes "
      "on.");
  return [options] { return run(*options); };
}

}  // namespace partita::command
