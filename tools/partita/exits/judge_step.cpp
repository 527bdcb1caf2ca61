#include <fmt/format.h>

#include <algorithm>

#include "tools/partita/console.h"
#include "tools/partita/exits/job.h"

namespace partita::command {
namespace {

using inputs::ExitModel;
using inputs::ModelKind;

constexpr std::array kModels{ModelKind::Linear, ModelKind::Trees};
constexpr double kTail = 0.95;

void add_effects(ExitsJob& job, const std::string& what, const std::string& source,
                 const std::vector<double>& costs, std::size_t classes, Step& step) {
  inputs::MeasuredInputs measured;
  measured.features = job.learn_from.features;
  measured.classes = classes;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    measured.measurements.push_back({.input = i, .cost = costs[i]});
  }
  for (const ModelKind model : kModels) {
    step.progress(static_cast<std::int64_t>(job.effects.size()), 8, what);
    const inputs::EffectOptions options{
        .model = model, .shuffles = job.options.shuffles, .seed = job.options.seed};
    job.effects.push_back({what, source, model, inputs::value_effect(measured, options, what)});
  }
}

std::vector<double> in_ms(const std::vector<Time>& times) {
  std::vector<double> numbers;
  for (const Time time : times) numbers.push_back(milliseconds(time));
  return numbers;
}

void find_effects(ExitsJob& job, Step& step) {
  std::vector<double> exits;
  std::vector<Time> simulated;
  for (const auto& sure : job.learned.sure) {
    const std::size_t exit = inputs::leaves_at(sure, 0);
    exits.push_back(static_cast<double>(exit));
    simulated.push_back(job.simulated.of(0, exit));
  }
  add_effects(job, "exit", "computed", exits, job.parts.exits(), step);
  add_effects(job, "time, exit by exit", "simulated", in_ms(simulated), 0, step);
  if (!job.real()) return;
  add_effects(job, "time, exit by exit", "measured", in_ms(job.early->counted(job.options)), 0,
              step);
  add_effects(job, "time, dense", "measured", in_ms(job.dense->on_workers), 0, step);
}

std::vector<Time> replayed(const ExitsJob& job, const inputs::ExitPolicy& policy) {
  std::vector<Time> times;
  if (!job.real()) return times;
  for (std::size_t i = 0; i < policy.starts.size(); ++i) {
    times.push_back(job.by_start[policy.starts[i]].counted(job.options)[i]);
  }
  return times;
}

void add_quality(const ExitsJob& job, PolicyRecord& record) {
  std::size_t right = 0;
  const std::size_t count = job.judge_by.count();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t exit = inputs::leaves_at(job.judged.sure[i], record.policy.starts[i]);
    const std::vector<double>& answer = job.judged.probabilities[i][exit];
    const auto said =
        static_cast<std::size_t>(std::max_element(answer.begin(), answer.end()) - answer.begin());
    record.depth += static_cast<double>(exit + 1) / static_cast<double>(count);
    if (!job.labels.empty() && said == job.labels[i]) ++right;
  }
  if (!job.labels.empty()) {
    record.right = static_cast<double>(right) / static_cast<double>(count);
  }
}

}  // namespace

void judge_exits(ExitsJob& job) {
  Step step("judge");
  find_effects(job, step);
  const ExitModel model(ModelKind::Trees, job.learn_from.features, job.learned.sure);
  const ExitModel blind(ModelKind::Trees, inputs::Rows(job.learn_from.count()), job.learned.sure);
  for (inputs::ExitPolicy& policy :
       inputs::exit_policies(job.simulated, model, blind, {job.judge_by.features, job.judged.sure},
                             job.options.seed)) {
    PolicyRecord record{.policy = std::move(policy)};
    record.simulated = inputs::times_of(record.policy, job.simulated, job.judged.sure);
    record.replayed = replayed(job, record.policy);
    add_quality(job, record);
    std::vector<std::vector<double>> leaves;
    std::vector<Time> expected;
    for (std::size_t i = 0; i < job.judge_by.count(); ++i) {
      const std::size_t start = record.policy.starts[i];
      leaves.push_back(model.leaves(job.judge_by.features[i], start));
      expected.push_back(inputs::expected_time(job.simulated, start, leaves.back()));
    }
    record.expected = inputs::mean(expected);
    record.expected_tail = inputs::tail_time(job.simulated, record.policy.starts, leaves, kTail);
    job.policies.push_back(std::move(record));
  }
  step.done();
}

}  // namespace partita::command
