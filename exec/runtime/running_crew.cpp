#include "exec/runtime/running_crew.h"

#include <algorithm>
#include <csignal>

#include "exec/replay/replay.h"
#include "exec/runtime/run_readings.h"

namespace partita::exec {

struct RunningCrew::Crewed {
  Replayer replayer;
  std::optional<Plan> plan;             // for the part
  std::optional<std::size_t> inputs{};  // which of the answers' it has
};

RunningCrew::RunningCrew(std::size_t number, const Network& network, const Answers& answers,
                         const Hardware& whole, std::shared_ptr<const Plan> plan,
                         CrewSettings settings, Mailbox<CrewNews>& news)
    : number_(number),
      network_(network),
      answers_(answers),
      part_(part_of(whole, processors_with_layers(*plan))),
      settings_(std::move(settings)),
      news_(news),
      plan_(std::move(plan)),
      thread_([this] { work(); }) {}

RunningCrew::~RunningCrew() {
  end();
  thread_.join();
}

void RunningCrew::run(CrewRun run) { put(std::move(run)); }

void RunningCrew::prepare(std::shared_ptr<const Plan> plan) { put(NewPlan{std::move(plan)}); }

void RunningCrew::put(Job job) {
  const std::lock_guard lock(mutex_);
  job_ = std::move(job);
  changed_.notify_one();
}

// Workers that are at work, or hang, would keep the thread until its patience is over. Their leader
// sees them end, and ends properly.
void RunningCrew::end() {
  const std::lock_guard lock(mutex_);
  if (ending_) return;
  ending_ = true;
  changed_.notify_one();
  for (const CrewWorker& worker : workers_) worker.process->signal(SIGKILL);
  if (leader_ && leader_->is_halted()) leader_->signal(SIGKILL);
}

std::vector<CrewWorker> RunningCrew::workers() const {
  const std::lock_guard lock(mutex_);
  return workers_;
}

std::shared_ptr<const Process> RunningCrew::leader() const {
  const std::lock_guard lock(mutex_);
  return leader_;
}

void RunningCrew::tell(decltype(CrewNews::what) what) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ && !std::holds_alternative<CrewNews::Ended>(what)) return;
  }
  news_.post({number_, std::move(what)});
}

void RunningCrew::broken(std::optional<ProcessorId> worker, WorkerFailure::Kind kind,
                         const std::string& what) {
  tell(CrewNews::Broken{worker, kind, what, std::current_exception(), under_way_});
}

void RunningCrew::work() {
  try {
    make();
    while (const std::optional<Job> job = next_job()) {
      std::visit([this](const auto& one) { do_job(one); }, *job);
    }
  } catch (const WorkerFailure& e) {
    broken(part_.in_whole.at(e.worker()), e.kind(), e.what());
  } catch (const std::exception& e) {
    broken(std::nullopt, WorkerFailure::Kind::Refused, e.what());
  }
  crewed_.reset();
  {
    const std::lock_guard lock(mutex_);
    workers_.clear();
    leader_.reset();
  }
  tell(CrewNews::Ended{});
}

std::optional<RunningCrew::Job> RunningCrew::next_job() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return job_ || ending_; });
  if (ending_) return std::nullopt;
  return std::exchange(job_, std::nullopt);
}

void RunningCrew::make() {
  ReplayerOptions options;
  options.patience = settings_.making_patience;
  crewed_ = std::make_unique<Crewed>(
      Crewed{Replayer(network_, part_.hardware, settings_.seed, options), std::nullopt});
  Replayer& replayer = crewed_->replayer;
  std::vector<CrewWorker> workers;
  const auto processes = replayer.worker_processes();
  for (const ProcessorId id : ids<ProcessorId>(processes.size())) {
    workers.push_back({part_.in_whole[index(id)], std::make_shared<const Process>(processes[id])});
  }
  {
    const std::lock_guard lock(mutex_);
    leader_ = std::make_shared<const Process>(replayer.leader_process());
    workers_ = workers;
    // Who was told to end it before has not reached them.
    if (ending_) {
      for (const CrewWorker& worker : workers) worker.process->signal(SIGKILL);
    }
  }
  if (settings_.started) {
    for (const CrewWorker& worker : workers) settings_.started(worker);
  }
  do_job(NewPlan{plan_});
}

std::chrono::milliseconds RunningCrew::patience(double slowdown) const {
  const auto times = settings_.patience_factor * slowdown * static_cast<double>(expected_.count());
  return std::max(settings_.least_patience,
                  std::chrono::milliseconds(static_cast<std::int64_t>(times / 1e6)));
}

void RunningCrew::do_job(const NewPlan& next) {
  plan_ = next.plan;
  crewed_->plan = plan_for_part(*plan_, network_, part_);
  Replayer& replayer = crewed_->replayer;
  replayer.prepare(*crewed_->plan);
  replayer.slow_down(IdVector<ProcessorId, double>(part_.in_whole.size(), 1.0));
  replayer.set_run_patience(settings_.making_patience);
  for (int i = 0; i < settings_.warm_up; ++i) {
    expected_ = std::chrono::ceil<std::chrono::nanoseconds>(replayer.run_once().timeline.makespan);
  }
  CrewNews::Ready ready;
  for (const ProcessorId id : ids<ProcessorId>(part_.in_whole.size())) {
    if (!replayer.can_be_slowed(id)) ready.cannot_be_slowed.push_back(part_.in_whole[index(id)]);
  }
  tell(std::move(ready));
}

void RunningCrew::do_job(const CrewRun& run) {
  under_way_ = run.run;
  Replayer& replayer = crewed_->replayer;
  if (crewed_->inputs != answers_.which(run.request)) {
    replayer.set_inputs(answers_.inputs(run.request));
    crewed_->inputs = answers_.which(run.request);
  }
  IdVector<ProcessorId, double> slowdowns;
  for (const ProcessorId id : part_.in_whole) slowdowns.push_back(run.slowdowns[id]);
  const double most = *std::max_element(slowdowns.begin(), slowdowns.end());
  replayer.slow_down(slowdowns);
  replayer.set_run_patience(patience(most));
  const RunResult result = replayer.run_once();
  const auto ended = std::chrono::steady_clock::now();
  // What others took of it fades, as does what they leave again.
  const auto took = std::chrono::ceil<std::chrono::nanoseconds>(result.timeline.makespan);
  expected_ = std::max(expected_ / 2, std::chrono::nanoseconds(static_cast<std::int64_t>(
                                          static_cast<double>(took.count()) / most)));
  CrewNews::Ran ran;
  ran.run = run.run;
  ran.began = ended - took;
  ran.difference = answers_.difference(run.request, replayer.outputs());
  ran.layers = layer_readings(result.timeline, network_, part_.hardware, *crewed_->plan,
                              part_.in_whole, run.input_class);
  ran.copies = copy_readings(result.timeline, part_.hardware, *crewed_->plan, run.input_class);
  under_way_.reset();
  tell(std::move(ran));
}

}  // namespace partita::exec
