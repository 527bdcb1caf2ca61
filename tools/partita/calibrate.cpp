#include "exec/calibrate/calibrate.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
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

int calibrate(const Options& options) {
  const Inputs inputs = load_inputs(options.inputs);
  std::vector<Diagnostic> mistakes;
  const Observed fitted("--fit", options.fit, inputs, mistakes);
  const Observed judged("--judge", options.judge, inputs, mistakes);
  if (!mistakes.empty()) throw ConfigError(std::move(mistakes));

  Step step("calibrate");
  const exec::Calibration fit =
      exec::calibrate(inputs.network, inputs.hardware, inputs.costs, fitted.observations());
  step.done(fmt::format("{} numbers changed", fit.changes.size()));
  Table table({"number", "before", "after"});
  for (const exec::Change& change : fit.changes) {
    table.add({change.parameter, change.before, change.after});
  }
  table.print();
  nlohmann::ordered_json line;
  const auto judge = [&](const char* who, const char* key,
                         const std::vector<exec::Observation>& observations) {
    if (observations.empty()) return;
    const double before =
        exec::makespan_error(inputs.network, inputs.hardware, inputs.costs, observations);
    const double after =
        exec::makespan_error(inputs.network, fit.hardware, fit.costs, observations);
    fmt::print("  makespan error on {} {} plans: {} before, {} after\n", observations.size(), who,
               percent(before), percent(after));
    line[key] = {{"plans", observations.size()},
                 {"error_before_percent", before * 100},
                 {"error_after_percent", after * 100}};
  };
  judge("fitted", "fitted", fitted.observations());
  judge("held-out", "held_out", judged.observations());
  if (!options.out.empty()) {
    write_file(options.out, to_yaml(fit.hardware));
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) fmt::print("{}\n", line.dump());
  return kDone;
}

}  // namespace

Run add_calibrate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, false);
  add_profile_option(app, options->inputs);
  app.add_option("--fit", options->fit, "a plan and its measured timeline, to fit to")
      ->required()
      ->type_name("PLAN=TIMELINE")
      ->allow_extra_args(false);
  app.add_option("--judge", options->judge, "others, which only judge the fit")
      ->type_name("PLAN=TIMELINE")
      ->allow_extra_args(false);
  add_output_option(app, "--out", options->out, "the calibrated machine file");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return calibrate(*options); };
}

}  // namespace partita::command
