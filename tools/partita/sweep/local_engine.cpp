#include "tools/partita/sweep/local_engine.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <optional>
#include <thread>

#include "models/base/diagnostics.h"
#include "models/base/units.h"

namespace partita::command {
namespace {

using namespace std::chrono_literals;

constexpr double kAhead = 0.04;  // s of work that a worker has before it
constexpr std::size_t kMostAhead = 256;
constexpr double kNap = 0.01;       // s
constexpr double kMostUnread = 16;  // answers of a worker: they must fit into its pipe
constexpr auto kWatchMemory = 100ms;
constexpr double kForget = 0.1;  // weight of the last point in what a point takes

std::string last_line(const std::string& printed) {
  const auto end = printed.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const auto begin = printed.rfind('\n', end);
  const auto from = begin == std::string::npos ? 0 : begin + 1;
  constexpr std::size_t kMost = 500;
  return printed.substr(from, std::min(kMost, end + 1 - from));
}

std::string in_seconds(std::chrono::nanoseconds time) {
  return exact_text(std::chrono::duration_cast<Time>(time));
}

}  // namespace

struct LocalEngine::Worker {
  std::unique_ptr<WorkerProcess> process;  // absent: not started, or ended
  std::deque<Task> tasks;                  // the first is the one that it is at
  Clock::time_point since;                 // it is at it
  std::size_t answered = 0;
  std::int64_t resident = 0;  // after its first answer
  bool retires = false;       // gets no more
  std::string killed;         // why it was, by us
};

LocalEngine::LocalEngine(ServePoints serve, LocalOptions options)
    : serve_(std::move(serve)), options_(options) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.workers); ++i) {
    workers_.push_back(std::make_unique<Worker>());
  }
}

LocalEngine::~LocalEngine() = default;

std::vector<pid_t> LocalEngine::workers() const {
  std::vector<pid_t> pids;
  for (const auto& worker : workers_) {
    if (worker->process) pids.push_back(worker->process->pid());
  }
  return pids;
}

// Points that a worker should have, the one that it is at among them.
std::size_t LocalEngine::ahead() const {
  if (seconds_ <= 0) return 1;
  const double points = std::ceil(kAhead / seconds_);
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::min(points, 1e6)), 1, kMostAhead);
}

std::size_t LocalEngine::under_way() const {
  std::size_t points = waiting_.size();
  for (const auto& worker : workers_) points += worker->tasks.size();
  return points;
}

std::size_t LocalEngine::wanted() const {
  // Twice as many as workers should have: what is handed out next is at hand.
  const std::size_t most = 2 * ahead() * workers_.size();
  const std::size_t now = under_way();
  return now < most ? most - now : 0;
}

void LocalEngine::submit(std::int64_t key, PointQuestion question) {
  question.memory_limit = options_.limits.memory;
  question.files.clear();  // they are here
  waiting_.push_back({key, std::move(question), 0, false});
}

// Whether it can have `task` now. A busy one gets more when half of what it should have is done.
bool LocalEngine::takes(const Worker& worker, const Task& task, std::size_t before) const {
  if (worker.tasks.empty()) return true;
  if (task.alone || worker.tasks.front().alone || worker.retires) return false;
  const std::size_t most = ahead();
  return before <= most / 2 && worker.tasks.size() < most;
}

void LocalEngine::give(Worker& worker, Task task) {
  const bool is_idle = worker.tasks.empty();
  if (worker.process && is_idle && (worker.retires || (task.alone && worker.answered > 0))) {
    worker = Worker{};
  }
  if (!worker.process) worker.process = std::make_unique<WorkerProcess>(serve_);
  if (is_idle) worker.since = Clock::now();
  ++task.attempts;
  worker.process->send(to_line(task.question));
  worker.tasks.push_back(std::move(task));
}

void LocalEngine::hand_out() {
  std::vector<std::size_t> before;
  for (const auto& worker : workers_) before.push_back(worker->tasks.size());
  for (bool given = true; given;) {  // in turns, so that the last points are spread
    given = false;
    for (std::size_t i = 0; i < workers_.size() && !waiting_.empty(); ++i) {
      if (!takes(*workers_[i], waiting_.front(), before[i])) continue;
      Task next = std::move(waiting_.front());
      waiting_.pop_front();
      give(*workers_[i], std::move(next));
      given = true;
    }
  }
  for (const auto& worker : workers_) {
    if (worker->process) worker->process->flush();
  }
}

LocalEngine::Clock::time_point LocalEngine::next_check() const {
  auto next = Clock::time_point::max();
  const auto now = Clock::now();
  for (const auto& worker : workers_) {
    if (worker->tasks.empty()) continue;
    if (options_.limits.memory > 0) next = std::min(next, now + kWatchMemory);
    if (options_.limits.time) {
      next = std::min(
          next, worker->since + std::chrono::duration_cast<Clock::duration>(*options_.limits.time));
    }
  }
  return next;
}

// Whoever wakes for each short point takes the processor from the next one: answers are left to gather
// while every worker has more to do than that takes.
void LocalEngine::nap(std::chrono::milliseconds at_most) const {
  const auto busy = [&](const auto& worker) {
    return seconds_ * static_cast<double>(worker->tasks.size()) > 2 * kNap &&
           worker->killed.empty();
  };
  if (seconds_ > kNap / 2 || !std::all_of(workers_.begin(), workers_.end(), busy)) return;
  const std::chrono::duration<double> time{std::min(kNap, kMostUnread * seconds_)};
  std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(time, at_most));
}

std::vector<FinishedPoint> LocalEngine::wait(std::chrono::milliseconds at_most) {
  std::vector<FinishedPoint> finished;
  hand_out();
  nap(at_most);
  std::vector<pollfd> files;
  std::vector<Worker*> whose;
  for (const auto& worker : workers_) {
    if (!worker->process) continue;
    files.push_back({worker->process->out(), POLLIN, 0});
    whose.push_back(worker.get());
    if (worker->process->has_unsent()) {
      files.push_back({worker->process->in(), POLLOUT, 0});
      whose.push_back(worker.get());
    }
  }
  const auto until = std::min(next_check(), Clock::now() + at_most);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const int ready = poll(files.data(), files.size(), std::max(0, static_cast<int>(left.count())));
  for (std::size_t i = 0; ready > 0 && i < files.size(); ++i) {
    if (files[i].revents == 0 || !whose[i]->process) continue;
    if (files[i].events == POLLOUT) {
      whose[i]->process->flush();
    } else {
      read(*whose[i], finished);
    }
  }
  for (const auto& worker : workers_) enforce(*worker);
  hand_out();
  return finished;
}

void LocalEngine::read(Worker& worker, std::vector<FinishedPoint>& finished) {
  for (const std::string& line : worker.process->receive()) answered(worker, line, finished);
  if (worker.process->has_ended()) ended(worker, finished);
}

void LocalEngine::answered(Worker& worker, const std::string& line,
                           std::vector<FinishedPoint>& finished) {
  if (worker.tasks.empty()) throw Error("a worker answers what nobody has asked: " + line);
  PointAnswer answer = read_answer(line);
  Task task = std::move(worker.tasks.front());
  worker.tasks.pop_front();
  worker.since = Clock::now();
  const bool is_new = worker.answered++ == 0;
  if (answer.is_exhausted && !is_new) {
    // Others had left something behind in it: the limit is for this point alone.
    worker.retires = true;
    task.alone = true;
    --task.attempts;
    waiting_.push_front(std::move(task));
    return;
  }
  seconds_ = seconds_ <= 0 ? answer.seconds : seconds_ + kForget * (answer.seconds - seconds_);
  if (is_new) {
    worker.resident = worker.process->resident_bytes();
  } else if (worker.answered % 64 == 0 || answer.seconds > 0.1) {
    if (worker.process->resident_bytes() > worker.resident + options_.growth) worker.retires = true;
  }
  finished.push_back({task.key, std::move(answer), task.attempts});
}

// A worker that is gone: what it was at is to blame, unless somebody else has ended it.
void LocalEngine::ended(Worker& worker, std::vector<FinishedPoint>& finished) {
  const WorkerProcess::End end = worker.process->end();
  std::deque<Task> tasks = std::move(worker.tasks);
  const std::string killed = std::move(worker.killed);
  worker = Worker{};
  if (tasks.empty()) return;
  Task blamed = std::move(tasks.front());
  tasks.pop_front();
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) {
    --task->attempts;  // it was not its turn yet
    waiting_.push_front(std::move(*task));
  }
  if (killed.empty() && blamed.attempts < options_.tries) {
    blamed.alone = true;
    waiting_.push_front(std::move(blamed));
    return;
  }
  PointAnswer answer;
  answer.point = blamed.question.point;
  answer.status = Status::Failed;
  answer.reason = killed;
  if (killed.empty()) {
    // Whoever was ended by others had nothing to say about it.
    const std::string said =
        end.signal == 0 || end.signal == SIGABRT ? last_line(end.printed) : std::string();
    answer.reason = fmt::format("ended by {}{}{}", end.in_words, said.empty() ? "" : ": ", said);
  }
  finished.push_back({blamed.key, std::move(answer), blamed.attempts});
}

void LocalEngine::enforce(Worker& worker) {
  if (!worker.process || worker.tasks.empty() || !worker.killed.empty()) return;
  const auto took = Clock::now() - worker.since;
  if (options_.limits.time && took > *options_.limits.time) {
    worker.killed =
        fmt::format("took longer than {} by the clock", in_seconds(*options_.limits.time));
  } else if (options_.limits.memory > 0 && worker.answered == 0 &&
             worker.process->resident_bytes() > options_.limits.memory) {
    worker.killed = fmt::format("needed more than {}", exact_text(Bytes{options_.limits.memory}));
  }
  if (!worker.killed.empty()) worker.process->kill();
}

}  // namespace partita::command
