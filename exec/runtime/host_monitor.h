// How busy this computer is, as its kernel counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exec/runtime/running_crew.h"

namespace partita::exec {

struct HostLoad {
  std::map<int, double> busy;  // part of its time that each core was not idle
  std::optional<double>
      pressure;  // part of the time that somebody waited for a core; absent: unknown
  struct Worker {
    ProcessorId processor{};
    int process = 0;
    double ran = 0;     // part of the time that it had a core: whoever is at work makes progress
    double waited = 0;  // ... and that it wanted one, but others had it
  };
  std::vector<Worker> workers;  // those that lived at both looks
};

// Model: what /proc/stat, /proc/pressure/cpu and /proc/PID/schedstat count, less what they counted
//   at the look before.
// Left out: devices that are no cores.
class HostMonitor {
 public:
  // Since the look before; the first says nothing. `root`: where the kernel tells it.
  HostLoad look(std::int64_t now_ns, const std::vector<CrewWorker>& workers);
  explicit HostMonitor(std::string root = "/proc") : root_(std::move(root)) {}

 private:
  struct Ticks {
    std::uint64_t idle = 0, all = 0;
  };
  struct Spent {
    std::uint64_t ran = 0, waited = 0;  // ns
  };
  std::map<int, Ticks> cores() const;
  std::optional<std::uint64_t> stalled_us() const;
  std::optional<Spent> spent_by(int process) const;

  const std::string root_;
  std::int64_t before_ = 0;  // ns
  std::map<int, Ticks> cores_;
  std::optional<std::uint64_t> stalled_us_;
  std::map<int, Spent> spent_;  // by process
};

}  // namespace partita::exec
