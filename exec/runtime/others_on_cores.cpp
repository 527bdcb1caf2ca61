#include "exec/runtime/others_on_cores.h"

#include <algorithm>
#include <cmath>

namespace partita::exec {
namespace {

std::optional<int> core_of(const ProcessorSpec& processor) {
  return processor.execution ? processor.execution->core : std::nullopt;
}

}  // namespace

OthersOnCores::OthersOnCores(const Hardware& hardware)
    : hardware_(hardware),
      mean_(hardware.processors().size(), 0.0),
      told_(hardware.processors().size(), 0.0) {}

std::vector<LoadReading> OthersOnCores::look(const HostLoad& load, Time passed) {
  std::vector<LoadReading> changed;
  const double gain = 1 - std::exp(-seconds(passed) / kMemory);
  for (const ProcessorId p : ids<ProcessorId>(mean_.size())) {
    const auto core = core_of(hardware_.processors()[p]);
    if (!core) continue;
    const auto busy = load.busy.find(*core);
    if (busy == load.busy.end()) continue;
    double ours = 0;
    for (const HostLoad::Worker& worker : load.workers) {
      if (core_of(hardware_.processors()[worker.processor]) == core) ours += worker.ran;
    }
    mean_[p] += gain * (std::clamp(busy->second - ours, 0.0, 1.0) - mean_[p]);
    const double share = mean_[p] < kLeast ? 0 : mean_[p];
    if (std::abs(share - told_[p]) < kChange) continue;
    told_[p] = share;
    changed.push_back({p, share});
  }
  return changed;
}

}  // namespace partita::exec
