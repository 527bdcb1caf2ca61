#include "exec/runtime/process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

namespace partita::exec {

Process::Process(int number) : number_(number) {
  held_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, number, 0)));
  if (held_.open() || errno == ESRCH) return;
  throw Error(fmt::format("cannot hold process {}: {}", number, std::strerror(errno)));
}

bool Process::has_ended() const {
  if (!held_.open()) return true;
  pollfd ended{held_.number(), POLLIN, 0};
  return poll(&ended, 1, 0) > 0;
}

bool Process::is_halted() const {
  std::ifstream file(fmt::format("/proc/{}/stat", number_));
  std::string text;
  std::getline(file, text);
  // The name before it may hold anything, brackets too.
  const std::size_t name_ends = text.rfind(')');
  return name_ends != std::string::npos && text.compare(name_ends, 3, ") T") == 0 && !has_ended();
}

void Process::signal(int number) const {
  if (held_.open()) syscall(SYS_pidfd_send_signal, held_.number(), number, nullptr, 0);
}

}  // namespace partita::exec
