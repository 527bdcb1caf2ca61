#include "exec/calibrate/calibrate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>

#include "exec/calibrate/makespan_fit.h"
#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/exam/exam.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"
#include "tools/partita/workers.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::vector<std::string> models;
  std::string exam;
  ExamOptions how;
  std::vector<std::string> fit, judge;  // PLAN=TIMELINE
  std::string out;
  bool json = false;
};

// The files of one option, loaded; every mistake in any of them is reported.
class Observed {
 public:
  Observed(const char* option, const std::vector<std::string>& pairs, const Inputs& inputs,
           std::vector<Diagnostic>& mistakes) {
    for (const std::string& pair : pairs) {
      const auto equals = pair.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
        mistakes.push_back(
            {{"arguments", 0, 0},
             fmt::format("{}: '{}' is not of the form PLAN.json=TIMELINE.json", option, pair)});
        continue;
      }
      try {
        const std::string plan_file = pair.substr(0, equals);
        plans_.push_back(load_plan(plan_file, inputs.network, inputs.hardware));
        require_real(plans_.back(), plan_file);
        require_costs(plans_.back(), inputs, plan_file);
        const std::string timeline_file = pair.substr(equals + 1);
        timelines_.push_back(
            load_timeline(timeline_file, inputs.network, inputs.hardware, plans_.back()));
        for (const std::string& broken :
             violations(timelines_.back(), inputs.network, inputs.hardware, plans_.back())) {
          mistakes.push_back(
              {{timeline_file, 0, 0}, "no execution of this plan looks like this: " + broken});
        }
      } catch (const ConfigError& error) {
        mistakes.insert(mistakes.end(), error.diagnostics().begin(), error.diagnostics().end());
      }
    }
  }

  std::vector<exec::Observation> observations() const {
    std::vector<exec::Observation> all;
    for (std::size_t i = 0; i < plans_.size(); ++i) all.push_back({plans_[i], timelines_[i]});
    return all;
  }

 private:
  std::deque<Plan> plans_;  // observations refer to them
  std::deque<Timeline> timelines_;
};

int fit(Options options) {
  if (options.models.size() != 1) {
    throw ConfigError({"arguments", 0, 0},
                      "--model: one network, whose plans these are (several: with --exam)");
  }
  if (options.fit.empty()) {
    throw ConfigError({"arguments", 0, 0},
                      "--fit or --exam is required: what to fit to, or where to measure it");
  }
  options.inputs.model = options.models.front();
  const Inputs inputs = load_inputs(options.inputs);
  std::vector<Diagnostic> mistakes;
  const Observed fitted("--fit", options.fit, inputs, mistakes);
  const Observed judged("--judge", options.judge, inputs, mistakes);
  if (!mistakes.empty()) throw ConfigError(std::move(mistakes));

  Step step("calibrate");
  const exec::Calibration fit =
      exec::calibrate(inputs.hardware, {{inputs.network, inputs.costs, fitted.observations()}});
  step.done(fmt::format("{} numbers changed", fit.changes.size()));
  Table table({"number", "before", "after"});
  for (const exec::Change& change : fit.changes) {
    table.add({change.parameter, change.before, change.after});
  }
  table.print();
  nlohmann::ordered_json line;
  const auto judge = [&](const char* who, const char* key, const Observed& observed) {
    const std::vector<exec::Subject> subjects{
        {inputs.network, inputs.costs, observed.observations()}};
    const std::size_t plans = subjects.front().observations.size();
    if (plans == 0) return;
    const double before = exec::makespan_error(inputs.hardware, inputs.hardware, subjects);
    const double after = exec::makespan_error(inputs.hardware, fit.hardware, subjects);
    fmt::print("  makespan error on {} {} plans: {} before, {} after\n", plans, who,
               percent(before), percent(after));
    line[key] = {{"plans", plans},
                 {"error_before_percent", before * 100},
                 {"error_after_percent", after * 100}};
  };
  judge("fitted", "fitted", fitted);
  judge("held-out", "held_out", judged);
  if (!options.out.empty()) {
    write_file(options.out, to_yaml(fit.hardware));
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) fmt::print("{}\n", line.dump());
  return kDone;
}

int exam(const Options& options) {
  ExamOptions how = options.how;
  how.folder = options.exam;
  how.models = options.models;
  how.bindings = options.inputs.bindings;
  how.machine = options.inputs.machine;
  how.overrides = options.inputs.overrides;
  how.json = options.json;
  return run_exam(how);
}

}  // namespace

Run add_calibrate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--model", options->models,
                 "network: .onnx, costed graph .json, or zoo:NAME; for an exam several")
      ->type_name("NETWORK")
      ->allow_extra_args(false);
  add_bind_option(app, options->inputs);
  add_machine_option(app, options->inputs, false);
  add_profile_option(app, options->inputs);
  add_learned_option(app, options->inputs);
  auto* fitted =
      app.add_option("--fit", options->fit, "a plan and its measured timeline, to fit to")
          ->type_name("PLAN=TIMELINE")
          ->allow_extra_args(false);
  app.add_option("--judge", options->judge, "others, which only judge the fit")
      ->type_name("PLAN=TIMELINE")
      ->allow_extra_args(false);
  auto* out = add_output_option(app, "--out", options->out, "the calibrated machine file");
  app.add_flag("--json", options->json, "end with one line of JSON");
  auto* exam_in =
      add_output_option(app, "--exam", options->exam,
                        "profile, replay plans of several networks, fit to some, be judged by the "
                        "others; goes on where this folder's exam was interrupted",
                        Output::Folder)
          ->excludes(fitted)
          ->excludes(out)
          ->excludes("--judge")
          ->excludes("--profile");
  const auto of_exam = [&](CLI::Option* option) { option->needs(exam_in)->group("Exam"); };
  of_exam(app.add_flag("--what-if", options->how.what_if,
                       "also predict changes of the machine, make them, and measure"));
  of_exam(add_worker_option(app, options->how.worker));
  of_exam(app.add_option("--plans", options->how.plans, "of each network")
              ->check(CLI::Range(4, 1000))
              ->capture_default_str());
  of_exam(app.add_option("--repetitions", options->how.repetitions, "clean runs of each plan")
              ->check(CLI::Range(3, 10'000))
              ->capture_default_str());
  of_exam(app.add_option("--budget", options->how.budget, "seconds for the profile of each network")
              ->type_name("SECONDS")
              ->check(CLI::Range(0.1, 1e6))
              ->capture_default_str());
  add_seed_option(app, options->how.seed);
  return [options] { return options->exam.empty() ? fit(*options) : exam(*options); };
}

}  // namespace partita::command
