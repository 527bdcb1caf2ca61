#include "tools/partita/sweep/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

[[noreturn]] void fail(const char* what) {
  throw Error(fmt::format("{}: {}", what, std::strerror(errno)));
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
  return ends;
}

void stop_blocking(int file) { fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK); }

std::string name_of(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal)
                         : fmt::format("signal {} (SIG{})", signal, name);
}

}  // namespace

void WorkerProcess::start(const std::function<void(int in, int out)>& child) {
  std::signal(SIGPIPE, SIG_IGN);  // a worker that is gone is noticed where it is read
  const auto to = make_pipe(), from = make_pipe();
  std::fflush(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) fail("cannot start a process");
  if (pid_ == 0) {
    setpgid(0, 0);  // Ctrl-C is not for it, and its children can be ended with it
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    child(to[0], from[1]);
    _exit(1);
  }
  setpgid(pid_, pid_);  // whichever of the two is first
  close(to[0]);
  close(from[1]);
  in_ = to[1];
  out_ = from[0];
  stop_blocking(in_);
  stop_blocking(out_);
}

WorkerProcess::WorkerProcess(const ServePoints& serve) : console_(std::make_unique<Console>()) {
  start([&](int in, int out) {
    // Other workers' pipes must not be kept open here, nor files of results.
    std::array<int, 4> kept{in, out, console_->out(), console_->err()};
    std::sort(kept.begin(), kept.end());
    unsigned next = 3;
    for (const int file : kept) {
      const auto number = static_cast<unsigned>(file);
      if (number > next) close_range(next, number - 1, 0);
      next = number + 1;
    }
    close_range(next, ~0U, 0);
    int code = 1;
    try {
      code = serve(in, out, *console_);
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
    std::fflush(nullptr);
    _exit(code);
  });
}

WorkerProcess::WorkerProcess(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.data()));
  argv.push_back(nullptr);
  start([&](int in, int out) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    execvp(argv.front(), argv.data());
    fmt::print(stderr, "error: cannot run '{}': {}\n", words.front(), std::strerror(errno));
  });
}

WorkerProcess::~WorkerProcess() {
  if (!end_) {
    kill();
    end();
  }
  if (in_ >= 0) close(in_);
  if (out_ >= 0) close(out_);
}

void WorkerProcess::send(const std::string& line) {
  unsent_.append(line);
  unsent_ += '\n';
}

void WorkerProcess::flush() {
  while (has_unsent() && in_ >= 0) {
    const ssize_t written = write(in_, unsent_.data() + sent_, unsent_.size() - sent_);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;  // full, or nobody reads any more: receive() will say so
    sent_ += static_cast<std::size_t>(written);
  }
  if (sent_ == unsent_.size()) {
    unsent_.clear();
    sent_ = 0;
  }
}

std::vector<std::string> WorkerProcess::receive() {
  std::array<char, 1 << 16> block;
  while (!has_ended_) {
    const ssize_t got = read(out_, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    if (got == 0) {
      has_ended_ = true;
    } else {
      received_.append(block.data(), static_cast<std::size_t>(got));
    }
  }
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (auto end = received_.find('\n'); end != std::string::npos;
       end = received_.find('\n', begin)) {
    lines.push_back(received_.substr(begin, end - begin));
    begin = end + 1;
  }
  received_.erase(0, begin);
  return lines;
}

void WorkerProcess::close_input() {
  if (in_ >= 0) close(in_);
  in_ = -1;
}

void WorkerProcess::kill() {
  if (end_) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

WorkerProcess::End WorkerProcess::end() {
  if (end_) return *end_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-pid_, SIGKILL);  // what it has left behind
  End how;
  if (WIFSIGNALED(status)) {
    how.signal = WTERMSIG(status);
    how.in_words = name_of(how.signal);
  } else {
    how.code = WEXITSTATUS(status);
    how.in_words = fmt::format("exit code {}", how.code);
  }
  if (console_) how.printed = console_->text().second;
  end_ = how;
  return how;
}

std::int64_t WorkerProcess::resident_bytes() const {
  std::ifstream in(fmt::format("/proc/{}/statm", pid_));
  std::int64_t total = 0, resident = 0;
  in >> total >> resident;
  return in ? resident * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace partita::command
