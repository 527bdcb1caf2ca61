#include "tools/partita/what_ifs.h"

#include <fmt/format.h>

#include <thread>

#include "sim/side_by_side.h"
#include "tools/partita/console.h"

namespace partita::command {
namespace {

constexpr std::size_t kTried = 16;  // parts of the critical path
constexpr std::size_t kShown = 5;
constexpr int kWorthwhile = 1000;  // what saves less than this part of the time is not shown

}  // namespace

std::vector<WhatIf> what_ifs(const WorkloadRun& run, const Analysis& analysis, Time now,
                             const Trial& trial) {
  Step step("what if");
  const std::vector<Change> changes = changes_for(run, analysis.parts, kTried);
  const Trial tried = [&](const Hardware& hardware, const CostTable& costs) {
    try {
      return trial(hardware, costs);
    } catch (const Error&) {
      return Time::max();  // one engine more than this process can hold
    }
  };
  const RunAll at_once = [&](std::size_t count, const std::function<Time(std::size_t)>& task) {
    return sim::side_by_side(
        std::thread::hardware_concurrency(), count, task, [&](std::size_t over) {
          step.progress(static_cast<std::int64_t>(over), static_cast<std::int64_t>(count));
        });
  };
  std::vector<WhatIf> better = try_changes(run, changes, tried, kShown, now, at_once);
  std::erase_if(better, [&](const WhatIf& each) { return now - each.time < now / kWorthwhile; });
  step.done(fmt::format("{} simulated", changes.size()));
  return better;
}

}  // namespace partita::command
