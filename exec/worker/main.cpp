// partita-worker: leads the workers of a replay, or is one of them. Needs libc, threads and device
// plugins: it can be copied to a machine where nothing is installed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>
#include <thread>
#include <vector>

#include "exec/device/plugin.h"
#include "exec/worker/leader.h"
#include "exec/worker/worker.h"

namespace {

using namespace partita;
using namespace partita::exec;

constexpr int kUsage = 2, kEnvironmentFailed = 3;

constexpr const char* kHelp =
    R"(partita-worker runs plans on the processors of this computer, as partita asks it to.

  partita-worker --stdio          answer one partita through standard input and output
                                  (what `partita replay --worker ssh:HOST` starts on HOST)
  partita-worker --listen PATH    answer whoever calls at a local socket, each through a process of
                                  its own (`partita replay --worker unix:PATH`); those that call
                                  at once disturb each other's measurements
  partita-worker --devices        list the plugins beside this program and what they can reach

Example: partita-worker --devices
)";

// No worker outlives whoever started it, however that ends; it may have ended before this line.
bool tied_to(int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return getppid() == parent;
}

// Not inherited by the workers: who waits for this end to close shall not wait for them.
int own(int descriptor) {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
}

int member(int argc, char** argv) {
  if (argc < 4 || !tied_to(std::atoi(argv[2]))) return kEnvironmentFailed;
  std::vector<std::thread> threads;
  for (int i = 3; i < argc; ++i) {
    const int socket = own(std::atoi(argv[i]));
    threads.emplace_back([socket] {
      try {
        Worker(Channel(Descriptor(socket))).serve();
      } catch (const std::exception& e) {
        // What cannot even be answered ends the process: whoever waits for it learns of that.
        std::fprintf(stderr, "partita-worker: %s\n", e.what());
        std::_Exit(kEnvironmentFailed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int leader(int argc, char** argv) {
  if (argc != 4 || !tied_to(std::atoi(argv[2]))) return kEnvironmentFailed;
  Leader(Channel(Descriptor(own(std::atoi(argv[3]))))).serve();
  return 0;
}

int stdio() {
  // Whatever a library prints must not get between the messages.
  Descriptor in(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  Descriptor out(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  const Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  dup2(nothing.number(), STDIN_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  Leader(Channel(std::move(in), std::move(out))).serve();
  return 0;
}

// One caller has a crew for each network that it profiles.
int serve_caller(int listener, Descriptor caller) {
  std::signal(SIGCHLD, SIG_DFL);
  if (!tied_to(listener)) return kEnvironmentFailed;
  try {
    Leader(Channel(std::move(caller))).serve();
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "partita-worker: %s\n", e.what());
    return kEnvironmentFailed;
  }
}

int listen_at(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) {
    throw Error(fmt::format("'{}' is too long for a local socket", path));
  }
  std::strcpy(address.sun_path, path);
  Descriptor server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(server.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(server.number(), 1) != 0) {
    throw Error(fmt::format("cannot listen at '{}': {}", path, std::strerror(errno)));
  }
  std::printf("listening at %s\n", path);
  std::fflush(stdout);
  // Nobody waits for the leaders.
  std::signal(SIGCHLD, SIG_IGN);
  const int listener = getpid();
  while (true) {
    Descriptor caller(accept4(server.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!caller.open()) throw Error(fmt::format("cannot accept: {}", std::strerror(errno)));
    const pid_t process = fork();
    if (process == 0) {
      server = Descriptor();  // nobody can call once the listener has ended
      std::_Exit(serve_caller(listener, std::move(caller)));
    }
    // The caller sees its connection closed.
    if (process < 0) std::fprintf(stderr, "partita-worker: %s\n", std::strerror(errno));
  }
}

int devices() {
  for (const std::string& name : plugin_names()) {
    try {
      const auto plugin = Plugin::load(name);
      std::printf("%s (%s)\n", name.c_str(), plugin->computes().c_str());
      std::size_t number = 0;
      for (const partita_processor& processor : plugin->processors("")) {
        std::printf("  %zu: %s, %s\n", number++, processor.name, processor.description);
      }
    } catch (const Error& e) {
      std::printf("%s: %s\n", name.c_str(), e.what());
    }
  }
  return 0;
}

int run(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "--member") return member(argc, argv);
  if (mode == "--leader") return leader(argc, argv);
  if (mode == "--stdio") return stdio();
  if (mode == "--listen" && argc == 3) return listen_at(argv[2]);
  if (mode == "--devices") return devices();
  std::fputs(kHelp, mode == "--help" ? stdout : stderr);
  return mode == "--help" ? 0 : kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  // A terminal's Ctrl-C is the coordinator's to answer, unless nobody else is there.
  if (argc > 1 && std::string_view(argv[1]) != "--listen") std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  // Of memory that is shared, too, more than a limit allows is an error like others.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "partita-worker: %s\n", e.what());
    return kEnvironmentFailed;
  }
}
