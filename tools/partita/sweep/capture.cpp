#include "tools/partita/sweep/capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

constexpr off_t kMost = off_t{64} << 20;

int or_throw(int result, const char* what) {
  if (result >= 0) return result;
  throw Error(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Written at the end by whoever has it open: processes that a verb starts share it.
int memory_file(const char* name) {
  const int file = or_throw(memfd_create(name, MFD_CLOEXEC), "cannot make a file in memory");
  or_throw(fcntl(file, F_SETFL, O_APPEND), "cannot append to a file in memory");
  return file;
}

std::string text_of(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return {};
  const off_t size = std::min(status.st_size, kMost);
  std::string text(static_cast<std::size_t>(size), '\0');
  const ssize_t read = pread(file, text.data(), text.size(), status.st_size - size);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  return text;
}

}  // namespace

Console::Console() : out_(memory_file("partita-out")), err_(memory_file("partita-err")) {}

Console::~Console() {
  close(out_);
  close(err_);
}

std::pair<std::string, std::string> Console::text() const { return {text_of(out_), text_of(err_)}; }

void Console::clear() {
  or_throw(ftruncate(out_, 0), "cannot empty a file in memory");
  or_throw(ftruncate(err_, 0), "cannot empty a file in memory");
}

Capture::Capture(Console& console) {
  std::fflush(stdout);
  std::fflush(stderr);
  out_ = or_throw(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "cannot keep stdout");
  err_ = or_throw(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), "cannot keep stderr");
  or_throw(dup2(console.out(), STDOUT_FILENO), "cannot capture stdout");
  or_throw(dup2(console.err(), STDERR_FILENO), "cannot capture stderr");
}

Capture::~Capture() {
  std::fflush(stdout);
  std::fflush(stderr);
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  close(out_);
  close(err_);
}

}  // namespace partita::command
