#include "exec/runtime/co_runner.h"

#include <fmt/format.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "exec/worker/shared_memory.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

constexpr std::int64_t kPeriod = 20'000'000;  // ns: several slices of a scheduler
constexpr int kBetweenLooks = 1'000;          // multiplications, about a microsecond

[[noreturn]] void burn(int core, double duty, pid_t parent) {
  // Only calls that are safe between fork and exec.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  // Whoever waits for the other end of a socket of ours to close shall not wait for this process.
  syscall(SYS_close_range, 3u, ~0u, 0u);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) _exit(1);
  const auto busy = static_cast<std::int64_t>(duty * kPeriod);
  volatile std::uint64_t value = 1;
  for (std::int64_t begin = now_ns();; begin += kPeriod) {
    while (busy == kPeriod || now_ns() < begin + busy) {
      for (int i = 0; i < kBetweenLooks; ++i) {
        value = value * 6364136223846793005u + 1442695040888963407u;
      }
    }
    const timespec until{(begin + kPeriod) / 1'000'000'000, (begin + kPeriod) % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
  }
}

}  // namespace

CoRun co_run_for(double share) {
  const int runners = std::max(1, static_cast<int>(std::ceil(share / (1 - share) - 1e-9)));
  return {runners, std::min(1.0, share * (runners + 1) / runners)};
}

CoRunner::CoRunner(int core, double duty) {
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) {
    throw Error(fmt::format("cannot start a co-runner on core {}: {}", core, std::strerror(errno)));
  }
  if (process_ == 0) burn(core, duty, parent);
}

CoRunner::~CoRunner() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace partita::exec
