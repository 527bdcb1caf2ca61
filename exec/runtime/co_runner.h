// A process that takes its share of one core: somebody else's work, to disturb a worker with.
#pragma once

#include <sys/types.h>

namespace partita::exec {

// Runs from construction to destruction, and never outlives this process. Throws Error when it
// cannot start.
//
// Model: an endless loop of arithmetic pinned to the core, at normal priority, so that the kernel's
//   scheduler gives it about half of the core while a worker runs there.
// Left out: pressure on caches and memory.
class CoRunner {
 public:
  explicit CoRunner(int core);
  ~CoRunner();
  CoRunner(const CoRunner&) = delete;
  CoRunner& operator=(const CoRunner&) = delete;

 private:
  pid_t process_;
};

}  // namespace partita::exec
