#include "partition/bounds/package_clock.h"

#include "models/evaluate/fluid.h"

namespace partita {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

// Its demand, also while it wakes the processor, is above what rounding never goes below.
bool is_slowed(const Problem& problem, LayerId layer, ProcessorId p, std::int64_t slowest) {
  if (may_read_in_place(problem, layer, p)) return false;
  const ProcessorSpec& spec = problem.hardware.processors()[p];
  const Time waking = spec.sleep ? spec.sleep->wake : Time{0};
  const Time time = after(duration(problem, layer, p), waking);
  const Channel& memory = problem.hardware.channels()[problem.hardware.channel_of(spec.memory)];
  const LayerDemand demand = layer_demand(time, problem.costs(layer, p)->traffic, memory.capacity);
  return static_cast<Wide>(demand.cap) * kMillion >= slowest;
}

}  // namespace

std::optional<PackageClock> PackageClock::of(const Problem& problem, const Candidates& candidates) {
  const auto& processors = problem.hardware.processors();
  const auto& package = processors[ProcessorId{0}].package;
  if (!package || processors.size() == 1) return std::nullopt;
  PackageClock clock;
  clock.ppm = disturbance_ppm(problem.hardware.packages()[*package].slowdown);
  if (clock.ppm == 0 || clock.ppm >= kMillion) return std::nullopt;
  clock.slowest = kMillion + static_cast<std::int64_t>(processors.size() - 1) * clock.ppm;
  for (const ProcessorSpec& spec : processors) {
    if (spec.package != package) return std::nullopt;
  }
  for (const LayerId layer : problem.network.layers()) {
    for (const ProcessorId p : candidates[layer]) {
      if (!is_slowed(problem, layer, p, clock.slowest)) return std::nullopt;
    }
  }
  return clock;
}

}  // namespace partita
