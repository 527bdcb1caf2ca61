// A crew that is ready to run one plan again and again: the unit in which workers are replaced.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "exec/runtime/answers.h"
#include "exec/runtime/machine_part.h"
#include "exec/runtime/mailbox.h"
#include "exec/runtime/process.h"
#include "exec/worker/worker_failure.h"
#include "partition/runtime/policy.h"
#include "partition/runtime/run.h"

namespace partita::exec {

struct CrewWorker {
  ProcessorId processor{};  // of the whole machine
  std::shared_ptr<const Process> process;
};

struct CrewSettings {
  std::uint64_t seed = 1;  // of the weights
  // Who has not finished a run after so many times what it should take hangs, but not before
  // `least_patience`: who has to share a core at once is slow, and does not hang. A halted process
  // after `halted_patience`.
  double patience_factor = 10;
  std::chrono::milliseconds least_patience{600}, halted_patience{300};
  // While a crew is made: kernels are compiled, weights are drawn.
  std::chrono::milliseconds making_patience{60'000};
  int warm_up = 1;  // runs before it is ready
  // Called from the crew's thread for each worker, before it has work. A scenario may kill it.
  std::function<void(const CrewWorker&)> started{};
};

// What becomes of a crew, as its thread tells it.
struct CrewNews {
  // The plan is prepared.
  struct Ready {
    std::vector<ProcessorId> cannot_be_slowed;
  };
  struct Ran {
    RunId run{};
    std::chrono::steady_clock::time_point began{};
    std::vector<LayerReading> layers;  // which start from then
    std::vector<CopyReading> copies;
    double difference = 0;  // from the right answer (Answers::difference())
  };
  struct Broken {
    std::optional<ProcessorId> worker;  // who is to blame; absent: nobody knows
    WorkerFailure::Kind kind = WorkerFailure::Kind::Refused;
    std::string what;
    std::exception_ptr cause;
    std::optional<RunId> run;  // that was under way
  };
  struct Ended {};  // no process of it is left; the last that is told

  std::size_t crew = 0;
  std::variant<Ready, Ran, Broken, Ended> what;
};

struct CrewRun {
  RunId run{};
  std::size_t request = 0;
  std::uint32_t input_class = 0;
  IdVector<ProcessorId, double> slowdowns;  // of the whole machine's processors
};

// Model: workers for the processors that the plan uses, one request at a time. Whatever goes wrong
//   ends it, with all of its processes.
// Left out: workers on other computers.
//
// Network, answers, machine and mailbox must outlive it. A thread of its own starts the processes:
// they are tied to that thread's life.
class RunningCrew {
 public:
  RunningCrew(std::size_t number, const Network& network, const Answers& answers,
              const Hardware& whole, std::shared_ptr<const Plan> plan, CrewSettings settings,
              Mailbox<CrewNews>& news);
  ~RunningCrew();  // waits until it has ended

  // It is ready, and does nothing else.
  void run(CrewRun run);
  // Another plan, for processors of this crew only. Ready is told again.
  void prepare(std::shared_ptr<const Plan> plan);
  // As soon as possible, whatever it does. Ended is told, and nothing before it any more.
  void end();

  std::size_t number() const { return number_; }
  const MachinePart& part() const { return part_; }
  // Those started so far; empty where none is, or all have been ended.
  std::vector<CrewWorker> workers() const;
  std::shared_ptr<const Process> leader() const;  // null as workers() are empty

 private:
  struct NewPlan {
    std::shared_ptr<const Plan> plan;
  };
  using Job = std::variant<CrewRun, NewPlan>;

  void work();
  void make();
  void do_job(const CrewRun& run);
  void do_job(const NewPlan& next);
  void put(Job job);
  std::optional<Job> next_job();
  void tell(decltype(CrewNews::what) what);
  void broken(std::optional<ProcessorId> worker, WorkerFailure::Kind kind, const std::string& what);
  std::chrono::milliseconds patience(double slowdown) const;

  const std::size_t number_;
  const Network& network_;
  const Answers& answers_;
  const MachinePart part_;
  const CrewSettings settings_;
  Mailbox<CrewNews>& news_;

  // Of the thread.
  std::shared_ptr<const Plan> plan_;  // as it was given
  struct Crewed;                      // the Replayer, and the plan for it
  std::unique_ptr<Crewed> crewed_;
  std::optional<RunId> under_way_;
  std::chrono::nanoseconds expected_{0};

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::optional<Job> job_;
  bool ending_ = false;
  std::vector<CrewWorker> workers_;
  std::shared_ptr<const Process> leader_;

  std::thread thread_;  // the last: it uses all of the above
};

}  // namespace partita::exec
