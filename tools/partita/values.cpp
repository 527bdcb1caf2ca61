#include "exec/values/values.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "exec/replay/replay.h"
#include "models/base/file.h"
#include "models/network/onnx/network_source.h"
#include "partition/analyze/features.h"
#include "partition/inputs/measured_table.h"
#include "partition/inputs/value_effect.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/input_stack.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

using inputs::ModelKind;

struct Options {
  InputOptions inputs;
  std::string plan, stack, table, out;
  int repetitions = 5;
  std::size_t shuffles = 99;
  std::uint64_t seed = 1;
  bool keep_weights = false, json = false;
};

struct Measured {
  std::vector<Time> times;  // of each input: the median of its clean runs
  std::size_t runs = 0, disturbed = 0;
};

// Round after round: a computer that gets slower meanwhile does so for all inputs.
Measured measure(const Options& options, const Network& network, const InputStack& stack) {
  const Hardware hardware = load_machine(options.inputs);
  const Plan plan = load_plan(options.plan, network, hardware);
  require_real(plan, options.plan);
  exec::Replayer replayer(network, hardware, options.seed);
  replayer.prepare(plan);
  std::map<TensorId, TensorValue> values;
  const SeededValues seeded(network, options.seed);
  for (const TensorId id : network.inputs()) values.emplace(id, seeded.value(id));
  Step step("measure");
  Measured measured;
  std::vector<std::vector<Time>> clean(stack.count()), all(stack.count());
  for (int round = 0; round < options.repetitions; ++round) {
    for (std::size_t i = 0; i < stack.count(); ++i) {
      step.progress(round * static_cast<std::int64_t>(stack.count()) + static_cast<std::int64_t>(i),
                    options.repetitions * static_cast<std::int64_t>(stack.count()));
      values.at(network.inputs()[0]) = stack.values[i];
      replayer.set_inputs(values);
      replayer.run_once();  // brings this input into the caches, as all others are
      const exec::RunResult run = replayer.run_once();
      ++measured.runs;
      if (!run.clean) ++measured.disturbed;
      all[i].push_back(run.timeline.makespan);
      if (run.clean) clean[i].push_back(run.timeline.makespan);
    }
  }
  for (std::size_t i = 0; i < stack.count(); ++i) {
    std::vector<Time>& some = clean[i].empty() ? all[i] : clean[i];
    const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
    std::nth_element(some.begin(), middle, some.end());
    measured.times.push_back(*middle);
  }
  step.done(fmt::format(
      "{} runs of {} inputs, {} disturbed", measured.runs, stack.count(),
      percent(static_cast<double>(measured.disturbed) / static_cast<double>(measured.runs))));
  return measured;
}

inputs::MeasuredInputs as_costs(const InputStack& stack, const Measured& measured) {
  inputs::MeasuredInputs costs;
  costs.features = stack.features;
  for (std::size_t i = 0; i < measured.times.size(); ++i) {
    costs.measurements.push_back({.input = i, .cost = milliseconds(measured.times[i])});
  }
  return costs;
}

nlohmann::ordered_json points(const InputStack& stack, const Measured& measured) {
  auto list = nlohmann::ordered_json::array();
  const auto zeros = static_cast<std::size_t>(analyze::Feature::ZeroShare);
  for (std::size_t i = 0; i < measured.times.size(); ++i) {
    list.push_back(
        {{"zero_share", stack.features[i][zeros]}, {"measured_ps", measured.times[i].count()}});
  }
  return list;
}

nlohmann::ordered_json judged(const Options& options, const inputs::MeasuredInputs& costs,
                              const std::string& source, const std::string& what) {
  auto effects = nlohmann::ordered_json::array();
  for (const ModelKind model : {ModelKind::Linear, ModelKind::Trees}) {
    const inputs::ValueEffect effect = value_effect(
        costs, {.model = model, .shuffles = options.shuffles, .seed = options.seed}, source);
    fmt::print("{}, {}: {}\n", what, to_string(model), in_words(effect));
    effects.push_back({{"model", to_string(model)},
                       {"with", effect.with},
                       {"without", effect.without},
                       {"shuffled", effect.shuffled},
                       {"p_value", effect.p_value},
                       {"present", effect.present}});
  }
  return effects;
}

void write(const Options& options, const nlohmann::ordered_json& line) {
  if (!options.out.empty()) {
    write_file(options.out, line.dump() + "\n");
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) fmt::print("{}\n", line.dump());
}

int judge_table(const Options& options) {
  const inputs::MeasuredInputs costs = inputs::load_measured_inputs(options.table);
  write(options, {{"inputs", costs.features.size()},
                  {"effects", judged(options, costs, options.table, "cost")}});
  return kDone;
}

// Token ids of an input that picks rows of tables are below the shortest of them.
std::int64_t tokens_of(const Network& network, std::uint64_t seed) {
  const Recipe recipe = SeededValues(network, seed).recipe(network.inputs()[0]);
  return recipe.distribution == Recipe::Distribution::Below ? recipe.bound
                                                            : analyze::kMostTokenId + 1;
}

int measure_and_judge(const Options& options) {
  const Network network =
      load_network(options.inputs.model, {.bindings = options.inputs.bindings,
                                          .must_have_data = true,
                                          .keep_weights = options.keep_weights});
  const Tensor& input = network.tensor(network.inputs()[0]);
  const InputStack stack = load_stack(options.stack, input, tokens_of(network, options.seed));
  inputs::require_enough_inputs(stack.count(), {}, options.stack);
  const Measured measured = measure(options, network, stack);
  nlohmann::ordered_json line{
      {"shape", input.shape}, {"runs", measured.runs}, {"disturbed", measured.disturbed}};
  line["effects"] = judged(options, as_costs(stack, measured), options.stack, "measured time");
  line["points"] = points(stack, measured);
  write(options, line);
  return kDone;
}

int values(const Options& options) {
  return options.table.empty() ? measure_and_judge(options) : judge_table(options);
}

}  // namespace

Run add_values(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, false);
  add_machine_option(app, options->inputs, false);
  app.add_option("--plan", options->plan, "the plan to run (partita partition)")->type_name("FILE");
  app.add_option(
         "--inputs", options->stack,
         "values of the network's first input, the first axis counts them (.npy: f4, u1, or "
         "token ids); further inputs are made from the seed")
      ->type_name("FILE");
  app.add_option(
         "--table", options->table,
         "instead of measuring: a CSV with one input a row, its cost, what is known without "
         "its values (columns known_...), and features (all others)")
      ->type_name("FILE");
  app.add_flag("--trained", options->keep_weights,
               "weights as the ONNX file has them, instead of seeded ones");
  app.add_option("--repetitions", options->repetitions, "runs of each input that count")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--shuffles", options->shuffles, "of features among inputs, for the control")
      ->check(CLI::Range(std::size_t{19}, std::size_t{100'000}))
      ->capture_default_str();
  add_seed_option(app, options->seed);
  add_output_option(app, "--out", options->out, "all numbers, as JSON");
  app.add_flag("--json", options->json, "end with one line of JSON");
  app.callback([&app] {
    const bool table = app.count("--table") > 0;
    for (const char* name : {"--model", "--machine", "--plan", "--inputs"}) {
      const bool given = app.count(name) > 0;
      if (table && given) throw CLI::ExcludesError("--table", name);
      if (!table && !given) throw CLI::RequiredError(name);
    }
  });
  return [options] { return values(*options); };
}

}  // namespace partita::command
