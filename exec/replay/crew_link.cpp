#include "exec/replay/crew_link.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

extern char** environ;

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

// The leader tells of a hung worker itself; it is believed to hang only some time later.
constexpr auto kLonger = 5s;
// What a leader gets to end its workers before it is ended.
constexpr auto kToEnd = 3s;
constexpr std::string_view kSsh = "ssh:", kUnix = "unix:";
constexpr const char* kProgram = "partita-worker";

std::string own_worker_program() {
  if (const char* chosen = std::getenv("PARTITA_WORKER")) return chosen;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Error("cannot find this program's file: " + error.message());
  return self.parent_path() / kProgram;
}

struct FileActions {
  posix_spawn_file_actions_t actions;
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

template <class T>
std::vector<T> read_all(Reader& in, std::size_t count) {
  std::vector<T> all(count);
  for (T& one : all) read(in, one);
  return all;
}

}  // namespace

std::string why_no_place(const std::string& where) {
  constexpr std::string_view kPlaces = "ssh:HOST, ssh:HOST:PROGRAM or unix:PATH";
  if (where.empty() || (where.starts_with(kUnix) && where.size() > kUnix.size())) return "";
  if (!where.starts_with(kSsh)) {
    return fmt::format("'{}' is no place for workers ({})", where, kPlaces);
  }
  // What begins with a dash would be an option to ssh.
  const std::string host = where.substr(kSsh.size());
  if (!host.empty() && host[0] != ':' && host[0] != '-') return "";
  return fmt::format("'{}' names no host ({})", where, kPlaces);
}

CrewLink::CrewLink(const std::string& where, std::chrono::milliseconds patience)
    : patience_(patience) {
  if (const std::string why = why_no_place(where); !why.empty()) throw Error(why);
  try {
    if (where.empty()) {
      who_ = "the leader of the workers";
      start_process({own_worker_program(), "--leader", std::to_string(getpid())}, false);
    } else if (where.starts_with(kSsh)) {
      const std::string rest = where.substr(kSsh.size());
      const std::size_t colon = rest.find(':');
      const std::string host = rest.substr(0, colon);
      who_ = fmt::format("the workers' leader on {}", host);
      const std::string program = colon == std::string::npos ? kProgram : rest.substr(colon + 1);
      start_process({"ssh", "-o", "BatchMode=yes", host, program, "--stdio"}, true);
    } else {
      who_ = fmt::format("the workers' leader at {}", where.substr(kUnix.size()));
      connect_to(where.substr(kUnix.size()));
    }
    Writer hello;
    hello.put(build_number());
    ask(CrewRequest::Hello, hello);
  } catch (...) {
    end();
    throw;
  }
}

CrewLink::~CrewLink() { end(); }

void CrewLink::start_process(const std::vector<std::string>& words, bool by_stdio) {
  auto [ours, theirs] = socket_pair();
  channel_ = Channel(std::move(ours));
  std::vector<std::string> texts = words;
  FileActions files;
  if (by_stdio) {
    posix_spawn_file_actions_adddup2(&files.actions, theirs.number(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files.actions, theirs.number(), STDOUT_FILENO);
  } else {
    // Copied onto itself it loses its close-on-exec flag.
    posix_spawn_file_actions_adddup2(&files.actions, theirs.number(), theirs.number());
    texts.push_back(std::to_string(theirs.number()));
  }
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const int failure =
      posix_spawnp(&process_, pointers[0], &files.actions, nullptr, pointers.data(), environ);
  if (failure == 0) return;
  process_ = -1;
  throw Error(fmt::format("cannot start {}: {}", words[0], std::strerror(failure)));
}

void CrewLink::connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Error(fmt::format("'{}' is too long for a local socket", path));
  }
  path.copy(address.sun_path, path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw Error(fmt::format("no worker listens at '{}': {} (start one: partita-worker --listen {})",
                            path, std::strerror(errno), path));
  }
  channel_ = Channel(std::move(socket));
}

// Closes the connection, at which a leader ends its workers and itself; ours is waited for.
void CrewLink::end() {
  channel_ = Channel();
  if (process_ < 0) return;
  const auto deadline = std::chrono::steady_clock::now() + kToEnd;
  auto nap = 100us;
  while (waitpid(process_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
      break;
    }
    std::this_thread::sleep_for(nap);
    nap = std::min(2 * nap, std::chrono::microseconds(10ms));
  }
  process_ = -1;
}

Reader CrewLink::ask(CrewRequest request, const Writer& content) {
  try {
    channel_.send(static_cast<std::uint32_t>(request), content, {}, patience_ + kLonger);
    Message message = channel_.receive(patience_ + kLonger);
    if (static_cast<Reply>(message.kind) == Reply::Done) return std::move(message.content);
    const auto reason = message.content.get<std::string>();
    const auto worker = message.content.get<std::uint32_t>();
    const auto kind = message.content.get<WorkerFailure::Kind>();
    end();
    if (worker == kNobody) throw Error(reason);
    throw WorkerFailure(worker, kind, reason);
  } catch (const Hangup&) {
    end();
    throw Error(fmt::format("{} has ended, or the connection to it is lost", who_));
  } catch (const Timeout&) {
    if (process_ > 0) kill(process_, SIGKILL);
    end();
    throw Error(fmt::format("{} has not answered for {} ms", who_,
                            (patience_ + kLonger) / std::chrono::milliseconds(1)));
  }
}

std::vector<Opened> CrewLink::start(const std::vector<WorkerSpec>& specs) {
  Writer content;
  content.put(specs.size());
  for (const WorkerSpec& spec : specs) write(content, spec);
  content.put(std::int64_t{patience_.count()});
  workers_ = specs.size();
  Reader reply = ask(CrewRequest::Start, content);
  return read_all<Opened>(reply, workers_);
}

std::vector<std::vector<Gap>> CrewLink::load(const Model& model) {
  Writer content;
  write(content, model);
  Reader reply = ask(CrewRequest::Load, content);
  return read_all<std::vector<Gap>>(reply, workers_);
}

std::vector<Prepared> CrewLink::prepare(const CrewOrder& order) {
  Writer content;
  write(content, order);
  Reader reply = ask(CrewRequest::Prepare, content);
  return read_all<Prepared>(reply, workers_);
}

void CrewLink::set_inputs(const std::vector<PlacedValues>& inputs) {
  Writer content;
  write(content, inputs);
  ask(CrewRequest::Inputs, content);
}

std::vector<Ran> CrewLink::run(const RunOrder& order) {
  Writer content;
  write(content, order);
  Reader reply = ask(CrewRequest::Run, content);
  return read_all<Ran>(reply, workers_);
}

void CrewLink::results(std::vector<PlacedValues>& values) {
  Writer content;
  content.put(values.size());
  for (const PlacedValues& one : values) {
    content.put(one.offset);
    content.put(std::uint64_t{one.values.size()});
  }
  Reader reply = ask(CrewRequest::Results, content);
  read(reply, values);
}

Surroundings CrewLink::surroundings() {
  Reader reply = ask(CrewRequest::Surroundings, {});
  Surroundings it;
  read(reply, it);
  return it;
}

}  // namespace partita::exec
