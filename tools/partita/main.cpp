// partita: which processor should run which layer of a neural network, and what will it cost?
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "models/base/diagnostics.h"
#include "tools/partita/command_line.h"

namespace partita::command {
namespace {

// Whoever reads what is printed must not take the half of it for the whole.
void require_printed() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw Error(fmt::format("cannot write to standard output: {}",
                          errno != 0 ? std::strerror(errno) : "it has failed before"));
}

}  // namespace
}  // namespace partita::command

int main(int argc, char** argv) {
  using namespace partita;
  // Files larger than a limit allows are an error like others.
  std::signal(SIGXFSZ, SIG_IGN);
  return command::guarded([&] {
    const int code = command::CommandLine().run({argv + 1, argv + argc});
    command::require_printed();
    return code;
  });
}
