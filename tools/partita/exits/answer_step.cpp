#include <fmt/format.h>

#include <algorithm>

#include "exec/reference/reference.h"
#include "models/network/part.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"
#include "tools/partita/exits/job.h"

namespace partita::command {
namespace {

// Where no worker can: slowly, by the judge of numerics.
std::vector<std::vector<double>> by_reference(const ExitsJob& job, const TensorValue& image) {
  std::vector<std::vector<double>> answers;
  const ReferenceOptions keep{.keep_activations = true};
  const auto values =
      run_reference(job.network, {{job.network.inputs()[0], image}}, job.options.seed, keep);
  for (const std::string& logits : job.options.names.logits) {
    answers.push_back(exec::softmax(numbers(values.at(*tensor_named(job.network, logits)))));
  }
  return answers;
}

Answers answers_for(ExitsJob& job, const InputStack& images, Step& step) {
  Answers answers;
  for (std::size_t i = 0; i < images.count(); ++i) {
    step.progress(static_cast<std::int64_t>(i), static_cast<std::int64_t>(images.count()));
    answers.probabilities.push_back(job.real() ? job.runner->all_exits(images.values[i])
                                               : by_reference(job, images.values[i]));
    std::vector<bool> sure;
    for (const auto& parts : answers.probabilities.back()) {
      sure.push_back(*std::max_element(parts.begin(), parts.end()) >= job.options.confidence);
    }
    answers.sure.push_back(std::move(sure));
  }
  return answers;
}

}  // namespace

void answer(ExitsJob& job) {
  Step step("answers");
  if (is_here(*job.hardware) && !job.options.simulated_only) {
    job.runner =
        std::make_unique<exec::ExitRunner>(job.parts, job.plans, *job.hardware, job.options.seed);
  }
  job.learned = answers_for(job, job.learn_from, step);
  job.judged = answers_for(job, job.judge_by, step);
  step.done(fmt::format("of {} images to learn from and {} to judge by, {}", job.learn_from.count(),
                        job.judge_by.count(),
                        job.real() ? "on real workers" : "by the reference executor"));
}

}  // namespace partita::command
