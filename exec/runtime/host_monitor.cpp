#include "exec/runtime/host_monitor.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <limits>

namespace partita::exec {
namespace {

// Counts may fall: of waiting for a disk, and of a process one of whose threads has ended.
std::uint64_t grown(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

}  // namespace

// proc(5): "cpu0 user nice system idle iowait irq softirq steal guest guest_nice"; guests are in
// user and nice already.
std::map<int, HostMonitor::Ticks> HostMonitor::cores() const {
  std::map<int, Ticks> cores;
  std::ifstream in(root_ + "/stat");
  for (std::string name; in >> name && name.starts_with("cpu");) {
    Ticks ticks;
    for (int column = 0; column < 8; ++column) {
      std::uint64_t count = 0;
      in >> count;
      ticks.all += count;
      if (column == 3 || column == 4) ticks.idle += count;
    }
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    if (name != "cpu") cores[std::stoi(name.substr(3))] = ticks;
  }
  return cores;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS" (Linux, accounting/psi.rst).
std::optional<std::uint64_t> HostMonitor::stalled_us() const {
  std::ifstream in(root_ + "/pressure/cpu");
  std::string word;
  if (!(in >> word) || word != "some") return std::nullopt;
  while (in >> word) {
    if (word.starts_with("total=")) return std::stoull(word.substr(6));
  }
  return std::nullopt;
}

// "ran waited slices", ns (Linux, scheduler/sched-stats.rst), of the main thread of a process; that
// of a worker waits for the one that works, hence of all its threads.
std::optional<HostMonitor::Spent> HostMonitor::spent_by(int process) const {
  const std::filesystem::path tasks = fmt::format("{}/{}/task", root_, process);
  std::error_code gone;
  Spent sum;
  bool any = false;
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    std::ifstream in(task.path() / "schedstat");
    Spent one;
    if (!(in >> one.ran >> one.waited)) continue;
    sum.ran += one.ran;
    sum.waited += one.waited;
    any = true;
  }
  if (!any) return std::nullopt;
  return sum;
}

HostLoad HostMonitor::look(std::int64_t now_ns, const std::vector<CrewWorker>& workers) {
  HostLoad load;
  const auto passed = static_cast<double>(now_ns - before_);
  const auto cores_now = cores();
  for (const auto& [core, ticks] : cores_now) {
    const auto known = cores_.find(core);
    if (known == cores_.end() || ticks.all <= known->second.all) continue;
    const auto idle = static_cast<double>(grown(ticks.idle, known->second.idle));
    load.busy[core] = 1 - idle / static_cast<double>(ticks.all - known->second.all);
  }
  const auto stalled_now = stalled_us();
  if (stalled_now && stalled_us_) {
    load.pressure = 1e3 * static_cast<double>(*stalled_now - *stalled_us_) / passed;
  }
  std::map<int, Spent> spent_now;
  for (const CrewWorker& worker : workers) {
    const int process = worker.process->number();
    const auto spent = spent_by(process);
    if (!spent) continue;
    spent_now[process] = *spent;
    const auto known = spent_.find(process);
    if (known == spent_.end()) continue;
    load.workers.push_back(
        {worker.processor, process,
         static_cast<double>(grown(spent->ran, known->second.ran)) / passed,
         static_cast<double>(grown(spent->waited, known->second.waited)) / passed});
  }
  before_ = now_ns;
  cores_ = cores_now;
  stalled_us_ = stalled_now;
  spent_ = std::move(spent_now);
  return load;
}

}  // namespace partita::exec
