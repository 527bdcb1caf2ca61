#include "exec/runtime/others_on_cores.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace partita::exec {
namespace {

std::optional<int> core_of(const ProcessorSpec& processor) {
  return processor.execution ? processor.execution->core : std::nullopt;
}

}  // namespace

OthersOnCores::OthersOnCores(const Hardware& hardware)
    : hardware_(hardware), cores_(hardware.processors().size()) {}

double OthersOnCores::share_of(const Core& core) const {
  if (core.longer.time() >= kWanted || core.lately.time() >= kWanted) {
    const double share = std::max(core.lately.share(), core.longer.share());
    return share < kLeast ? 0 : share;
  }
  return core.others < kLeast ? 0 : std::max(core.told, core.others / 2);
}

std::vector<LoadReading> OthersOnCores::look(const HostLoad& load, Time passed) {
  std::vector<LoadReading> changed;
  const auto learn = [&](double& mean, double value, double memory) {
    mean += (1 - std::exp(-seconds(passed) / memory)) * (value - mean);
  };
  for (const ProcessorId p : ids<ProcessorId>(cores_.size())) {
    const auto number = core_of(hardware_.processors()[p]);
    if (!number) continue;
    const auto busy = load.busy.find(*number);
    if (busy == load.busy.end()) continue;
    Wanted now;
    for (const HostLoad::Worker& worker : load.workers) {
      if (core_of(hardware_.processors()[worker.processor]) != number) continue;
      now.ran += worker.ran;
      now.waited += worker.waited;
    }
    Core& core = cores_[p];
    for (const auto& [wanted, memory] : {std::pair{&core.lately, kShort}, {&core.longer, kLong}}) {
      learn(wanted->ran, now.ran, memory);
      learn(wanted->waited, now.waited, memory);
    }
    learn(core.others, std::clamp(busy->second - now.ran, 0.0, 1.0), kLong);
    const double share = share_of(core);
    if (std::abs(share - core.told) < kChange) continue;
    core.told = share;
    changed.push_back({p, share});
  }
  return changed;
}

}  // namespace partita::exec
