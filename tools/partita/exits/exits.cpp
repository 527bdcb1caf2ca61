#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "models/base/file.h"
#include "models/network/onnx/network_source.h"
#include "tools/partita/commands.h"
#include "tools/partita/exits/job.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

ExitsJob load(const ExitsOptions& options) {
  const InputOptions& from = options.inputs;
  Network network = load_network(
      from.model, {.bindings = from.bindings, .must_have_data = true, .keep_weights = true});
  inputs::ExitParts parts = inputs::cut_at_exits(network, options.names, from.model);
  const Tensor& input = network.tensor(network.inputs()[0]);
  InputStack learn_from = load_stack(options.learn_from, input);
  inputs::require_enough_inputs(learn_from.count(), {}, options.learn_from);
  InputStack judge_by = load_stack(options.judge_by, input);
  std::vector<std::size_t> labels;
  if (!options.labels.empty()) labels = load_labels(options.labels, judge_by.count());
  return {.options = options,
          .network = std::move(network),
          .parts = std::move(parts),
          .learn_from = std::move(learn_from),
          .judge_by = std::move(judge_by),
          .labels = std::move(labels)};
}

int exits(const ExitsOptions& options) {
  ExitsJob job = load(options);
  find_machine(job);
  if (!plan_exits(job)) return kNo;
  answer(job);
  measure_exits(job);
  judge_exits(job);
  print_exits(job);
  const std::string line = exits_json(job);
  if (!options.out.empty()) {
    write_file(options.out, line + "\n");
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) fmt::print("{}\n", line);
  return kDone;
}

}  // namespace

Run add_exits(CLI::App& app) {
  auto options = std::make_shared<ExitsOptions>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, false);
  add_profile_option(app, options->inputs);
  app.get_option("--machine")
      ->description("machine file; without one, this computer becomes two unequal processors");
  app.get_option("--profile")
      ->description("measured times; else a real machine is measured, another one estimated");
  app.add_option("--exits", options->names.logits,
                 "what each exit answers with, the earliest first")
      ->required()
      ->delimiter(',')
      ->type_name("TENSOR,...");
  app.add_option("--features", options->names.features,
                 "what goes on from each exit but the last to the next")
      ->required()
      ->delimiter(',')
      ->type_name("TENSOR,...");
  app.add_option("--learn-from", options->learn_from,
                 "images to learn from: count x height x width pixels (.npy, u1)")
      ->required()
      ->type_name("FILE");
  app.add_option("--judge-by", options->judge_by, "other images, to judge by")
      ->required()
      ->type_name("FILE");
  app.add_option("--labels", options->labels, "what those show (.npy, u1)")->type_name("FILE");
  app.add_option("--confidence", options->confidence,
                 "an image leaves where the largest probability is at least this")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--hand-over", options->hand_over,
                 "what lies between two stages beside them (\"100 us\"); measured if not given, "
                 "and nothing on a machine that is only simulated")
      ->type_name("TIME");
  app.add_option("--shuffles", options->shuffles, "of features among images, for the control")
      ->check(CLI::Range(std::size_t{19}, std::size_t{100'000}))
      ->capture_default_str();
  app.add_option("--repetitions", options->repetitions, "real runs of each image and start")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--steps", options->steps, "plans that the annealing evaluates for each part")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_flag("--simulated", options->simulated_only, "run nothing for real");
  app.add_flag("--workers-only", options->workers_only,
               "real times are those on the workers: what lies between two stages, in this "
               "process, does not count")
      ->excludes("--hand-over");
  add_seed_option(app, options->seed);
  add_output_option(app, "--out", options->out, "all numbers, as JSON");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return exits(*options); };
}

}  // namespace partita::command
