#include "sim/child_process.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstring>

namespace partita::sim {

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended by itself with exit code {}", WEXITSTATUS(status));
}

}  // namespace partita::sim
