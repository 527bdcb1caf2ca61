// Serves requests that come at random while somebody kills and halts workers at random moments.
// Prints one line of JSON (times are measured), and exits with 1 if a request was lost, answered
// twice or wrongly, or a process is left.
//
//   kills_and_stalls [--kills N] [--seed N]
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>

#include "exec/runtime/serve.h"
#include "tests/exec/runtime/survivors.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

constexpr double kBetweenRequests = 5, kBetweenKills = 200;  // ms, on average
constexpr double kHalted = 0.3;                              // part of those who are disturbed
constexpr std::size_t kDistinct = 7;                         // inputs

struct Kill {
  std::chrono::steady_clock::time_point when;
  ProcessorId processor{};
  bool halted = false;
};

// Whoever works is fair game, wherever it is: at work, at hand, being made, or a probe.
class Killer {
 public:
  Killer(std::size_t kills, std::uint32_t seed) : left_(kills), random_(seed) {}

  void started(const CrewWorker& worker) {
    const std::lock_guard lock(mutex_);
    workers_.push_back(worker);
  }
  void run() {
    thread_ = std::thread([this] {
      std::exponential_distribution<double> gap(1 / kBetweenKills);
      for (; left_ > 0 && !stop_; --left_) {
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(gap(random_)));
        while (!stop_ && !kill_one()) std::this_thread::sleep_for(1ms);
      }
    });
  }
  std::vector<Kill> end() {
    stop_ = true;
    thread_.join();
    return kills_;
  }

 private:
  bool kill_one() {
    const std::lock_guard lock(mutex_);
    std::erase_if(workers_, [](const CrewWorker& worker) {
      return worker.process->has_ended() || worker.process->is_halted();
    });
    if (workers_.empty()) return false;
    const CrewWorker& victim = workers_[random_() % workers_.size()];
    const bool halted = std::bernoulli_distribution(kHalted)(random_);
    kills_.push_back({std::chrono::steady_clock::now(), victim.processor, halted});
    victim.process->signal(halted ? SIGSTOP : SIGKILL);
    return true;
  }

  std::size_t left_;
  std::mt19937 random_;
  std::mutex mutex_;
  std::vector<CrewWorker> workers_;
  std::vector<Kill> kills_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::vector<RealRequest> poisson(double length_ms, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::exponential_distribution<double> gap(1 / kBetweenRequests);
  std::vector<RealRequest> requests;
  for (double at = gap(random); at < length_ms; at += gap(random)) {
    requests.push_back({Time{static_cast<std::int64_t>(at * 1e9)}, 0, 0});
  }
  return requests;
}

std::string quantiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double part) {
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(part * static_cast<double>(values.size())))];
  };
  if (values.empty()) return R"({"count": 0})";
  return fmt::format(
      R"({{"count": {}, "p50": {:.1f}, "p90": {:.1f}, "p99": {:.1f}, "max": {:.1f}}})",
      values.size(), at(0.5), at(0.9), at(0.99), values.back());
}

// From the signal that cost a processor to the first answer after that loss was seen; in ms.
struct Recoveries {
  std::vector<double> killed, halted;
};
Recoveries recoveries(const std::vector<Kill>& kills, std::chrono::steady_clock::time_point origin,
                      const RealRecord& real, const ServiceRecord& service) {
  std::vector<Time> answers;
  for (const RequestRecord& request : service.requests) answers.push_back(request.answered);
  std::sort(answers.begin(), answers.end());
  Recoveries found;
  for (const RealRecord::Presence& change : real.presence) {
    if (change.back) continue;
    const Kill* cause = nullptr;
    for (const Kill& kill : kills) {
      if (kill.processor == change.processor && kill.when - origin <= change.when) cause = &kill;
    }
    const auto answer = std::lower_bound(answers.begin(), answers.end(), change.when);
    if (cause == nullptr || answer == answers.end()) continue;
    const Time took = *answer - Time{cause->when - origin};
    (cause->halted ? found.halted : found.killed)
        .push_back(static_cast<double>(took.count()) / 1e9);
  }
  return found;
}

std::size_t children() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    int process = 0, parent = 0;
    std::string name, state;
    if (stat >> process >> name >> state >> parent && parent == getpid()) ++count;
  }
  return count;
}

int run(std::size_t kills, std::uint32_t seed) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(2, true);
  const auto configurations = all_then_each_alone(network, hardware);
  Survivors policy(network, hardware, configurations);
  Killer killer(kills, seed);
  RealOptions options;
  options.crews.started = [&](const CrewWorker& worker) { killer.started(worker); };
  const double length = kBetweenKills * static_cast<double>(kills);
  std::vector<Kill> made;
  std::vector<std::shared_ptr<const Process>> processes;
  std::size_t crews = 0, lost = 0, attempts = 0;
  Recoveries recovered;
  RealRecord real;
  ServiceRecord record;
  {
    RealExecution execution({&network}, hardware, poisson(length, seed + 1), kDistinct, options);
    execution.prepare(*configurations[0], {*configurations[1], *configurations[2]});
    ServiceOptions limits;
    limits.queue = execution.requests().size();
    limits.host_keeps_weights = true;
    Service service(network, hardware, limits, policy, execution);
    const auto origin = std::chrono::steady_clock::now();
    killer.run();
    serve(service, execution);
    made = killer.end();
    real = execution.record();
    record = service.record();
    recovered = recoveries(made, origin, real, record);
    processes = execution.all_started();
    crews = execution.crews_made();
  }
  for (const RequestRecord& request : record.requests) {
    if (!request.done) ++lost;
    attempts = std::max<std::size_t>(attempts, request.attempts);
  }
  const auto orphans = children() + static_cast<std::size_t>(std::count_if(
                                        processes.begin(), processes.end(),
                                        [](const auto& each) { return !each->has_ended(); }));
  const auto halts = static_cast<std::size_t>(
      std::count_if(made.begin(), made.end(), [](const Kill& kill) { return kill.halted; }));
  fmt::print(
      R"({{"kills": {}, "halts": {}, "requests": {}, "lost": {}, "duplicated": {}, "wrong": {}, )"
      R"("orphans": {}, "most_attempts": {}, "losses": {}, "crews": {}, )"
      R"("recovery_killed_ms": {}, "recovery_halted_ms": {}, "label": "measured"}})"
      "\n",
      made.size() - halts, halts, record.requests.size(), lost, record.duplicates,
      real.wrong.size(), orphans, attempts, recovered.killed.size() + recovered.halted.size(),
      crews, quantiles(recovered.killed), quantiles(recovered.halted));
  return lost + record.duplicates + real.wrong.size() + orphans == 0 && !made.empty() ? 0 : 1;
}

}  // namespace
}  // namespace partita::exec

int main(int argc, char** argv) {
  std::size_t kills = 20;
  std::uint32_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const auto value = static_cast<std::uint32_t>(std::strtoul(argv[i + 1], nullptr, 10));
    if (option == "--kills") kills = value;
    if (option == "--seed") seed = value;
  }
  try {
    return partita::exec::run(kills, seed);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "kills_and_stalls: %s\n", e.what());
    return 3;
  }
}
