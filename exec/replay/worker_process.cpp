#include "exec/replay/worker_process.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "exec/host/computer.h"

extern char** environ;

namespace partita::exec {
namespace {

constexpr int kWorkerSocket = 3;  // the descriptor behind standard error

std::filesystem::path worker_program() {
  if (const char* chosen = std::getenv("PARTITA_WORKER")) return chosen;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Error("cannot find this program's file: " + error.message());
  return self.parent_path() / "partita-worker";
}

// This process's environment, with what must be set before OpenMP and oneDNN start. Spinning OpenMP
// threads on busy cores cost a factor of thirty.
std::vector<std::string> worker_environment(const std::string& isa) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto sets = [text](std::string_view name) { return text.starts_with(name); };
    if (sets("OMP_") || sets("ONEDNN_") || sets("DNNL_") || sets("KMP_") || sets("GOMP_")) continue;
    variables.emplace_back(text);
  }
  variables.insert(variables.end(), {"OMP_NUM_THREADS=1", "OMP_WAIT_POLICY=passive"});
  if (const IsaLevel* level = isa_level_named(isa)) {
    variables.push_back(fmt::format("ONEDNN_MAX_CPU_ISA={}", level->setting));
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct FileActions {
  posix_spawn_file_actions_t actions;
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  }
  return fmt::format("exited with code {}", WEXITSTATUS(status));
}

}  // namespace

WorkerProcess::WorkerProcess(const ProcessorSpec& processor) : name_(processor.name) {
  const ExecutionSpec& execution = *processor.execution;
  const std::filesystem::path program = worker_program();
  auto [ours, theirs] = socket_pair();
  channel_ = Channel(std::move(ours));

  std::vector<std::string> words{program.string(), std::to_string(kWorkerSocket),
                                 std::to_string(getpid()),
                                 std::to_string(execution.core.value_or(-1))};
  std::vector<std::string> variables = worker_environment(execution.isa);
  FileActions files;
  posix_spawn_file_actions_adddup2(&files.actions, theirs.number(), kWorkerSocket);
  const int failure = posix_spawn(&process_, program.c_str(), &files.actions, nullptr,
                                  pointers(words).data(), pointers(variables).data());
  if (failure != 0) {
    process_ = -1;
    throw Error(fmt::format("cannot start the worker of processor '{}' ({}): {}", name_,
                            program.string(), std::strerror(failure)));
  }
}

WorkerProcess::~WorkerProcess() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void WorkerProcess::send(Request request, const Writer& content,
                         const std::vector<int>& descriptors) {
  try {
    channel_.send(static_cast<std::uint32_t>(request), content, descriptors);
  } catch (const Hangup&) {
    fail_as_dead();
  }
}

Reader WorkerProcess::answer(std::chrono::milliseconds patience) {
  try {
    Message message = channel_.receive(patience);
    if (static_cast<Reply>(message.kind) == Reply::Done) return std::move(message.content);
    throw Error(fmt::format("worker '{}': {}", name_, message.content.get<std::string>()));
  } catch (const Hangup&) {
    fail_as_dead();
  } catch (const Timeout&) {
    fail_as_hung(patience);
  }
}

void WorkerProcess::fail_as_dead() {
  int status = 0;
  const pid_t process = process_;
  // It has closed its socket, so it is ending or has ended; make sure of the former.
  kill(process_, SIGKILL);
  waitpid(process_, &status, 0);
  process_ = -1;
  throw Error(fmt::format("worker '{}' (process {}) {}", name_, process, how_it_ended(status)));
}

void WorkerProcess::fail_as_hung(std::chrono::milliseconds patience) const {
  throw Error(fmt::format("worker '{}' (process {}) has not answered for {} ms", name_, process_,
                          patience.count()));
}

}  // namespace partita::exec
