#include "exec/exits/exit_runner.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace partita::exec {

std::vector<double> softmax(const std::vector<double>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> parts;
  double sum = 0;
  for (const double logit : logits) {
    parts.push_back(std::exp(logit - largest));
    sum += parts.back();
  }
  for (double& part : parts) part /= sum;
  return parts;
}

ExitRunner::Stage ExitRunner::started(const Network& network, const Plan& plan,
                                      const Hardware& hardware, std::uint64_t seed) {
  Stage stage{&network, std::make_unique<Replayer>(network, hardware, seed)};
  stage.replayer->prepare(plan);
  return stage;
}

ExitRunner::ExitRunner(const inputs::ExitParts& parts, const Plans& plans, const Hardware& hardware,
                       std::uint64_t seed) {
  for (std::size_t k = 0; k < parts.exits(); ++k) {
    direct_.push_back(started(parts.direct[k], plans.direct[k], hardware, seed));
    if (k > 0) onward_.push_back(started(parts.onward[k], plans.onward[k], hardware, seed));
  }
}

ExitRunner::Made ExitRunner::run_stage(Stage& stage, const TensorValue& input, ExitRun& run) {
  const Network& network = *stage.network;
  const auto begin = std::chrono::steady_clock::now();
  stage.replayer->set_inputs({{network.inputs()[0], input}});
  const RunResult result = stage.replayer->run_once();
  std::map<TensorId, TensorValue> outputs = stage.replayer->outputs();
  Made made;
  made.probabilities = softmax(numbers(outputs.at(network.outputs()[0])));
  if (network.outputs().size() > 1) made.features = std::move(outputs.at(network.outputs()[1]));
  run.stages.push_back(std::chrono::steady_clock::now() - begin);
  run.end_to_end += run.stages.back();
  run.on_workers += result.timeline.makespan;
  run.clean = run.clean && result.clean;
  return made;
}

ExitRun ExitRunner::run(const TensorValue& input, std::size_t start, double confidence) {
  ExitRun run;
  run.exit = start;
  Made made = run_stage(direct_[start], input, run);
  const auto is_sure = [&] {
    return *std::max_element(made.probabilities.begin(), made.probabilities.end()) >= confidence;
  };
  while (run.exit + 1 < direct_.size() && !is_sure()) {
    made = run_stage(onward_[run.exit], made.features, run);
    ++run.exit;
  }
  run.probabilities = std::move(made.probabilities);
  return run;
}

std::vector<std::vector<double>> ExitRunner::all_exits(const TensorValue& input) {
  ExitRun run;
  Made made = run_stage(direct_[0], input, run);
  std::vector<std::vector<double>> answers{made.probabilities};
  for (Stage& stage : onward_) {
    made = run_stage(stage, made.features, run);
    answers.push_back(made.probabilities);
  }
  return answers;
}

ExitRun ExitRunner::run_direct(const TensorValue& input, std::size_t exit) {
  ExitRun run;
  run.exit = exit;
  run.probabilities = run_stage(direct_[exit], input, run).probabilities;
  return run;
}

}  // namespace partita::exec
