#include "models/sweep/sweep.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/base/file.h"
#include "models/sweep/describe.h"
#include "models/sweep/points.h"
#include "tools/partita/command_line.h"
#include "tools/partita/console.h"
#include "tools/partita/interrupt.h"
#include "tools/partita/output_files.h"
#include "tools/partita/results/store.h"
#include "tools/partita/sweep/driver.h"
#include "tools/partita/sweep/local_engine.h"
#include "tools/partita/sweep/positions.h"
#include "tools/partita/sweep/program.h"
#include "tools/partita/sweep/serve.h"

namespace partita::command {
namespace {

constexpr int kInterrupted = 130;  // as shells have it for Ctrl-C

struct Options {
  std::string file, out, positions, shard;
  std::size_t jobs = 0;  // 0: as many as there are cores
  bool resume = false, retry = false, dry_run = false, describe = false, json = false;
};

// "2/8": the third of eight parts, and so is "10/8".
void read_shard(const std::string& text, DriverOptions& driver) {
  if (text.empty()) return;
  std::size_t part = 0, parts = 0;
  int used = 0;
  const bool is_pair = std::sscanf(text.c_str(), "%zu/%zu%n", &part, &parts, &used) == 2 &&
                       static_cast<std::size_t>(used) == text.size();
  if (!is_pair || parts == 0 || part > parts) {
    throw ConfigError({"--shard", 0, 0},
                      fmt::format("'{}' is no part I/N of a sweep, with I from 0 to N", text));
  }
  driver.shard = part % parts;
  driver.shards = parts;
}

SweepHeader header_of(const Sweep& sweep, const SweepPoints& points) {
  SweepHeader header;
  header.name = sweep.name;
  header.question = sweep.question;
  header.text = sweep.text;
  header.verb = sweep.verb;
  header.description = description(sweep);
  header.version = program_version();
  header.places = points.size();
  for (const Axis& axis : sweep.axes) header.axes.push_back({axis.name, axis.unit});
  return header;
}

std::vector<InputRecord> inputs_of(const InputFolder& folder) {
  std::vector<InputRecord> inputs;
  for (const auto& [path, input] : folder.files()) {
    for (const PointFile& file : input.files) {
      InputRecord record{file.folder, file.name, file.sha256, "", std::nullopt};
      const auto copy = folder.path() / file.folder / file.name;
      if (&file == &input.files.front()) record.path = input.path.string();
      if (std::filesystem::file_size(copy) <= InputFolder::kMostCopied) {
        record.bytes = read_file(copy);
      }
      inputs.push_back(std::move(record));
    }
  }
  return inputs;
}

Place place_of(const SweepPoint& point, std::string id) {
  Place place{point.number, point.repetition, std::move(id), {}};
  for (const SweepValue& value : point.values) {
    place.values.push_back(value.number ? cell_of(*value.number) : Cell{value.text});
  }
  return place;
}

std::string in_words(const SweepOutcome& outcome) {
  std::string text = fmt::format("{} of {} points are there: {} done", outcome.points - outcome.missing,
                                 outcome.points, outcome.done);
  if (outcome.no > 0) text += fmt::format(", {} without an answer", outcome.no);
  if (outcome.failed > 0) text += fmt::format(", {} failed", outcome.failed);
  return text;
}

void print_json(const SweepOutcome& outcome, std::int64_t sweep) {
  const nlohmann::ordered_json line{{"sweep", sweep},           {"points", outcome.points},
                                    {"done", outcome.done},     {"no", outcome.no},
                                    {"failed", outcome.failed}, {"computed", outcome.computed},
                                    {"found", outcome.found}};
  fmt::print("{}\n", line.dump());
}

PointLimits limits_of(const Sweep& sweep) {
  PointLimits limits;
  if (sweep.time_limit) {
    limits.time = std::chrono::duration_cast<std::chrono::nanoseconds>(*sweep.time_limit);
  }
  if (sweep.memory_limit) limits.memory = sweep.memory_limit->value;
  return limits;
}

int run(const Options& options) {
  const Sweep sweep = load_sweep(options.file);
  if (options.describe) {
    fmt::print("{}\n", description(sweep));
    return kDone;
  }
  DriverOptions driver;
  read_shard(options.shard, driver);
  driver.retry = options.retry;
  const Command* verb = command_named(sweep.verb);
  CommandLine line(*verb);
  InputFolder files;
  const PointCommands commands(sweep, line.verb(sweep.verb), files);
  const SweepPoints points = options.positions.empty()
                                 ? points_of(sweep)
                                 : points_at(sweep, read_positions(options.positions, sweep));
  std::vector<std::string> ids;
  std::string all = sweep.name;
  for (const SweepPoint& point : points) {
    ids.push_back(commands.of(point).id);
    all += ids.back();
  }
  SweepHeader header = header_of(sweep, points);
  header.hash = sha256(all);

  const std::string out = options.out.empty() ? sweep.name + ".db" : options.out;
  ResultStore store(out, ResultStore::Open::OrNew);
  const auto registered = store.add(
      header, [&](std::size_t i) { return place_of(points[i], std::move(ids[i])); });
  store.add(inputs_of(files));
  const SweepOutcome before = count_places(store.places(registered.sweep), driver);
  const std::size_t there = before.points - before.missing;
  if (before.missing > 0 && there > 0 && !registered.is_new && !options.resume) {
    throw ConfigError({out, 0, 0}, fmt::format("already holds {} of {} points of '{}': --resume goes on",
                                               there, before.points, sweep.name));
  }

  const std::size_t jobs = commands.is_measured() ? 1
                           : options.jobs > 0     ? options.jobs
                                                  : std::max(1U, std::thread::hardware_concurrency());
  const std::string folder = files.path().string();
  LocalEngine engine(
      [&](int in, int out_file, Console& console) { return serve(in, out_file, console, folder); },
      {.workers = jobs, .limits = limits_of(sweep)});
  const Interrupt interrupt;
  driver.is_interrupted = [&] { return interrupt.asked(); };
  Step step(sweep.name);
  driver.progress = [&](const SweepProgress& now) {
    const double left = now.per_second > 0 ? static_cast<double>(now.points - now.finished) / now.per_second : 0;
    step.progress(static_cast<std::int64_t>(now.finished), static_cast<std::int64_t>(now.points),
                  fmt::format("{:.3g}/s, {:.0f} s left{}", now.per_second, left,
                              now.failed > 0 ? fmt::format(", {} failed", now.failed) : ""));
  };
  const Kept keep{sweep.kept_columns, sweep.kept_files};
  const SweepOutcome outcome = run_sweep(
      store, registered.sweep, [&](std::size_t number) { return commands.of(points[number]); }, keep,
      engine, driver);
  step.done(in_words(outcome));
  if (outcome.was_interrupted) {
    fmt::print("interrupted: --resume goes on\n");
  }
  if (options.json) print_json(outcome, registered.sweep);
  if (outcome.was_interrupted) return kInterrupted;
  return outcome.failed > 0 ? kNo : kDone;
}

}  // namespace

Run add_sweep(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("file", options->file, "the sweep (experiments/README.md)")
      ->required()
      ->type_name("FILE");
  add_output_option(app, "--out", options->out, "the results: a database that may hold other sweeps");
  app.add_option("--jobs", options->jobs, "points computed at once (as many as there are cores)")
      ->check(CLI::PositiveNumber);
  app.add_flag("--resume", options->resume, "go on with a sweep that the results hold in part");
  app.add_flag("--retry", options->retry, "compute failed points again");
  app.add_flag("--dry-run", options->dry_run, "only say what would be computed");
  app.add_option("--shard", options->shard,
                 "compute only each N-th point, from the I-th on; partita results merge joins files")
      ->type_name("I/N");
  app.add_option("--positions", options->positions,
                 "compute these points: CSV, a column for each axis, positions from 0 to 1")
      ->type_name("FILE");
  app.add_flag("--describe", options->describe, "only print the sweep's axes, as one line of JSON");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return run(*options); };
}

}  // namespace partita::command
