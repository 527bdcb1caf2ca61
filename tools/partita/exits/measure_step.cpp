#include <fmt/format.h>

#include <algorithm>

#include "models/base/diagnostics.h"
#include "tools/partita/console.h"
#include "tools/partita/exits/job.h"

namespace partita::command {
namespace {

constexpr std::size_t kWarmUp = 20;

Time median(std::vector<Time> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

// Runs of one image; of the clean ones, where there are any.
class Repetitions {
 public:
  void add(ExitsJob& job, const exec::ExitRun& run) {
    ++job.runs;
    if (!run.clean) ++job.disturbed;
    runs_.push_back({run.end_to_end, run.on_workers, run.clean});
  }
  void end(RealTimes& times) const {
    const bool any_clean =
        std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.clean; });
    std::vector<Time> end_to_end, on_workers;
    for (const Run& run : runs_) {
      if (any_clean && !run.clean) continue;
      end_to_end.push_back(run.end_to_end);
      on_workers.push_back(run.on_workers);
    }
    times.end_to_end.push_back(median(std::move(end_to_end)));
    times.on_workers.push_back(median(std::move(on_workers)));
  }

 private:
  struct Run {
    Time end_to_end, on_workers;
    bool clean;
  };
  std::vector<Run> runs_;
};

// Of what lies between the stages, as seen by who asks.
Time hand_over_of(const std::vector<exec::ExitRun>& runs) {
  std::vector<Time> each;
  for (const exec::ExitRun& run : runs) {
    each.push_back((run.end_to_end - run.on_workers) /
                   static_cast<std::int64_t>(run.stages.size()));
  }
  return median(std::move(each));
}

// What the predictor learns from: exit by exit. Then dense runs to the last exit, apart from those: right
// behind them, what an image left in the caches, and how long others had slept, would depend on
// where it left.
void measure_learned(ExitsJob& job, Step& step) {
  std::vector<exec::ExitRun> all;
  const std::size_t last = job.parts.exits() - 1;
  job.early.emplace();
  job.dense.emplace();
  for (std::size_t i = 0; i < job.learn_from.count(); ++i) {
    step.progress(static_cast<std::int64_t>(i), static_cast<std::int64_t>(job.learn_from.count()));
    const TensorValue& image = job.learn_from.values[i];
    Repetitions early;
    for (int repetition = 0; repetition < job.options.repetitions; ++repetition) {
      all.push_back(job.runner->run(image, 0, job.options.confidence));
      early.add(job, all.back());
    }
    early.end(*job.early);
  }
  for (const TensorValue& image : job.learn_from.values) {
    Repetitions dense;
    for (int repetition = 0; repetition < job.options.repetitions; ++repetition) {
      dense.add(job, job.runner->run_direct(image, last));
    }
    dense.end(*job.dense);
  }
  job.between_stages = hand_over_of(all);
  if (job.options.workers_only) return;
  job.hand_over = *job.between_stages;
  job.hand_over_source = "measured";
}

// What policies are judged by: each image from each exit, in turns that begin with another each time,
// so that a computer that gets slower meanwhile does so for all of them.
void measure_judged(ExitsJob& job, Step& step) {
  const std::size_t exits = job.parts.exits();
  job.by_start.resize(exits);
  for (std::size_t i = 0; i < job.judge_by.count(); ++i) {
    step.progress(static_cast<std::int64_t>(i), static_cast<std::int64_t>(job.judge_by.count()));
    std::vector<Repetitions> runs(exits);
    for (int repetition = 0; repetition < job.options.repetitions; ++repetition) {
      for (std::size_t turn = 0; turn < exits; ++turn) {
        const std::size_t start = (i + turn) % exits;
        runs[start].add(job,
                        job.runner->run(job.judge_by.values[i], start, job.options.confidence));
      }
    }
    for (std::size_t start = 0; start < exits; ++start) runs[start].end(job.by_start[start]);
  }
}

Time asked_hand_over(const std::string& text) {
  const auto parsed = parse_quantity<Time>(text);
  if (const auto* bad = std::get_if<BadQuantity>(&parsed)) {
    throw ConfigError({"--hand-over"}, bad->message);
  }
  return std::get<Time>(parsed);
}

}  // namespace

void measure_exits(ExitsJob& job) {
  if (job.real()) {
    Step step("measure");
    for (std::size_t i = 0; i < kWarmUp; ++i) {
      const TensorValue& image = job.learn_from.values[i % job.learn_from.count()];
      for (std::size_t exit = 0; exit < job.parts.exits(); ++exit) {
        job.runner->run_direct(image, exit);
      }
      job.runner->all_exits(image);
    }
    measure_learned(job, step);
    measure_judged(job, step);
    step.done(
        fmt::format("{} runs, {} of them disturbed; {} from stage to stage", job.runs,
                    percent(static_cast<double>(job.disturbed) / static_cast<double>(job.runs)),
                    to_string(*job.between_stages)));
    if (2 * job.disturbed > job.runs) {
      job.notes.push_back("this computer was busy: more than half of the runs were disturbed");
    }
  }
  if (!job.options.hand_over.empty()) {
    job.hand_over = asked_hand_over(job.options.hand_over);
    job.hand_over_source = "given";
  }
  for (Time& time : job.simulated.direct) time += job.hand_over;
  for (Time& time : job.simulated.onward) time += job.hand_over;
}

}  // namespace partita::command
