#include "sim/side_by_side.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>

#include "models/base/diagnostics.h"
#include "sim/child_process.h"

namespace partita::sim {
namespace {

struct Result {  // small enough to be written to a pipe in one piece
  std::uint64_t task = 0;
  Time time{0};
};

// The next task, in memory that all processes share.
class Turn {
 public:
  Turn() {
    void* memory = mmap(nullptr, sizeof(std::atomic<std::size_t>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      throw Error(fmt::format("no memory to share with simulations: {}", std::strerror(errno)));
    }
    next_ = new (memory) std::atomic<std::size_t>(0);
  }
  ~Turn() { munmap(next_, sizeof *next_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  std::size_t take() { return next_->fetch_add(1); }

 private:
  static_assert(std::atomic<std::size_t>::is_always_lock_free);
  std::atomic<std::size_t>* next_ = nullptr;
};

void work(int results, Turn& turn, std::size_t count,
          const std::function<Time(std::size_t)>& task) noexcept {
  for (std::size_t i = turn.take(); i < count; i = turn.take()) {
    const Result result{i, task(i)};
    while (write(results, &result, sizeof result) < 0) {
      if (errno != EINTR) return;  // nobody reads any more
    }
  }
}

// Until all have closed their end.
std::size_t read_all(int results, std::vector<Time>& times,
                     const std::function<void(std::size_t)>& done) {
  std::size_t over = 0;
  Result result;
  while (true) {
    const ssize_t got = read(results, &result, sizeof result);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof result) return over;
    times[result.task] = result.time;
    ++over;
    if (done) done(over);
  }
}

// Waits for all; what became of the first that did not end well.
std::string wait_for(const std::vector<pid_t>& processes) {
  std::string failure;
  for (const pid_t process : processes) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0 && failure.empty()) failure = how_it_ended(status);
  }
  return failure;
}

}  // namespace

std::vector<Time> side_by_side(std::size_t workers, std::size_t count,
                               const std::function<Time(std::size_t)>& task,
                               const std::function<void(std::size_t)>& done) {
  std::vector<Time> times(count);
  Turn turn;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(fmt::format("no pipe for simulations: {}", std::strerror(errno)));
  }
  std::vector<pid_t> processes;
  std::string failure;
  for (std::size_t i = 0; i < std::min(std::max<std::size_t>(1, workers), count); ++i) {
    const pid_t process = fork();
    if (process == 0) {
      close(ends[0]);
      work(ends[1], turn, count, task);
      _exit(0);
    }
    if (process < 0) {
      failure = fmt::format("cannot be started: {}", std::strerror(errno));
      break;
    }
    processes.push_back(process);
  }
  close(ends[1]);
  const std::size_t over = read_all(ends[0], times, done);
  close(ends[0]);
  const std::string ended = wait_for(processes);
  if (over < count) {
    throw Error("a process for simulations " + (failure.empty() ? ended : failure));
  }
  return times;
}

}  // namespace partita::sim
