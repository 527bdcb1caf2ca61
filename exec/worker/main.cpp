// partita-worker: one processor of a replay. Started by the coordinator, never by hand.
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "exec/worker/worker.h"

namespace {

constexpr int kEnvironmentFailed = 3;

// The last argument is -1 for a worker that is not pinned.
struct Arguments {
  int socket = -1;
  int coordinator = 0;
  int core = -1;
};

bool pin(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("partita-worker is started by partita (replay, profile, demo), not by hand\n",
               stderr);
    return kEnvironmentFailed;
  }
  const Arguments arguments{std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3])};
  // No worker outlives its coordinator, however that ends; it may have ended before this line.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != arguments.coordinator) return kEnvironmentFailed;
  if (arguments.core >= 0 && !pin(arguments.core)) {
    std::fprintf(stderr, "partita-worker: cannot run on core %d\n", arguments.core);
    return kEnvironmentFailed;
  }
  // A terminal's Ctrl-C is the coordinator's to answer.
  std::signal(SIGINT, SIG_IGN);
  try {
    partita::exec::Worker(partita::exec::Channel(partita::exec::Descriptor(arguments.socket)))
        .serve();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "partita-worker: %s\n", e.what());
    return kEnvironmentFailed;
  }
  return 0;
}
