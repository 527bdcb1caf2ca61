#include "exec/runtime/co_runner.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

[[noreturn]] void burn(int core, pid_t parent) {
  // Only calls that are safe between fork and exec.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) _exit(1);
  volatile std::uint64_t value = 1;
  while (true) value = value * 6364136223846793005u + 1442695040888963407u;
}

}  // namespace

CoRunner::CoRunner(int core) {
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) {
    throw Error(fmt::format("cannot start a co-runner on core {}: {}", core, std::strerror(errno)));
  }
  if (process_ == 0) burn(core, parent);
}

CoRunner::~CoRunner() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace partita::exec
