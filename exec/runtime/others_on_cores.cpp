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
      mean_(hardware.processors().size()),
      told_(hardware.processors().size(), 0.0) {}

double OthersOnCores::share_of(const Mean& mean, double told) const {
  const double wanted = mean.ran + mean.waited;
  if (wanted >= kWanted) return mean.waited < kLeast * wanted ? 0 : mean.waited / wanted;
  return mean.others < kLeast ? 0 : std::max(told, mean.others / 2);
}

std::vector<LoadReading> OthersOnCores::look(const HostLoad& load, Time passed) {
  std::vector<LoadReading> changed;
  const auto learn = [&](double& mean, double value, double memory) {
    mean += (1 - std::exp(-seconds(passed) / memory)) * (value - mean);
  };
  for (const ProcessorId p : ids<ProcessorId>(mean_.size())) {
    const auto core = core_of(hardware_.processors()[p]);
    if (!core) continue;
    const auto busy = load.busy.find(*core);
    if (busy == load.busy.end()) continue;
    double ran = 0, waited = 0;
    for (const HostLoad::Worker& worker : load.workers) {
      if (core_of(hardware_.processors()[worker.processor]) != core) continue;
      ran += worker.ran;
      waited += worker.waited;
    }
    Mean& mean = mean_[p];
    learn(mean.ran, ran, kWaits);
    learn(mean.waited, waited, kWaits);
    learn(mean.others, std::clamp(busy->second - ran, 0.0, 1.0), kMemory);
    const double share = share_of(mean, told_[p]);
    if (std::abs(share - told_[p]) < kChange) continue;
    told_[p] = share;
    changed.push_back({p, share});
  }
  return changed;
}

}  // namespace partita::exec
