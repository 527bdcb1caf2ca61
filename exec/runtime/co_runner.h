// A process that takes its share of one core: somebody else's work, to disturb a worker with.
#pragma once

#include <sys/types.h>

namespace partita::exec {

// How to take a share (above 0, below 1) of a core from one thread that always wants it.
struct CoRun {
  int runners = 1;
  double duty = 1;  // of the time, that each of them wants the core
};
// Model: the kernel's scheduler shares a core evenly: n that want it take n / (n + 1) of it from one
//   more. As many as that needs, and all of them idle for the rest of each period.
CoRun co_run_for(double share);

// Runs from construction to destruction, and never outlives this process, or the thread that made
// it. Throws Error when it cannot start.
//
// Model: a loop of arithmetic pinned to the core, at normal priority, that sleeps for 1 - duty of
//   each 20 ms.
// Left out: pressure on caches and memory.
class CoRunner {
 public:
  explicit CoRunner(int core, double duty = 1);
  ~CoRunner();
  int process() const { return process_; }
  CoRunner(const CoRunner&) = delete;
  CoRunner& operator=(const CoRunner&) = delete;

 private:
  pid_t process_;
};

}  // namespace partita::exec
