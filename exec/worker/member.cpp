#include "exec/worker/member.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

extern char** environ;

namespace partita::exec {
namespace {

// This process's environment, with what must be set before OpenMP and oneDNN start. Spinning OpenMP
// threads on busy cores cost a factor of thirty.
std::vector<std::string> member_environment(const std::string& isa) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto sets = [text](std::string_view name) { return text.starts_with(name); };
    if (sets("OMP_") || sets("ONEDNN_") || sets("DNNL_") || sets("KMP_") || sets("GOMP_")) continue;
    variables.emplace_back(text);
  }
  variables.insert(variables.end(), {"OMP_NUM_THREADS=1", "OMP_WAIT_POLICY=passive"});
  if (!isa.empty()) variables.push_back("ONEDNN_MAX_CPU_ISA=" + isa);
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

std::string ending(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  }
  return fmt::format("exited with code {}", WEXITSTATUS(status));
}

}  // namespace

MemberProcess::MemberProcess(const std::vector<WorkerSpec>& specs,
                             const std::vector<Descriptor>& sockets) {
  std::vector<std::string> words{"partita-worker", "--member", std::to_string(getpid())};
  FileActions files;
  for (const Descriptor& socket : sockets) {
    // Copied onto itself it loses its close-on-exec flag (POSIX, posix_spawn_file_actions_adddup2).
    posix_spawn_file_actions_adddup2(&files.actions, socket.number(), socket.number());
    words.push_back(std::to_string(socket.number()));
  }
  std::vector<std::string> variables = member_environment(specs.front().isa);
  const int failure = posix_spawn(&number_, "/proc/self/exe", &files.actions, nullptr,
                                  pointers(words).data(), pointers(variables).data());
  if (failure == 0) return;
  number_ = -1;
  throw Error(fmt::format("cannot start the worker of processor '{}': {}", specs.front().name,
                          std::strerror(failure)));
}

MemberProcess::~MemberProcess() { end(); }

std::string MemberProcess::end() {
  if (how_it_ended_.empty() && number_ > 0) {
    // It may be ending by itself; make sure of it.
    kill(number_, SIGKILL);
    int status = 0;
    waitpid(number_, &status, 0);
    how_it_ended_ = ending(status);
  }
  return how_it_ended_;
}

void Member::send(Request request, const Writer& content, const std::vector<int>& descriptors) {
  try {
    channel_.send(static_cast<std::uint32_t>(request), content, descriptors, patience_);
  } catch (const Hangup&) {
    fail_as_dead();
  } catch (const Timeout&) {
    fail_as_hung(patience_);
  }
}

Reader Member::answer() {
  try {
    Message message = channel_.receive(patience_);
    if (static_cast<Reply>(message.kind) == Reply::Done) return std::move(message.content);
    throw WorkerFailure(number_, WorkerFailure::Kind::Refused,
                        fmt::format("worker '{}': {}", name_, message.content.get<std::string>()));
  } catch (const Hangup&) {
    fail_as_dead();
  } catch (const Timeout&) {
    fail_as_hung(patience_);
  }
}

void Member::fail_as_dead() {
  const pid_t number = process_->number();
  throw WorkerFailure(number_, WorkerFailure::Kind::Died,
                      fmt::format("worker '{}' (process {}) {}", name_, number, process_->end()));
}

void Member::fail_as_hung(std::chrono::milliseconds waited, const std::string& last_seen) const {
  throw WorkerFailure(number_, WorkerFailure::Kind::Hung,
                      fmt::format("worker '{}' (process {}) has not answered for {} ms{}", name_,
                                  process_->number(), waited.count(), last_seen));
}

std::vector<std::unique_ptr<Member>> start_members(const std::vector<WorkerSpec>& specs,
                                                   std::chrono::milliseconds patience) {
  // By process, in the order of the first worker of each.
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::size_t> named;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].process.empty()) {
      groups.push_back({i});
      continue;
    }
    const auto [group, is_new] = named.try_emplace(specs[i].process, groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(i);
  }
  std::vector<std::unique_ptr<Member>> members(specs.size());
  for (const std::vector<std::size_t>& group : groups) {
    std::vector<WorkerSpec> together;
    std::vector<Descriptor> ours, theirs;
    for (const std::size_t i : group) {
      together.push_back(specs[i]);
      auto [near, far] = socket_pair();
      ours.push_back(std::move(near));
      theirs.push_back(std::move(far));
    }
    const auto process = std::make_shared<MemberProcess>(together, theirs);
    for (std::size_t k = 0; k < group.size(); ++k) {
      const std::size_t i = group[k];
      members[i] = std::make_unique<Member>(static_cast<std::uint32_t>(i), specs[i].name,
                                            Channel(std::move(ours[k])), process, patience);
    }
  }
  return members;
}

}  // namespace partita::exec
