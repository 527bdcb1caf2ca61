#include "sim/pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "models/plan/plan_pack.h"
#include "sim/child_process.h"
#include "sim/simulate.h"

namespace partita::sim {
namespace {

// Plans that a worker gets at once: enough that waking up costs little, and few enough that nobody
// waits long for the last one.
constexpr std::size_t kMostPlans = 16;

// False: the other end has closed.
bool send_bytes(int socket, const void* from, std::size_t count) {
  const auto* at = static_cast<const std::byte*>(from);
  while (count > 0) {
    const ssize_t sent = ::send(socket, at, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    count -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_bytes(int socket, void* to, std::size_t count) {
  auto* at = static_cast<std::byte*>(to);
  while (count > 0) {
    const ssize_t received = ::recv(socket, at, count, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    at += received;
    count -= static_cast<std::size_t>(received);
  }
  return true;
}

// A list of plain items: how many, then they.
template <class Items>
bool send_list(int socket, const Items& items) {
  static_assert(std::is_trivially_copyable_v<typename Items::value_type>);
  const std::uint64_t count = items.size();
  return send_bytes(socket, &count, sizeof count) &&
         (count == 0 ||
          send_bytes(socket, &*items.begin(), count * sizeof(typename Items::value_type)));
}

template <class Items>
bool receive_list(int socket, Items& items) {
  std::uint64_t count = 0;
  if (!receive_bytes(socket, &count, sizeof count)) return false;
  items.resize(count);
  return count == 0 ||
         receive_bytes(socket, &*items.begin(), count * sizeof(typename Items::value_type));
}

static_assert(std::is_trivially_copyable_v<std::optional<Unfinished>>);

bool send_timeline(int socket, const Timeline& timeline) {
  return send_list(socket, timeline.layers) && send_list(socket, timeline.legs) &&
         send_bytes(socket, &timeline.makespan, sizeof timeline.makespan) &&
         send_list(socket, timeline.memory_peak) && send_list(socket, timeline.interrupted) &&
         send_bytes(socket, &timeline.unfinished, sizeof timeline.unfinished);
}

bool receive_timeline(int socket, Timeline& timeline) {
  timeline.origin = Origin::Simulated;
  return receive_list(socket, timeline.layers) && receive_list(socket, timeline.legs) &&
         receive_bytes(socket, &timeline.makespan, sizeof timeline.makespan) &&
         receive_list(socket, timeline.memory_peak) && receive_list(socket, timeline.interrupted) &&
         receive_bytes(socket, &timeline.unfinished, sizeof timeline.unfinished);
}

// Answers each plan with an error message, empty where there is a timeline, and the timeline.
// Returns when the other end has closed.
void serve(int socket, Simulator& simulator) noexcept {
  std::vector<std::uint32_t> words;
  while (receive_list(socket, words)) {
    for (std::span<const std::uint32_t> left = words; !left.empty();) {
      const Plan plan = unpack_plan(left);
      std::string message;
      const Timeline* timeline = nullptr;
      try {
        timeline = &simulator.run(plan);
      } catch (const Error& error) {
        message = error.what();
      }
      if (!send_list(socket, message)) return;
      if (timeline != nullptr && !send_timeline(socket, *timeline)) return;
    }
  }
}

}  // namespace

struct Pool::Batch {
  std::size_t first = 0, last = 0;  // of the plans
};

struct Pool::Worker {
  pid_t process = 0;
  int socket = -1;
  Batch batch;  // in hand
  bool busy() const { return batch.first < batch.last; }
};

Pool::Pool(const Network& network, const Hardware& hardware, const CostTable& costs,
           std::size_t workers) {
  if (workers == 0) throw Error("a pool without workers simulates nothing");
  Simulator simulator(network, hardware, costs);
  simulator.load();
  for (std::size_t i = 0; i < workers; ++i) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      end_all();
      throw Error(fmt::format("no socket for a simulation worker: {}", std::strerror(errno)));
    }
    const pid_t process = fork();
    if (process == 0) {
      // A copy of another worker's end would hide from that one that the coordinator is gone.
      for (const auto& other : workers_) close(other->socket);
      close(ends[0]);
      serve(ends[1], simulator);
      _exit(0);
    }
    close(ends[1]);
    if (process < 0) {
      const std::string why = std::strerror(errno);
      close(ends[0]);
      end_all();
      throw Error("a simulation worker cannot be started: " + why);
    }
    workers_.push_back(std::make_unique<Worker>(Worker{process, ends[0], {}}));
  }
}

Pool::~Pool() { end_all(); }

std::vector<pid_t> Pool::workers() const {
  std::vector<pid_t> processes;
  for (const auto& worker : workers_) processes.push_back(worker->process);
  return processes;
}

std::vector<Timeline> Pool::run(const std::vector<Plan>& plans) {
  if (!broken_.empty()) throw Error(broken_);
  std::vector<Timeline> timelines(plans.size());
  failed_.reset();
  const std::size_t size =
      std::clamp<std::size_t>(plans.size() / (4 * workers_.size()), 1, kMostPlans);
  std::size_t next = 0, left = plans.size();
  const auto send_next = [&](Worker& worker) {
    if (next == plans.size()) return;
    const Batch batch{next, std::min(next + size, plans.size())};
    next = batch.last;
    send(worker, plans, batch);
  };
  for (const auto& worker : workers_) send_next(*worker);
  while (left > 0) {
    std::vector<pollfd> waiting;
    for (const auto& worker : workers_) {
      waiting.push_back({worker->busy() ? worker->socket : -1, POLLIN, 0});
    }
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw Error(fmt::format("waiting for simulation workers: {}", std::strerror(errno)));
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      Worker& worker = *workers_[i];
      left -= worker.batch.last - worker.batch.first;
      receive(worker, timelines);
      send_next(worker);
    }
  }
  if (failed_) throw Error(failure_);
  return timelines;
}

void Pool::send(Worker& worker, const std::vector<Plan>& plans, Batch batch) {
  std::vector<std::uint32_t> words;
  for (std::size_t i = batch.first; i < batch.last; ++i) pack(plans[i], words);
  worker.batch = batch;
  if (!send_list(worker.socket, words)) give_up(worker);
}

void Pool::receive(Worker& worker, std::vector<Timeline>& timelines) {
  for (; worker.busy(); ++worker.batch.first) {
    std::string message;
    if (!receive_list(worker.socket, message)) give_up(worker);
    if (message.empty()) {
      if (!receive_timeline(worker.socket, timelines[worker.batch.first])) give_up(worker);
    } else if (!failed_ || worker.batch.first < *failed_) {
      failed_ = worker.batch.first;
      failure_ = message;
    }
  }
}

// Its socket has closed, so it has ended, or is just about to.
void Pool::give_up(Worker& worker) {
  int status = 0;
  while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  worker.process = 0;
  broken_ = "a worker of the simulation pool " + how_it_ended(status);
  end_all();
  throw Error(broken_);
}

void Pool::end_all() {
  for (const auto& worker : workers_) {
    close(worker->socket);
    if (worker->process == 0) continue;
    kill(worker->process, SIGKILL);
    while (waitpid(worker->process, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  workers_.clear();
}

}  // namespace partita::sim
