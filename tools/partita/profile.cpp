#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "exec/profile/measured_machine.h"
#include "exec/profile/profiler.h"
#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/interrupt.h"
#include "tools/partita/output_files.h"
#include "tools/partita/workers.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::vector<std::string> models;
  std::string out = "profile.csv", machine_out, worker;
  std::uint64_t seed = 1;
  int repetitions = 20;
  double budget = 20;  // seconds
  bool replace = false, json = false;
};

void print_rows(const Profile& profile) {
  Table table({"measured", "rows", "clean samples", "discarded"});
  for (const std::string_view kind : kProfileKinds) {
    int rows = 0, samples = 0, discarded = 0;
    for (const ProfileRow& row : profile.rows()) {
      if (row.kind != kind) continue;
      ++rows;
      samples += row.samples;
      discarded += row.discarded;
    }
    if (rows == 0) continue;
    table.add({std::string(kind), fmt::to_string(rows), fmt::to_string(samples),
               fmt::to_string(discarded)});
  }
  table.print();
}

// How many times as long layers take while others compute, by who computes.
std::map<std::pair<std::string, std::string>, double> slowdowns(const Profile& profile) {
  std::map<std::pair<std::string, std::string>, std::pair<Time, Time>> sums;
  for (const ProfileRow& row : profile.rows()) {
    if (row.kind != "interference" || !row.slowdown()) continue;
    auto& [together, alone] = sums[{row.processor, row.with}];
    together += row.median;
    alone += *row.alone;
  }
  std::map<std::pair<std::string, std::string>, double> ratios;
  for (const auto& [who, sum] : sums) ratios[who] = seconds(sum.first) / seconds(sum.second);
  return ratios;
}

void print_result(const Options& options, const exec::ProfileResult& result) {
  print_rows(result.profile);
  if (result.rows_before > 0) {
    fmt::print("{} of the rows were in {} before, {} were measured now\n", result.rows_before,
               options.out, result.rows);
  }
  for (const auto& [who, ratio] : slowdowns(result.profile)) {
    fmt::print("layers on {} take {:.2f} times as long while {} computes\n", who.first, ratio,
               who.second);
  }
  if (!result.unfinished.empty()) {
    fmt::print("fewer than {} clean samples of some rows: {}\n", options.repetitions,
               fmt::join(result.unfinished, "; "));
  }
  if (!result.unreached.empty()) {
    fmt::print("not reached: {}\n", fmt::join(result.unreached, "; "));
  }
  if (!result.unfinished.empty() || !result.unreached.empty()) {
    fmt::print("the same command goes on where this one {} (--budget SECONDS)\n",
               result.stopped ? "was stopped" : "ran out of time");
  }
  for (const std::string& note : result.notes) fmt::print("{}\n", note);
}

std::string json_line(const Options& options, const exec::ProfileResult& result, double took) {
  nlohmann::ordered_json line{{"profile", options.out},
                              {"rows", result.profile.rows().size()},
                              {"rows_before", result.rows_before},
                              {"rows_measured", result.rows},
                              {"samples", result.samples},
                              {"discarded", result.discarded},
                              {"measured", result.measured},
                              {"unfinished", result.unfinished},
                              {"unreached", result.unreached},
                              {"stopped", result.stopped},
                              {"seconds", took},
                              {"notes", result.notes}};
  nlohmann::ordered_json& ratios = line["slowdowns"] = nlohmann::ordered_json::array();
  for (const auto& [who, ratio] : slowdowns(result.profile)) {
    ratios.push_back({{"processor", who.first}, {"with", who.second}, {"slowdown", ratio}});
  }
  return line.dump();
}

int profile(const Options& options) {
  const std::vector<Network> networks = load_models(options.inputs, options.models);
  std::vector<const Network*> all;
  for (const Network& network : networks) all.push_back(&network);
  const Hardware hardware =
      machine_of_workers(options.inputs.machine, options.inputs.overrides, options.worker);
  Step step("profile");
  const Interrupt interrupt;
  exec::ProfileOptions how;
  how.repetitions = options.repetitions;
  how.time_limit = std::chrono::milliseconds(std::llround(options.budget * 1000));
  how.file = options.out;
  how.replace = options.replace;
  how.where = options.worker;
  how.stop = [&] { return interrupt.asked(); };
  how.progress = [&](const std::string& what, double done) {
    step.progress(static_cast<std::int64_t>(done * 100), 100, what);
  };
  const exec::ProfileResult result = exec::profile(all, hardware, options.seed, how);
  const double took = step.seconds();
  step.done(fmt::format("{} rows, {} clean samples, {} discarded", result.profile.rows().size(),
                        result.samples, result.discarded));
  print_result(options, result);
  fmt::print("wrote {}\n", options.out);
  if (!options.machine_out.empty()) {
    write_file(
        options.machine_out,
        to_yaml(HardwareBuilder::build(exec::measured_machine(all, hardware, result.profile))));
    fmt::print("wrote {}\n", options.machine_out);
  }
  if (options.json) fmt::print("{}\n", json_line(options, result, took));
  return kDone;
}

}  // namespace

Run add_profile(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--model", options->models,
                 "network: an .onnx file or zoo:NAME?parameter=value (partita check zoo: lists "
                 "them); may be repeated: layers that several have are measured once")
      ->required()
      ->type_name("NETWORK")
      ->allow_extra_args(false);
  add_bind_option(app, options->inputs);
  add_machine_option(app, options->inputs, false);
  add_worker_option(app, options->worker);
  app.add_option("--budget", options->budget,
                 "seconds for everything; what says most about plans is measured first")
      ->check(CLI::Range(0.1, 1e6))
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_option("--repetitions", options->repetitions, "clean samples wanted of each row")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  add_seed_option(app, options->seed);
  add_output_option(app, "--out", options->out,
                    "the profile (CSV), written after every measurement; what it holds already is "
                    "not measured again")
      ->capture_default_str();
  app.add_flag("--replace", options->replace, "forget what the file of --out holds");
  add_output_option(app, "--machine-out", options->machine_out,
                    "the machine file with measured numbers");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return profile(*options); };
}

}  // namespace partita::command
